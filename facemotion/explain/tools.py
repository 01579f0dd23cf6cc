"""The queries as Claude's tools: how they are listed, called, and what goes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from facemotion import curves
from facemotion.errors import SettingsError
from facemotion.records import Analysis
from facemotion.statistics.queries import QUERIES, ask
from facemotion.statistics.query_rows import Measured, Result

MAX_AT_ONCE = 6
"""Calls in one message that are answered; the rest is refused."""
_PEOPLE = 40
_CUT_AT = 60


@dataclass(frozen=True)
class Step:
    """One call of a tool: what was asked, and the rows, or in ``error`` why there are none."""

    tool: str
    parameters: dict[str, Any]
    result: Result | None
    error: str = ""


@cache
def _listed() -> str:
    import anthropic

    made = []
    for name, query in QUERIES.items():
        schema = anthropic.transform_schema(query.form)
        # Strict tools may have few optional parameters in all, so there are none.
        for part in (schema, *schema.get("$defs", {}).values()):
            part["required"] = list(part["properties"])
            part.pop("title", None)
            for value in part["properties"].values():
                value.pop("title", None)
        text = " ".join((query.form.__doc__ or "").split())
        schema.pop("description", None)
        made.append({"name": name, "description": text, "input_schema": schema, "strict": True})
    return json.dumps(made)


def listed() -> list[dict[str, Any]]:
    """All tools in the service's format, always in the same words, so that they can be cached."""
    found: list[dict[str, Any]] = json.loads(_listed())
    return found


def call(block: Mapping[str, Any], data: Measured) -> Step:
    """Do what a ``tool_use`` block asks for; a call that cannot be done has an ``error``."""
    name, given = str(block.get("name", "")), block.get("input")
    parameters = dict(given) if isinstance(given, Mapping) else {}
    try:
        if not isinstance(given, Mapping):
            raise SettingsError(f"{name} needs its parameters as an object. Give them by name.")
        return Step(name, parameters, ask(name, parameters, data))
    except SettingsError as error:
        return Step(name, parameters, None, str(error))


def result(block: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """The ``tool_result`` block of a call."""
    if step.result is None:
        return _result(block, quoted({"error": step.error}), is_error=True)
    return _result(block, quoted(asdict(step.result)))


def refused(block: Mapping[str, Any]) -> dict[str, Any]:
    """The ``tool_result`` block of a call that was one too many."""
    error = f"At most {MAX_AT_ONCE} calls at a time are answered. Ask again in the next message."
    return _result(block, quoted({"error": error}), is_error=True)


def facts(analysis: Analysis) -> dict[str, Any]:
    """What there is to ask about: times and people. No title and no captions: strangers' words."""
    times = analysis.samples["timestamp"]
    people = curves.people(analysis.faces)
    return {
        "analysed_from_s": None if times.empty else round(float(times.min()), 3),
        "analysed_to_s": None if times.empty else round(float(times.max()), 3),
        "analysed_frames": len(times),
        "captions": len(analysis.video.captions),
        "chosen_moments": len(analysis.moments),
        "people": [
            {
                "face_id": track.face_id,
                "person": people[track.face_id][:_CUT_AT],
                "frames": track.samples,
                "first_s": round(track.first_s, 3),
                "last_s": round(track.last_s, 3),
            }
            for track in curves.face_tracks(analysis.faces)[:_PEOPLE]
        ],
        "number_of_people": len(people),
    }


def quoted(data: Any) -> str:
    """Data as JSON in which no tag can be closed or opened."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def _result(block: Mapping[str, Any], text: str, *, is_error: bool = False) -> dict[str, Any]:
    found = {"type": "tool_result", "tool_use_id": block.get("id", ""), "content": text}
    return found | {"is_error": True} if is_error else found
