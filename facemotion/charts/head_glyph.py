"""Where a head is turned and where its eyes look, as one small drawing (SVG text)."""

from __future__ import annotations

import math

SIZE = 96
_MIDDLE, _RADIUS = SIZE / 2, 34.0
_FULL_DEG = 60.0  # turned so far, the nose is at the edge
_GAZE_PX_PER_DEG = 0.9


def head_glyph(
    pitch_deg: float,
    yaw_deg: float,
    roll_deg: float,
    gaze_pitch_deg: float | None = None,
    gaze_yaw_deg: float | None = None,
    color: str = "#6674e4",
) -> str:
    """A head as seen in the picture; a line from its nose shows the gaze, where it is known.

    Angles as in ``facemotion.records``: up, to the picture's right and clockwise are positive. The
    middle of the face moves by the sine of the angle, as it does on a ball.
    """
    x = _MIDDLE + _on_ball(yaw_deg)
    y = _MIDDLE - _on_ball(pitch_deg)
    lean = (x - _MIDDLE) * 0.5, (y - _MIDDLE) * 0.5
    eyes = "".join(
        f'<ellipse cx="{x + side * 10 - lean[0] * 0.2:.1f}" cy="{y - 7:.1f}" rx="3.4" ry="2.4" '
        f'fill="#808080"/>'
        for side in (-1, 1)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}">'
        f'<g transform="rotate({roll_deg:.1f} {_MIDDLE} {_MIDDLE})">'
        f'<ellipse cx="{_MIDDLE}" cy="{_MIDDLE}" rx="28" ry="{_RADIUS}" fill="none" '
        f'stroke="#808080" stroke-width="2.5"/>'
        f'<path d="M{_MIDDLE} {_MIDDLE - _RADIUS} Q{x:.1f} {y:.1f} {_MIDDLE} {_MIDDLE + _RADIUS}" '
        'fill="none" stroke="#808080" stroke-opacity=".55" stroke-width="1.5"/>'
        f'<path d="M{_MIDDLE - 28} {_MIDDLE} Q{x:.1f} {y:.1f} {_MIDDLE + 28} {_MIDDLE}" '
        'fill="none" stroke="#808080" stroke-opacity=".55" stroke-width="1.5"/>'
        f'{eyes}<circle cx="{x:.1f}" cy="{y + 4:.1f}" r="3.2" fill="#808080"/></g>'
        f"{_gaze(x, y - 7, gaze_pitch_deg, gaze_yaw_deg, color)}</svg>"
    )


def head_glyph_alt(
    pitch_deg: float,
    yaw_deg: float,
    roll_deg: float,
    gaze_pitch_deg: float | None = None,
    gaze_yaw_deg: float | None = None,
) -> str:
    """The drawing in words."""
    said = [
        _way(pitch_deg, "up", "down"),
        _way(yaw_deg, "to the picture's right", "to the picture's left"),
        _way(roll_deg, "clockwise", "anticlockwise"),
    ]
    words = f"The head is turned {', '.join(said)}."
    if gaze_pitch_deg is None or gaze_yaw_deg is None:
        return words + " The gaze is not known."
    eyes = (_way(gaze_pitch_deg, "up", "down"), _way(gaze_yaw_deg, "right", "left"))
    return f"{words} The eyes look {', '.join(eyes)}."


def _on_ball(angle_deg: float) -> float:
    turned = max(-_FULL_DEG, min(_FULL_DEG, angle_deg))
    return 26.0 * math.sin(math.radians(turned)) / math.sin(math.radians(_FULL_DEG))


def _gaze(x: float, y: float, pitch_deg: float | None, yaw_deg: float | None, color: str) -> str:
    if pitch_deg is None or yaw_deg is None:
        return ""
    to_x = max(2.0, min(SIZE - 2.0, x + yaw_deg * _GAZE_PX_PER_DEG))
    to_y = max(2.0, min(SIZE - 2.0, y - pitch_deg * _GAZE_PX_PER_DEG))
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{color}" '
        f'stroke-width="3.5" stroke-linecap="round"/>'
        f'<circle cx="{to_x:.1f}" cy="{to_y:.1f}" r="4.5" fill="{color}"/>'
    )


def _way(angle_deg: float, positive: str, negative: str) -> str:
    return f"{abs(angle_deg):.0f} degrees {positive if angle_deg >= 0 else negative}"
