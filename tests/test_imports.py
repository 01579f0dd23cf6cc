"""Who may import what: the rules that keep the rooms apart and the start light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "facemotion"

ROOMS = (
    *("download", "frames", "faces", "people", "moments"),
    *("explain", "charts", "cards", "export", "report", "film"),
)

# The folder of results holds the cards: the room that writes it calls on the one that draws them.
# A report is made of charts and key numbers, of frames as the cards find them, and of the meshes.
# A film reads a video's pictures as they were numbered.
CALLS_ON = {
    "export": ("cards",),
    "report": ("cards", "charts", "export", "faces"),
    "film": ("frames",),
}

# An outside library may be imported only by these files or folders (relative to the package).
OWNERS = {
    "yt_dlp": ("download",),
    "av": ("frames", "download/ranges.py", "demo", "film", "live"),
    "anthropic": ("explain",),
    "plotly": ("charts", "palette.py", "report"),
    "jinja2": ("report",),
    "ai_edge_litert": ("models/litert.py",),
    "tf_keras": ("models/classifiers/mini_xception.py",),
    "tensorflow": ("models/classifiers/mini_xception.py",),
    "skimage": ("demo",),
    "pooch": ("models/fetching.py",),
    "requests": ("models/fetching.py",),
    "streamlit": ("ui", "ui.py"),
    "rich": ("cli/console.py",),
}


def _python_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _imported(path: Path) -> Iterator[str]:
    """Full names of everything that a file imports, at any depth of indentation."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _room_of(path: Path) -> str | None:
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return first if first in ROOMS else None


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_do_not_import_each_other(room: str) -> None:
    files = [path for path in _python_files() if _room_of(path) == room]
    assert files, f"the room {room} is gone: change ROOMS"
    allowed = (room, *CALLS_ON.get(room, ()))
    others = {f"facemotion.{other}" for other in ROOMS if other not in allowed}
    for path in files:
        found = [name for name in _imported(path) if ".".join(name.split(".")[:2]) in others]
        assert found == [], path


@pytest.mark.parametrize("path", _python_files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_outside_libraries_stay_with_their_owners(path: Path) -> None:
    where = str(path.relative_to(PACKAGE))
    for name in _imported(path):
        owners = OWNERS.get(name.split(".")[0])
        if owners is not None:
            assert where.startswith(owners), f"{where} imports {name}, which belongs to {owners}"


def test_the_command_line_and_the_dashboard_are_the_only_speakers() -> None:
    # A comparison is an analysis and then some, and so are film and report: they stand beside it.
    # A live session uses the rooms as the pipeline does, and asks it to keep what was seen.
    allowed = {"pipeline", "comparing", "outputs", "live", "__init__", "cli", "ui"}
    for path in _python_files():
        top = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if top in allowed:
            continue
        assert not any(name.startswith("facemotion.pipeline") for name in _imported(path)), path


def _modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


def test_importing_facemotion_loads_nothing_heavy() -> None:
    loaded = _modules_after("import facemotion")
    heavy = {"tensorflow", "torch", "streamlit", "cv2", "pandas", "yt_dlp", "av", "plotly", "keras"}
    assert loaded & heavy == set()


def test_the_pipeline_never_loads_tensorflow_streamlit_or_deepface() -> None:
    loaded = _modules_after("import facemotion.pipeline")
    assert loaded & {"tensorflow", "tf_keras", "torch", "streamlit", "deepface", "fer"} == set()


def test_every_name_in_all_exists() -> None:
    import facemotion

    assert [name for name in facemotion.__all__ if not hasattr(facemotion, name)] == []
