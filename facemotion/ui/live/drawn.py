"""What the running page shows besides picture and chart, as HTML: it is drawn every second."""

from __future__ import annotations

from facemotion import palette
from facemotion.live import Event, Gap, Rule, Snapshot
from facemotion.live.reading import State
from facemotion.records import EMOTIONS
from facemotion.ui import look
from facemotion.ui.live import picture
from facemotion.ui.moments import bars

MOST_FACES = 6
MOST_ROWS = 8
JUST_OVER_S = 4.0
"""Events stay on the screen for this long: short ones would be missed."""

_STATES: dict[State, tuple[str, str]] = {
    "connecting": ("◌", "Connecting"),
    "live": ("●", "Live"),
    "stalled": ("◐", "Standing still"),
    "reconnecting": ("↻", "Connecting again"),
    "paused": ("❚❚", "Paused"),
    "ended": ("■", "Ended"),
    "stopped": ("■", "Stopped"),
    "failed": ("✖", "Failed"),
}
_WHY = {
    "dropped": "dropped: this machine was too slow for some pictures",
    "slowed": "this machine looks less often for a while",
    "disconnected": "no connection",
    "stalled": "the stream stood still",
    "missing": "the server did not have a piece",
    "damaged": "a piece could not be read",
    "paused": "paused",
}


def status(state: State, message: str) -> str:
    """What is going on, in a sign, a word and a line."""
    sign, word = _STATES[state]
    message = message.removeprefix(word).lstrip(":. ")
    message = message[:1].upper() + message[1:]
    return (
        f'<div class="fm-state fm-state-{state}"><b><span aria-hidden="true">{sign}</span> '
        f"{word}</b><span>{look.escaped(message)}</span></div>"
    )


def numbers(seen: Snapshot, n_viewers: int) -> str:
    """Latency, rate, dropped and lost, each with what it means."""
    stats = seen.stats
    latency = "-" if stats.latency_s is None else f"{stats.latency_s:.1f} s"
    here = "" if stats.added_s is None else f"{stats.added_s:.2f} s on this machine"
    again = f"connected again {_times(stats.n_reconnects)}" if stats.n_reconnects else "in gaps"
    watching = f"{n_viewers} watch this" if n_viewers > 1 else "of the stream"
    cells = (
        ("Latency", latency, here or "from picture to result"),
        ("Looks a second", f"{stats.rate:.1f}", f"of {stats.asked_rate:g} asked for"),
        ("Dropped", f"{stats.n_dropped}", f"of {stats.n_samples + stats.n_dropped} pictures"),
        ("Not seen", f"{stats.lost_s:.1f} s", again),
        ("Faces", f"{len(seen.frame_faces)}", "in this picture"),
        ("Time", look.clock(round(stats.time_s)), watching),
    )
    said = "".join(
        f"<div><dt>{name}</dt><dd>{value}<small>{small}</small></dd></div>"
        for name, value, small in cells
    )
    return f'<dl class="fm-numbers fm-live-numbers">{said}</dl>'


def newest(seen: Snapshot) -> str:
    """The newest picture with its boxes, or an empty one of the same size."""
    if seen.frame is None or seen.frame_time_s is None:
        return '<div class="fm-blank fm-live-blank">The first picture is on its way.</div>'
    shown = look.picture(
        picture.jpeg(seen.frame, seen.frame_faces),
        picture.alt(seen.frame_faces, seen.frame_time_s),
    )
    height, width = seen.frame.shape[:2]
    return f'<div class="fm-live-frame" style="aspect-ratio:{width}/{height}">{shown}</div>'


def faces_now(seen: Snapshot) -> str:
    """The smoothed scores of the faces in the newest picture."""
    if seen.frame is None:
        return '<div class="fm-dim">Scores come with the first picture.</div>'
    if seen.frame_faces.empty:
        return '<div class="fm-dim">No face in this picture.</div>'
    parts = []
    for _, row in seen.frame_faces.head(MOST_FACES).iterrows():
        emotion, value = picture.strongest(row)
        scores = tuple(float(row[f"{name}_shown"]) for name in EMOTIONS)
        parts.append(
            f'<div class="fm-live-face"><div><b>{look.escaped(str(row["person"]))}</b> '
            f"{look.badge(emotion)} {emotion} {palette.percent(value)}</div>"
            f"{bars.of_emotions(scores)}</div>"
        )
    more = len(seen.frame_faces) - MOST_FACES
    if more > 0:
        parts.append(f'<div class="fm-dim">and {more} more</div>')
    return f'<div class="fm-live-faces">{"".join(parts)}</div>'


def alerts(events: tuple[Event, ...], now_s: float) -> str:
    """The events that go on or have just ended, where a screen reader tells of them as they come.

    ``now_s`` is stream time.
    """
    shown = [e for e in events if not e.is_over or now_s - e.end_s < JUST_OVER_S]
    badges = "".join(
        f'<div class="fm-alert{" fm-alert-over" if event.is_over else ""}">'
        f'<span aria-hidden="true">{"△" if event.is_over else "▲"}</span> '
        f"<b>{'Just over' if event.is_over else 'Now'}: {look.escaped(words(event))}</b> "
        f"<span>from {palette.clock(event.start_s)}, {event.duration_s:.1f} s</span></div>"
        for event in shown
    )
    return f'<div class="fm-alerts" role="status" aria-live="polite">{badges}</div>'


def words(event: Event) -> str:
    """'surprise of Face 2 above 0.7 for 2 s', of the face that it was."""
    rule = str(event.rule)
    return rule.replace(" of anybody ", f" of {event.person} ", 1)


def happenings(events: tuple[Event, ...], gaps: tuple[Gap, ...], rules: tuple[Rule, ...]) -> str:
    """What is watched for, and the last events and gaps, the newest first, as a table."""
    said = "; ".join(look.escaped(str(rule)) for rule in rules) or "no rule was given"
    wanted = f'<div class="fm-dim fm-wanted">Events: {said}</div>'
    rows = [(event.start_s, _event_row(event)) for event in events]
    rows += [(gap.start_s, _gap_row(gap)) for gap in gaps]
    if not rows:
        return f'{wanted}<div class="fm-dim">No event yet, and no gap.</div>'
    rows.sort(key=lambda row: -row[0])
    body = "".join(row for _, row in rows[:MOST_ROWS])
    more = len(rows) - MOST_ROWS
    below = f'<div class="fm-dim">and {more} earlier</div>' if more > 0 else ""
    return (
        f'{wanted}<div class="fm-scroll"><table class="fm-table"><thead><tr><th>From</th>'
        f"<th>Lasts</th><th>What</th><th>Most</th></tr></thead><tbody>{body}</tbody></table></div>{below}"
    )


def _event_row(event: Event) -> str:
    is_share = event.rule.value in (*EMOTIONS, "expressiveness")
    peak = palette.percent(event.peak) if is_share else f"{event.peak:.2f}"
    goes_on = "" if event.is_over else " (goes on)"
    return (
        f"<tr><td>{palette.clock(event.start_s)}</td><td>{event.duration_s:.1f} s{goes_on}</td>"
        f'<td><span class="fm-mark" aria-hidden="true">▲</span> {look.escaped(words(event))}</td>'
        f"<td>{peak} at {palette.clock(event.peak_s)}</td></tr>"
    )


def _gap_row(gap: Gap) -> str:
    lasts_s = gap.end_s - gap.start_s
    lasts = f"{lasts_s:.1f} s" if lasts_s else f"nothing lost in {gap.lasted_s:.1f} s"
    return (
        f'<tr class="fm-dim"><td>{palette.clock(gap.start_s)}</td><td>{lasts}</td>'
        f'<td><span aria-hidden="true">▨</span> Gap: {_WHY.get(gap.why, gap.why)}</td>'
        "<td></td></tr>"
    )


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
