"""The one-file report: all of it, the same each time, harmless, and faces hidden when asked."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from facemotion import palette, report
from facemotion.action_units import TABLE
from facemotion.errors import SettingsError
from facemotion.faces import landmarks
from facemotion.markers import Marker
from facemotion.models.head import mean_face
from facemotion.moments import of_row
from facemotion.records import Analysis, Caption, Claim, Explanation, Video
from facemotion.report import ReportOptions, figures, mesh, method, pictures
from tests.examples import example_analysis

if TYPE_CHECKING:
    from facemotion.records import RGB

SIZE = (320, 180)
CHARTS = (
    *("timeline", "timeline-1", "timeline-2", "share-ring", "coverage-strip", "unit-lines"),
    *("unit-heat", "head-lines", "gaze-lines", "head-angles", "gaze-angles", "circumplex"),
)
EVIL = """</script><script>alert(1)</script><img src=x onerror="alert(2)">'&{{ 7 * 7 }}%{x}<!--"""
MARKS = (Marker("a", 3.0, "The first question"), Marker("b", 12.0, "The letter"))
BLURRED, MESH = ReportOptions("blurred"), ReportOptions("mesh")


@dataclass
class Page(HTMLParser):
    """What a browser would see: the elements with their attributes, the scripts, and the text."""

    html: str
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    text: str = ""
    inside: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts.append(data)
        elif self.inside != "style":
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def charts(self) -> list[str | None]:
        """The places of the charts in their order."""
        return [one["id"] for one in self.all("div") if one.get("class") == "plot"]

    def pictures(self, kind: str) -> list[RGB]:
        """The embedded pictures of a class, decoded."""
        found = [str(img["src"]) for img in self.all("img") if img.get("class") == kind]
        files = [base64.b64decode(src.removeprefix("data:image/jpeg;base64,")) for src in found]
        return [np.asarray(Image.open(io.BytesIO(file))) for file in files]


def textured(analysis: Analysis) -> dict[int, RGB]:
    """A frame of fine noise for each moment: wherever it was left alone, it is not smooth."""
    noise = np.random.default_rng(5).integers(0, 256, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    return {moment.frame_index: noise for moment in analysis.moments}


def roughness(rgb: RGB) -> float:
    """The mean step between neighbouring pixels."""
    return float(np.abs(np.diff(rgb.astype(float), axis=1)).mean())


def inner(rgb: RGB, box_xywh: tuple[float, float, float, float]) -> RGB:
    """The middle of a face, clear of the line that is drawn around it."""
    x, y, w, h = (round(value) for value in box_xywh)
    return rgb[y + h // 5 : y + h - h // 5, x + w // 5 : x + w - w // 5]


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Two people, muscles measured, five moments, one explained with evidence of all kinds."""
    made = example_analysis(tmp_path_factory.mktemp("example"), measured=True)
    rows = made.faces.set_index(["frame", "face_id"], drop=False)
    moments = tuple(
        of_row(rows.loc[(m.frame_index, m.face_id)], number=m.number, why=m.why)
        for m in made.moments
    )
    claims = (
        Claim("AU12", "pulls the lip corners up", "supported"),
        Claim("AU04", "lowers the brows", "contradicted"),
        Claim("AU09", "wrinkles the nose", "not measured"),
    )
    second = Explanation(
        *(moments[0].number, "claude", "A smile that reaches the eyes.", claims),
        opinion="surprise",
        confidence=0.8,
        agrees=False,
        is_contested=True,
        model="claude-made-up",
        note="The second frame was not there.",
    )
    start_s = moments[1].time_s
    video = replace(made.video, captions=(Caption(start_s, start_s + 2, "Not even for a minute."),))
    provenance = {
        "facemotion": "0.1.0",
        "created": "2026-11-21T15:37:59+00:00",
        "models": [
            *("blazeface-v1-0123456789ab", "mesh-v1-123456789abc", "iris-v1-23456789abcd"),
            "ferplus-resnet-v1-3456789abcde",
        ],
        "stream": {"codec": "h264", "fps": 25.0, "width": 320, "height": 180},
    }
    return replace(
        made, moments=moments, explanations=(second,), video=video, provenance=provenance
    )


@pytest.fixture(scope="module")
def whole(analysis: Analysis) -> Page:
    return Page(report.render(analysis, textured(analysis), markers=MARKS))


@pytest.fixture(scope="module")
def drawn(analysis: Analysis) -> figures.Charts:
    return figures.drawn(analysis, ())


@pytest.fixture
def quick(drawn: figures.Charts, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of the rest of the page: charts that are drawn already, without Plotly's code."""
    monkeypatch.setattr(figures, "drawn", lambda analysis, markers: drawn)
    monkeypatch.setattr(figures, "plotly_js", lambda: "window.Plotly = {}")


def test_the_report_tells_everything(whole: Page, analysis: Analysis) -> None:
    told = " ".join(whole.text.split())
    for words in (
        *("A made-up talk", "Example University", "2026-11-21 15:37 UTC", palette.APPARENT),
        *(moment.why for moment in analysis.moments),
        *("A smile that reaches the eyes.", "borne out", "not borne out", "not measured"),
        *("contested", "surprise, 80% sure (not the classifier's)", "claude-made-up"),
        *("The second frame was not there.", "Not even for a minute."),
        *("Face 1", "Face 2", "The first question", "The letter"),
        *("123456789abc", "every_s", "320 × 180 px", "not set"),
        *("(EU) 2024/1689", "detections.json", "every 1 s; analysis 0123456789ab"),
    ):
        assert words in told, words


def test_every_chart_is_in_the_page_and_said_in_words(whole: Page) -> None:
    data = next(text for text in whole.scripts if text.startswith("{"))
    assert tuple(json.loads(data)) == CHARTS
    assert tuple(whole.charts()) == CHARTS
    said = [str(one["aria-label"]) for one in whole.all("div") if one.get("class") == "plot"]
    assert all(words.endswith(".") for words in said)


def test_each_action_unit_comes_with_the_word_for_its_reliability(
    whole: Page, analysis: Analysis
) -> None:
    listed = re.findall(
        r'<li class="(?:present|absent) [a-z-]+"><b>(AU\d\d)</b>.*?<em>(.*?)</em>', whole.html
    )
    assert len(listed) == 17 * len(analysis.moments)
    first = analysis.moments[0]
    assert first.reliability is not None
    assert [word for _, word in listed[:17]] == list(first.reliability)
    assert all(row.muscle in whole.text for row in TABLE.values())


def test_the_same_analysis_gives_the_same_bytes(whole: Page, analysis: Analysis) -> None:
    assert report.render(analysis, textured(analysis), markers=MARKS) == whole.html


def test_the_users_marks_are_lettered_in_the_timeline(whole: Page) -> None:
    data = json.loads(next(text for text in whole.scripts if text.startswith("{")))
    letters = [one["text"] for one in data["timeline"]["layout"]["annotations"]]
    assert letters == ["A", "B"]
    assert figures.letters(28)[-3:] == ["Z", "AA", "AB"]


def test_nothing_is_loaded_from_anywhere(whole: Page) -> None:
    for tag, attributes in whole.elements:
        assert tag not in {"link", "iframe", "object", "embed", "base", "form", "video", "audio"}
        assert not any(name.startswith("on") for name in attributes)
        assert str(attributes.get("src", "data:")).startswith("data:image/jpeg;base64,") or (
            "src" not in attributes
        )
        if "href" in attributes and tag != "a":
            assert str(attributes["href"]).startswith("#")
    css = whole.html.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in css and "@import" not in css


def test_the_policy_of_the_page_allows_its_own_scripts_only(whole: Page) -> None:
    policy = next(
        str(one["content"])
        for one in whole.all("meta")
        if one.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    run = [text for text in whole.scripts if not text.startswith("{")]
    hashes = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in run]
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["script-src"] == " ".join(f"'sha256-{one}'" for one in hashes)
    assert rules["img-src"] == "data: blob:"


def test_text_from_outside_stays_text(analysis: Analysis) -> None:
    video = replace(
        analysis.video,
        **{name: EVIL for name in ("title", "uploader", "site")},
        webpage_url="javascript:alert(3)",
        captions=(Caption(0, 1000, EVIL),),
    )
    evil = replace(
        analysis,
        video=video,
        faces=analysis.faces.assign(person=EVIL),
        moments=tuple(replace(m, person=EVIL, why=EVIL) for m in analysis.moments),
        explanations=tuple(
            replace(e, text=EVIL, note=EVIL, model=EVIL, claims=(Claim(EVIL, EVIL, "supported"),))
            for e in analysis.explanations
        ),
        provenance={**analysis.provenance, "created": EVIL, "models": [EVIL], "stages": {EVIL: 1}},
        notes=(EVIL,),
    )
    page = Page(report.render(evil, textured(evil), markers=(Marker("a", 1.0, EVIL),)))
    assert [attributes for attributes in page.all("script")] == [
        {"type": "application/json", "id": "figures"},
        {},
        {},
    ]
    assert not any(name.startswith("on") for _, found in page.elements for name in found)
    assert all(str(one["src"]).startswith("data:") for one in page.all("img"))
    assert all(re.match(r"#|https://", str(one["href"])) for one in page.all("a"))
    assert page.text.count(EVIL) > 20
    assert "49" not in page.text.split("Key numbers")[0]
    data = json.loads(next(text for text in page.scripts if text.startswith("{")))
    assert "<script" not in json.dumps(data)  # Plotly, too, reads some markup


@pytest.mark.usefixtures("quick")
def test_only_addresses_of_the_web_become_links(analysis: Analysis) -> None:
    def linked(url: str) -> list[str]:
        video = replace(analysis.video, webpage_url=url)
        page = Page(report.render(replace(analysis, video=video), {}))
        return [str(a["href"]) for a in page.all("a") if not str(a["href"]).startswith("#")]

    assert linked("https://example.org/talk?v=1&t=2") == ["https://example.org/talk?v=1&t=2"]
    assert linked("https://me:secret@example.org/talk") == []


@pytest.mark.usefixtures("quick")
def test_no_folder_of_this_machine_is_told(analysis: Analysis, tmp_path: Path) -> None:
    path = tmp_path / "home of somebody" / "a talk.mp4"
    video = Video("a-talk-0123", str(path), str(path), "a talk.mp4", site="file")
    moved = replace(
        analysis, video=video, folder=tmp_path / "cache", notes=(f"{path} is shorter than it says",)
    )
    html = report.render(moved, textured(analysis), BLURRED, measured=analysis.faces)
    assert "a talk.mp4 is shorter than it says" in html
    assert "home of somebody" not in html and str(tmp_path) not in html
    assert method.file_name(r"C:\Users\somebody\talk.mp4") == "talk.mp4"


def test_faces_are_shown_unless_they_are_to_be_hidden(whole: Page, analysis: Analysis) -> None:
    faces, frames = whole.pictures("face"), whole.pictures("frame")
    assert len(faces) == len(frames) == len(analysis.moments)
    for moment, frame in zip(analysis.moments, frames, strict=True):
        assert roughness(inner(frame, moment.box_xywh)) > 20


@pytest.mark.usefixtures("quick")
def test_blurred_faces_have_no_detail_left_in_any_picture(analysis: Analysis) -> None:
    page = Page(report.render(analysis, textured(analysis), BLURRED, measured=analysis.faces))
    frames = page.pictures("frame")
    assert len(frames) == len(page.pictures("face")) == len(analysis.moments)
    for moment, frame in zip(analysis.moments, frames, strict=True):
        here = analysis.faces[analysis.faces["frame"] == moment.frame_index]
        for box in here[["x", "y", "w", "h"]].itertuples(index=False):
            assert roughness(inner(frame, tuple(map(float, box)))) < 4
        assert roughness(frame[:40, -40:]) > 20  # what is no face stays
    assert all(roughness(face) < 4 for face in page.pictures("face"))


@pytest.mark.usefixtures("quick")
def test_who_was_left_out_of_the_tables_is_blurred_all_the_same(analysis: Analysis) -> None:
    moment = analysis.moments[0]
    elsewhere = {"frame": moment.frame_index, "x": 250.0, "y": 20.0, "w": 40.0, "h": 40.0}
    measured = pd.concat([analysis.faces, pd.DataFrame([elsewhere])])
    place = (250.0, 20.0, 40.0, 40.0)

    def seen(table: pd.DataFrame) -> RGB:
        page = Page(report.render(analysis, textured(analysis), BLURRED, measured=table))
        return inner(page.pictures("frame")[0], place)

    assert roughness(seen(analysis.faces)) > 20
    assert roughness(seen(measured)) < 4


@pytest.mark.usefixtures("quick")
def test_without_all_measured_faces_a_blurred_report_shows_no_frame(analysis: Analysis) -> None:
    page = Page(report.render(analysis, textured(analysis), BLURRED))
    assert page.pictures("frame") == []
    assert len(page.pictures("face")) == len(analysis.moments)


def test_a_mosaic_keeps_as_few_cells_as_it_says() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (100, 100, 3), dtype=np.uint8)
    hidden = pictures.without_faces(noise, [(30, 30, 40, 40)])
    cells = np.unique(hidden[30:70, 30:70].reshape(-1, 3), axis=0)
    assert len(cells) <= (pictures.CELLS + 1) ** 2
    assert np.array_equal(hidden[:, :15], noise[:, :15])
    assert np.array_equal(pictures.without_faces(noise, [(500, 500, 40, 40)]), noise)


@pytest.mark.usefixtures("quick")
def test_a_report_of_meshes_has_no_pixel_of_the_video(analysis: Analysis, tmp_path: Path) -> None:
    path = tmp_path / "landmarks.parquet"
    points = (0.5 + mean_face() / 3).astype(np.float16).ravel()
    rows = analysis.faces[["frame", "x", "y", "w", "h"]].to_dict("records")
    landmarks.write(path, [{**row, "points": points, "iris": np.zeros(20)} for row in rows])
    page = Page(report.render(analysis, textured(analysis), MESH, landmarks=path))
    assert page.all("img") == []
    drawings = [one for one in page.all("svg") if one.get("role") == "img"]
    assert len(drawings) == len(analysis.moments)
    assert str(drawings[0]["aria-label"]).startswith("Mesh of Face")
    nets = [str(one["d"]) for one in page.all("path") if one.get("class") == "net"]
    numbers = [int(number) for number in re.findall(r"\d+", nets[0])]
    assert min(numbers) == 20 and max(numbers) == mesh.SIDE - 20


def test_a_face_at_the_edge_keeps_no_more_cells_than_another() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (100, 100, 3), dtype=np.uint8)
    for box in ((-20.0, 10.0, 80.0, 80.0), (10.0, 10.0, 88.0, 88.0), (70.0, 70.0, 60.0, 60.0)):
        _, large = pictures.face(noise, box, "", hidden=True)
        file = base64.b64decode(large.src.partition(",")[2])
        assert roughness(np.asarray(Image.open(io.BytesIO(file)))) < 4


@pytest.mark.usefixtures("quick")
def test_a_mesh_that_was_not_kept_is_said_to_be_missing(analysis: Analysis, tmp_path: Path) -> None:
    for path in (None, tmp_path / "landmarks.parquet"):
        page = Page(report.render(analysis, textured(analysis), MESH, landmarks=path))
        assert page.all("img") == []
        assert page.text.count("no mesh was kept") == len(analysis.moments)


def test_only_a_known_way_of_showing_faces_is_taken() -> None:
    with pytest.raises(SettingsError, match="shown, blurred, mesh"):
        ReportOptions("erased")


def test_a_video_without_a_face_has_a_report(analysis: Analysis) -> None:
    nobody = replace(
        analysis,
        faces=analysis.faces.iloc[:0],
        samples=analysis.samples.assign(n_faces=0),
        moments=(),
        explanations=(),
        provenance={},
    )
    page = Page(report.render(nobody, {}))
    assert "No face was found in the 40 frames" in page.text
    assert [one["id"] for one in page.all("div") if one.get("class") == "plot"] == [
        "coverage-strip"
    ]
    places = {f"#{one['id']}" for one in page.all("section")}
    assert {str(a["href"]) for a in page.all("a")} <= {*places, "https://example.org/talk"}


@pytest.mark.usefixtures("quick")
def test_moments_without_pictures_words_or_muscles_are_told_as_they_are(
    analysis: Analysis,
) -> None:
    bare = tuple(
        replace(m, action_units=None, present=None, reliability=None, valence=None)
        for m in analysis.moments
    )
    page = Page(report.render(replace(analysis, moments=bare, explanations=()), {}))
    assert page.all("img") == []
    assert page.text.count("no picture any more") == len(bare)
    assert page.text.count("No action unit was measured here.") == len(bare)


@pytest.mark.usefixtures("quick")
def test_faces_without_moments_say_so(analysis: Analysis) -> None:
    page = Page(report.render(replace(analysis, moments=(), explanations=()), {}))
    assert "There are no moments" in page.text
    assert page.charts() == list(CHARTS)


@pytest.mark.usefixtures("quick")
def test_smoothed_curves_are_said_to_be_smoothed(whole: Page, analysis: Analysis) -> None:
    settings = analysis.settings.with_changes(smoothing="exponential", smoothing_s=3.0)
    page = Page(report.render(replace(analysis, settings=settings), {}))
    assert "Curves and shares are smoothed (exponential, 3 s)." in page.text
    assert "Curves and shares are" not in whole.text


def test_an_hour_of_three_people_stays_below_twelve_megabytes(tmp_path: Path) -> None:
    hour = example_analysis(tmp_path, n_samples=3600, n_faces=3, n_moments=10, measured=True)
    assert len(report.render(hour, {}).encode()) < 12e6
