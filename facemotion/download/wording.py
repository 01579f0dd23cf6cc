"""What is said when a site does not hand a video out; ``{site}`` is filled in."""

from __future__ import annotations

GIVE_FILE = "Save the video yourself and give the file."
NO_RUNTIME = (
    "YouTube needs a JavaScript runtime and none was found. Install one with "
    "'python -m pip install deno' and try again."
)
OUTDATED = "Update yt-dlp ('python -m pip install -U yt-dlp') or give the file."
BOT = (
    "{site} wants proof that you are no robot. Wait a while, try from another network, "
    "or save the video yourself and give the file."
)
NO_VIDEO = "There is no video in {site}'s page. Give the address of the video itself."
NO_PICTURE = (
    "There are no moving pictures to be had at this address on {site}; it may hold sound only. "
    "Give the address of a video."
)

# yt-dlp has one class, ExtractorError, for all of these. The first pattern that fits counts.
TEXTS: tuple[tuple[str, str], ...] = (
    (r"not a bot|anti-?bot|captcha|cloudflare", BOT),
    (
        r"confirm your age|age.?(restrict|limit|gat)|inappropriate for some",
        "{site} shows this video only to people whose age it knows. " + GIVE_FILE,
    ),
    (
        r"private video|video is private|is private|been made private",
        "This video on {site} is private. Ask its owner to open it, or give the file.",
    ),
    (
        r"\bdrm\b",
        "This video on {site} is copy-protected (DRM) and cannot be read. Choose another.",
    ),
    (
        r"premieres? in|event will begin|will begin in|is upcoming|is offline|not currently live",
        "This video on {site} has not begun yet. Come back when it has been recorded.",
    ),
    (
        r"members.only|join this channel|subscri|premium|purchase|rent this|requires payment",
        "{site} shows this video only to members or buyers. " + GIVE_FILE,
    ),
    (
        r"\blog(ged)?.?in\b|\bsign.?in\b|--cookies|authenticat|registered users"
        r"|account credentials|password",
        "{site} shows this video only after a login, and facemotion does not log in. " + GIVE_FILE,
    ),
    (
        r"(not|n't) (made this video )?available in your|from your location|geo.?(restrict|block)"
        r"|blocked .*in your country",
        "{site} does not show this video in your country. " + GIVE_FILE,
    ),
    (
        r"removed|deleted|terminated|no longer (available|exists)|does(n't| not) exist"
        r"|unavailable|not available anymore|not found|account .*(closed|suspended)",
        "This video is not on {site} any more. Check the address.",
    ),
    (
        r"no video formats|requested format is not available|only images are available",
        NO_PICTURE,
    ),
    (
        r"did not get any data blocks|file is empty",
        "{site} sent an empty file. Check the address, or try again later.",
    ),
    (r"unsupported url|no media|no video", NO_VIDEO),
)

STATUS: dict[int, str] = {
    401: "{site} shows this only after a login (HTTP 401). " + GIVE_FILE,
    403: "{site} refuses to hand this out (HTTP 403). Try again later, or save the video yourself "
    "and give the file.",
    404: "There is nothing at this address on {site} (HTTP 404). Check the URL.",
    410: "This was taken down from {site} (HTTP 410). Check the URL.",
    429: "{site} says that there were too many requests (HTTP 429). Wait a while and try again.",
    451: "{site} may not show this where you are, for legal reasons (HTTP 451). " + GIVE_FILE,
}
