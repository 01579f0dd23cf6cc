"""Bars as HTML: there is one set for every face that is looked at, and they must be there at once.
A Plotly chart takes a browser twenty times as long to draw."""

from __future__ import annotations

import math

import pandas as pd

from facemotion import palette
from facemotion.action_units import TABLE
from facemotion.action_units.reliability import PRESENT_FROM
from facemotion.records import ACTION_UNITS, EMOTIONS
from facemotion.ui import look

MAX_INTENSITY = 5.0


def of_emotions(probabilities: tuple[float, ...]) -> str:
    """The seven probabilities, each with its symbol, a bar, and percent."""
    best = max(probabilities)
    rows = "".join(
        f"<div>{look.badge(name)} {'<b>' if value == best else ''}{name}"
        f"{'</b>' if value == best else ''}</div>{_bar(value, palette.color(name))}"
        f"<div>{100 * value:.1f}%</div>"
        for name, value in zip(EMOTIONS, probabilities, strict=True)
    )
    said = ", ".join(
        f"{name} {palette.percent(value)}"
        for name, value in sorted(zip(EMOTIONS, probabilities, strict=True), key=lambda p: -p[1])
    )
    return f'<div class="fm-bars" role="img" aria-label="Scores: {said}.">{rows}</div>'


def of_units(face: pd.Series, words: pd.Series, color: str) -> str:
    """The action units that are there, strongest first, with how far each can be relied on.

    ``face`` is a row of the faces table, ``words`` its row of ``action_units.reliability``.
    """
    known = {unit: float(face[unit]) for unit in ACTION_UNITS if words[unit] != "not measurable"}
    if not known:
        return (
            '<div class="fm-dim">No muscle can be measured on this face: it is too small or '
            "turned too far.</div>"
        )
    there = {unit: value for unit, value in known.items() if value >= PRESENT_FROM}
    shown = sorted(there, key=lambda unit: -there[unit])
    missing = [unit for unit in ACTION_UNITS if unit not in known]
    rest = f'<div class="fm-dim">Not measurable: {", ".join(missing)}.</div>' if missing else ""
    if not shown:
        return '<div class="fm-dim">At rest: no action unit reaches 1 of 5.</div>' + rest
    rows = "".join(
        f'<div title="{look.escaped(TABLE[unit].muscle)}">{unit} '
        f'<span class="fm-dim">{look.escaped(TABLE[unit].name)}</span></div>'
        f"{_bar(known[unit] / MAX_INTENSITY, color, is_faint=words[unit] == 'weak')}"
        f'<div>{known[unit]:.1f}<span class="fm-dim"> {words[unit]}</span></div>'
        for unit in shown
    )
    said = ", ".join(
        f"{unit} {TABLE[unit].name} {known[unit]:.1f} of 5, {words[unit]}" for unit in shown
    )
    return (
        f'<div class="fm-bars fm-units" role="img" aria-label="Action units: '
        f'{look.escaped(said)}.">{rows}</div>{rest}'
    )


def _bar(share: float, color: str, *, is_faint: bool = False) -> str:
    width = 0.0 if math.isnan(share) else 100 * min(max(share, 0.0), 1.0)
    faint = "opacity:.45;" if is_faint else ""
    return f'<div class="fm-bar"><i style="{faint}width:{width:.1f}%;background:{color}"></i></div>'
