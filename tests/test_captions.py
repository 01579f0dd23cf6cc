"""Captions: which track is taken, and what is made of the formats in which sites send them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from facemotion.download import captions
from facemotion.records import Caption


def track(*extensions: str) -> list[dict[str, Any]]:
    return [{"ext": ext, "url": f"https://x/{ext}"} for ext in extensions]


VTT = """\ufeffWEBVTT - a title
Kind: captions

NOTE
This is
00:00.000 --> 00:01.000
not a cue

STYLE
::cue { color: red }

1
00:00:01.500 --> 00:00:03.000 position:10% align:start
<v Anna>Hello &amp; <i>welcome</i>

intro
01:00:00.250 --> 01:00:02.000
- Two <b>lines</b>
- of it &lt;here&gt;

00:05.000 --> 00:06.000

"""

SRT = """1\r
00:00:01,500 --> 00:00:03,000\r
<font color="#fff">Hello</font> {\\an8}there\r
\r
2\r
00:01:02,000 --> 00:01:03,250\r
Bye\r
"""

ROLLING = """WEBVTT
Kind: captions
Language: en

00:00:00.080 --> 00:00:02.389 align:start position:0%
 
we're<00:00:00.240><c> no</c><00:00:00.480><c> strangers</c><00:00:01.000><c> to</c>

00:00:02.389 --> 00:00:02.399 align:start position:0%
we're no strangers to
 

00:00:02.399 --> 00:00:04.310 align:start position:0%
we're no strangers to
love<00:00:02.600><c> you</c>

00:00:04.310 --> 00:00:04.320 align:start position:0%
love you
 

00:00:09.000 --> 00:00:10.000 align:start position:0%
love you
"""  # noqa: W293


def test_webvtt_gives_plain_text_and_skips_notes_styles_and_empty_cues() -> None:
    assert captions.parse(VTT, "vtt") == (
        Caption(1.5, 3.0, "Hello & welcome"),
        Caption(3600.25, 3602.0, "- Two lines - of it <here>"),
    )


def test_subrip_is_read_too() -> None:
    assert captions.parse(SRT, "srt") == (
        Caption(1.5, 3.0, "Hello there"),
        Caption(62.0, 63.25, "Bye"),
    )


def test_rolling_captions_give_every_line_once_and_a_repetition_after_a_pause_counts() -> None:
    assert captions.parse(ROLLING, "vtt") == (
        Caption(0.08, 2.399, "we're no strangers to"),
        Caption(2.399, 4.32, "love you"),
        Caption(9.0, 10.0, "love you"),
    )


def test_youtubes_json_is_read() -> None:
    events = [
        {"tStartMs": 0, "dDurationMs": 9000, "id": 1},
        {"tStartMs": 80, "dDurationMs": 2300, "segs": [{"utf8": "we're"}, {"utf8": " no"}]},
        {"tStartMs": 2380, "aAppend": 1, "segs": [{"utf8": "\n"}]},
        {"tStartMs": 2380, "dDurationMs": 1000, "segs": [{"utf8": "strangers"}]},
    ]
    assert captions.parse(json.dumps({"events": events}), "json3") == (
        Caption(0.08, 2.38, "we're no"),
        Caption(2.38, 3.38, "strangers"),
    )


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("srv1", '<transcript><text start="1.5" dur="2">A &amp;amp; B</text></transcript>'),
        ("srv2", '<timedtext><text t="1500" d="2000">A &amp;amp; B</text></timedtext>'),
        (
            "srv3",
            '<timedtext><body><p t="1500" d="2000"><s>A</s><s> &amp;amp; B</s></p>'
            "</body></timedtext>",
        ),
    ],
)
def test_youtubes_xml_is_read(form: str, text: str) -> None:
    assert captions.parse(text, form) == (Caption(1.5, 3.5, "A & B"),)


@pytest.mark.parametrize(
    ("form", "text"),
    [("vtt", "<html>No</html>"), ("json3", "[]"), ("json3", "{"), ("srv3", "<p>"), ("srt", "")],
)
def test_what_is_not_captions_is_an_error(form: str, text: str) -> None:
    with pytest.raises(ValueError):
        captions.parse(text, form)


def test_an_empty_track_has_no_captions() -> None:
    assert captions.parse("WEBVTT\n", "vtt") == ()


@pytest.mark.parametrize(
    ("info", "language", "taken"),
    [
        ({}, "en", None),
        ({"subtitles": {}, "automatic_captions": None}, "en", None),
        ({"subtitles": {"de": track("vtt"), "en": track("vtt")}}, "en", ("en", False)),
        ({"subtitles": {"de": track("vtt"), "en-GB": track("vtt")}}, "en", ("en-GB", False)),
        ({"subtitles": {"en-GB": track("vtt"), "en": track("vtt")}}, "en-US", ("en", False)),
        ({"subtitles": {"de": track("vtt")}}, "en", ("de", False)),
        (
            {"subtitles": {"de": track("vtt")}, "automatic_captions": {"en": track("vtt")}},
            "en",
            ("de", False),
        ),
        (
            {"subtitles": {"live_chat": track("json")}, "automatic_captions": {"en": track("vtt")}},
            "en",
            ("en", True),
        ),
        (
            {"automatic_captions": {"en": track("vtt"), "en-orig": track("vtt")}},
            "en",
            ("en", True),
        ),
        (
            {"language": "de", "automatic_captions": {"fr": track("vtt"), "de": track("vtt")}},
            "en",
            ("de", True),
        ),
        (
            {"automatic_captions": {"fr": track("vtt"), "de-orig": track("vtt")}},
            "en",
            ("de-orig", True),
        ),
        ({"automatic_captions": {"fr": track("vtt")}}, "en", ("fr", True)),
        ({"automatic_captions": {"fr": track("vtt"), "es": track("vtt")}}, "en", None),
        ({"subtitles": {"en": track("ttml")}}, "en", None),
    ],
)
def test_peoples_captions_in_the_language_come_first(
    info: dict[str, Any], language: str, taken: tuple[str, bool] | None
) -> None:
    chosen = captions.choose(info, language)
    assert (chosen and (chosen.language, chosen.automatic)) == taken


def test_of_a_tracks_formats_webvtt_is_preferred() -> None:
    chosen = captions.choose({"subtitles": {"en": track("ttml", "srv3", "json3", "vtt")}}, "en")
    assert chosen is not None and chosen.entry["ext"] == "vtt"
    chosen = captions.choose({"subtitles": {"en": track("ttml", "srv3", "json3")}}, "en")
    assert chosen is not None and chosen.entry["ext"] == "json3"
