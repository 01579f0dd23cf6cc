"""Running the dashboard's entry page in AppTest: press, wait, and read what it says."""

from __future__ import annotations

import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

from facemotion.ui import state
from tests import servers

ROOT = Path(__file__).resolve().parent.parent
RUN_S = 60.0


def opened(analysis_id: str | None = None, **params: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=RUN_S)
    if analysis_id is not None:
        at.query_params["analysis"] = analysis_id
    for name, value in params.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def opened_at(page: str, analysis_id: str | None = None, **params: str) -> AppTest:
    """Another page, such as ``pages/3_People.py``, with an analysis open."""
    at = opened(analysis_id, **params).switch_page(page).run()
    assert not at.exception
    return at


def button(at: AppTest, label: str) -> object:
    return next(b for b in at.button if b.label == label)


def press(at: AppTest, label: str) -> AppTest:
    button(at, label).click()  # type: ignore[attr-defined]
    at.run()
    assert not at.exception
    return at


def cards(at: AppTest) -> list[str]:
    """The moments in the gallery."""
    return [b.label for b in at.button if re.fullmatch(r"card-open-\d+", b.key or "")]


def words(at: AppTest) -> str:
    """Everything that is said on the page."""
    said = (at.markdown, at.caption, at.info, at.warning, at.error, at.subheader, at.title)
    texts = [element.value for kind in said for element in kind]
    return "\n".join([*texts, *(element.proto.body for element in at.get("html"))])


def param(at: AppTest, name: str) -> str | None:
    """What the address says; AppTest gives what it was given as a list."""
    value = at.query_params.get(name)
    return value[0] if isinstance(value, list) else value


def finish(at: AppTest) -> AppTest:
    """Wait for the end of the job that the page watches, whatever it is, and look again."""
    key = param(at, "job")
    if key is not None:  # else it was done before the page was drawn
        job = state.jobs().get(key)
        assert job is not None
        servers.wait_until(lambda: job.is_over)
    at.run()
    assert not at.exception
    return at


def analyse(at: AppTest, url: str) -> AppTest:
    at.text_input(key="url").set_value(url)
    return press(at, "Analyse")
