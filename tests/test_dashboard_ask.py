"""The page Ask: filters without a key, questions with one, what fails, and where the rows lead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from facemotion.records import Analysis
from facemotion.ui import state
from facemotion.ui.ask import asking
from tests import servers
from tests.anthropic_server import AnthropicServer, Misbehave, message
from tests.pages import ROOT, RUN_S, button, param, press, words

KEY = "sk-ant-typed-ask-19"
PAGE = "pages/6_Ask.py"
SMILES = {"measure": "happy", "side": "at least", "threshold": 0.3}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[AnthropicServer]:
    with AnthropicServer() as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
        monkeypatch.setattr("anthropic._base_client.INITIAL_RETRY_DELAY", 0.01)
        monkeypatch.setattr("anthropic._base_client.MAX_RETRY_DELAY", 0.02)
        yield running


def page(analysis_id: str | None = None) -> AppTest:
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=RUN_S)
    if analysis_id:
        at.query_params["analysis"] = analysis_id
    at.switch_page(PAGE).run()
    assert not at.exception
    return at


def query(at: AppTest, name: str) -> AppTest:
    at.selectbox(key="query").select(name).run()
    assert not at.exception
    return at


def smiles(server: AnthropicServer, text: str = "A smile at 0:01.0, and one at 9:59.") -> None:
    """What the server answers to the next question: a query, then words."""
    block = {"type": "tool_use", "id": "toolu_1", "name": "find_faces"}
    block["input"] = {"conditions": [SMILES]}  # type: ignore[assignment]
    server.script = [
        message([block], "tool_use"),
        message([{"type": "text", "text": text}]),
    ]


def asked(at: AppTest) -> AppTest:
    """Type a key, take an example, ask, wait for the job, and look again."""
    at.text_input(key="claude-key").set_value(KEY).run()
    press(at, asking.EXAMPLES[0])
    press(at, "Ask")
    job = state.jobs().get(param(at, "question") or "")
    assert job is not None
    servers.wait_until(lambda: job.is_over)
    at.run()
    assert not at.exception
    return at


def said(at: AppTest) -> str:
    return words(at).replace("\\", "")


def looks(at: AppTest) -> list[str]:
    return [b.label.replace("\\", "") for b in at.button if (b.key or "").startswith("look-")]


def test_without_an_analysis_the_page_says_what_to_do_first(dashboard_cache: Path) -> None:
    at = page()
    assert "Analyse a video first" in at.info[0].value and not at.tabs


def test_without_a_key_the_filters_work_and_nothing_is_sent(
    portrait_analysis: Analysis, server: AnthropicServer
) -> None:
    at = page(portrait_analysis.analysis_id)
    assert button(at, "Ask").disabled  # type: ignore[attr-defined]
    assert "1 row." in said(at) and len(at.dataframe) == 1
    at = query(at, "find_faces")
    assert len(at.dataframe[0].value) == len(portrait_analysis.faces)
    at.number_input(key=f"find_faces-{portrait_analysis.analysis_id}-to").set_value(2.0).run()
    assert at.dataframe[0].value["time"].tolist() == ["0:00", "0:00.5", "0:01", "0:01.5", "0:02"]
    assert server.asked == []


@pytest.mark.parametrize("name", ["find_stretches", "summarise", "compare", "list_moments"])
def test_every_filter_draws_rows_that_lead_to_moments(
    portrait_analysis: Analysis, name: str
) -> None:
    at = query(page(portrait_analysis.analysis_id), name)
    assert len(at.dataframe) == 1 and looks(at)


def test_a_filter_that_cannot_be_used_says_why(portrait_analysis: Analysis) -> None:
    at = query(page(portrait_analysis.analysis_id), "find_captions")
    assert "has no captions" in at.warning[0].value
    at = query(at, "summarise")
    key = f"summarise-{portrait_analysis.analysis_id}"
    at.number_input(key=f"{key}-from").set_value(5.0)
    at.number_input(key=f"{key}-to").set_value(2.0).run()
    assert "before it starts" in at.warning[0].value and not at.dataframe


def test_a_filter_without_a_row_says_what_to_do(portrait_analysis: Analysis) -> None:
    at = page(portrait_analysis.analysis_id)
    key = f"find_stretches-{portrait_analysis.analysis_id}"
    at.number_input(key=f"{key}-lasts").set_value(600.0).run()
    assert "Lower the threshold" in at.info[0].value


def test_with_one_person_the_halves_of_the_video_are_compared(portrait_analysis: Analysis) -> None:
    at = query(page(portrait_analysis.analysis_id), "compare")
    assert "first from 0:00.0 to 0:04.0; second from 0:04.0 on" in said(at)


def test_a_second_condition_narrows_the_rows(portrait_analysis: Analysis) -> None:
    at = query(page(portrait_analysis.analysis_id), "find_faces")
    key = f"find_faces-{portrait_analysis.analysis_id}"
    at.toggle(key=f"{key}-and").set_value(True).run()
    at.selectbox(key=f"{key}-second-side").select("at most").run()
    at.number_input(key=f"{key}-second-threshold-happy").set_value(0.01).run()
    assert "0 rows" in said(at)


def test_every_control_explains_itself(portrait_analysis: Analysis) -> None:
    at = page(portrait_analysis.analysis_id)
    for name in asking.filters._LABELS:
        at = query(at, name)
        kinds: tuple[Any, ...] = (at.selectbox, at.number_input, at.text_input, at.text_area)
        kinds += (at.slider, at.toggle, at.multiselect)
        controls = [control for kind in kinds for control in kind]
        assert [c.label for c in controls if not c.help] == []
    assert [b.label for b in at.main.button if not b.proto.help] == []


def test_a_question_is_answered_with_its_rows(
    portrait_analysis: Analysis, server: AnthropicServer
) -> None:
    smiles(server)
    at = asked(page(portrait_analysis.analysis_id))
    text = said(at)
    assert "A smile at 0:01.0" in text and asking.EXAMPLES[0] in text
    assert "The time 9:59 in the answer is not in the rows" in text
    assert "2 calls" in text and "no picture is" in text
    assert len(at.dataframe) == 2  # of the query, and of the filters
    assert "0:01 · Face 0" in looks(at)
    assert server.asked[0]["messages"][0]["content"][0]["text"] == asking.EXAMPLES[0]


def test_a_time_leads_to_its_moment(portrait_analysis: Analysis, server: AnthropicServer) -> None:
    smiles(server)
    at = asked(page(portrait_analysis.analysis_id))
    at.button(key="look-cited-0").click().run()
    assert not at.exception
    look = at.session_state["look"]
    assert (look.frame, look.face_id) == (25, 0)
    assert param(at, "analysis") == portrait_analysis.analysis_id


def test_a_failing_service_is_told_and_the_page_stays_usable(
    portrait_analysis: Analysis, server: AnthropicServer
) -> None:
    server.next = [Misbehave(401, "authentication_error")]
    at = asked(page(portrait_analysis.analysis_id))
    assert "the key was refused" in at.error[0].value.replace("\\", "")
    assert len(at.dataframe) == 1
    smiles(server)
    at = asked(at)
    assert not at.error and "A smile at 0:01.0" in said(at)


def test_caps_are_those_of_the_page(portrait_analysis: Analysis, server: AnthropicServer) -> None:
    at = page(portrait_analysis.analysis_id)
    at.number_input(key="max-calls").set_value(1).run()
    at = asked(at)
    assert "the limit is 1" in at.error[0].value and server.asked == []


def test_the_answer_is_found_by_its_link_and_only_for_its_analysis(
    portrait_analysis: Analysis, server: AnthropicServer
) -> None:
    smiles(server)
    at = asked(page(portrait_analysis.analysis_id))
    again = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=RUN_S)
    again.query_params["question"] = param(at, "question") or ""
    again.switch_page(PAGE).run()
    assert "A smile at 0:01.0" in said(again) and KEY not in said(again)
    kept = asking._asked()
    kept |= {number: replace(one, analysis_id="other") for number, one in kept.items()}
    assert "A smile at 0:01.0" not in said(again.run())


def test_the_key_of_the_program_is_used_and_never_shown(
    portrait_analysis: Analysis, server: AnthropicServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    at = page(portrait_analysis.analysis_id)
    assert not [box for box in at.text_input if box.key == "claude-key"]
    press(at, asking.EXAMPLES[1])
    assert not button(at, "Ask").disabled  # type: ignore[attr-defined]
    assert KEY not in said(at) and asking._asked() == {}


def test_neither_key_nor_question_nor_answer_is_on_the_disk(
    portrait_analysis: Analysis, server: AnthropicServer, dashboard_cache: Path
) -> None:
    before = sorted(path for path in dashboard_cache.rglob("*"))
    smiles(server)
    at = asked(page(portrait_analysis.analysis_id))
    assert not any(KEY in str(value) for value in at.query_params.values())
    files = [path for path in dashboard_cache.rglob("*") if path.is_file()]
    content = b"".join(path.read_bytes() for path in files)
    assert sorted(path for path in dashboard_cache.rglob("*")) == before
    assert KEY.encode() not in content and asking.EXAMPLES[0].encode() not in content
