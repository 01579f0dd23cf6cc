"""The portrait, made to move: amounts of action units in, a picture out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import cv2
import numpy as np

from facemotion.demo import actions, behind, paint, portrait, skin, warp
from facemotion.demo import points as p
from facemotion.errors import SettingsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from facemotion.models.base import Floats
    from facemotion.records import RGB

# A crease is skin in its own shadow, which is redder, not grey.
_CREASE_RGB = np.array([0.8, 1.05, 1.15], dtype=np.float32)


class Animator:
    """Renders the portrait with any expression; loading takes a fraction of a second."""

    def __init__(self) -> None:
        self._portrait = portrait.load()
        self._rested, self._smiling = skin.rested_and_smiling(self._portrait)
        self._lids_closed = skin.lids_closed(self._portrait, self._rested)
        self._behind = behind.layer_behind(self._portrait)
        self._source = np.ascontiguousarray(self._portrait.flat)
        # The lips' rings lie too close for triangles of any shape: they get strips of their own.
        inner_rings = tuple(point for ring in p.LIP_RINGS[1:] for point in ring)
        around_lips = warp.triangulate(
            self._source, (p.LIP_RINGS[0], p.LEFT_EYE, p.RIGHT_EYE), (*p.HIDDEN_SIDES, *inner_rings)
        )
        self._triangles = np.concatenate([around_lips, warp.strips(p.LIP_RINGS)])
        self._laplacian = warp.stiffness(self._source, self._triangles)
        self._rest = self._source + self._rest_field()
        self._fields = {unit: self._field(action) for unit, action in actions.ACTIONS.items()}
        self._creases = {
            unit: self._shade(action.creases)
            for unit, action in actions.ACTIONS.items()
            if action.creases
        }
        self._order = np.argsort(-self._portrait.points[self._triangles, 2].mean(axis=1))

    def render_frame(
        self,
        amounts: Mapping[str, float],
        yaw_deg: float = 0.0,
        pitch_deg: float = 0.0,
        roll_deg: float = 0.0,
        scale: float = 1.0,
    ) -> RGB:
        """The portrait with action units at ``amounts`` (0..1), as ``(480, 640, 3)`` uint8 RGB.

        The head is turned by ``yaw_deg`` (positive: to the picture's right), ``pitch_deg``
        (positive: down) and ``roll_deg`` (positive: clockwise), believable up to about 25 degrees.
        ``scale`` shrinks the whole picture. Raises ``SettingsError`` for an unknown action unit.
        """
        unknown = sorted(set(amounts) - set(self._fields))
        if unknown:
            raise SettingsError(
                f"The demo portrait cannot move {unknown[0]}. "
                f"Choose from: {', '.join(self._fields)}."
            )
        points = self._turned(self._moved(amounts), yaw_deg, pitch_deg, roll_deg)
        skull = self._turned(self._source, yaw_deg, pitch_deg, roll_deg)
        picture = self._rested.copy()
        for ring, around in ((p.MOUTH_OPENING, p.LIPS), (p.LEFT_EYE,) * 2, (p.RIGHT_EYE,) * 2):
            near = list(around)
            to_picture = paint.fitted_affine(self._source[near], skull[near])
            paint.fill_rim(self._behind, to_picture, points[list(ring)], picture)
        triangles = self._triangles[self._order]
        warp.draw(self._skin(amounts), self._source, points, triangles, picture)
        paint.edges(picture, points, amounts.get("AU45", 0.0))
        if scale != 1.0:
            size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        return picture

    def landmarks(
        self,
        amounts: Mapping[str, float],
        yaw_deg: float = 0.0,
        pitch_deg: float = 0.0,
        roll_deg: float = 0.0,
    ) -> Floats:
        """Where the 468 points of the mesh truly are in ``render_frame``: ``(468, 2)`` pixels."""
        moved = self._turned(self._moved(amounts), yaw_deg, pitch_deg, roll_deg)
        return moved[: p.N_POINTS]

    def _moved(self, amounts: Mapping[str, float]) -> Floats:
        """All points, ``(n, 2)``, with the expression and before the head is turned."""
        points = self._rest.copy()
        for unit, amount in amounts.items():
            points += np.float32(amount) * self._fields[unit]
        self._close_lids(points, amounts.get("AU45", 0.0))
        for pairs in (p.LID_PAIRS, p.LIP_PAIRS):
            self._uncross(points, pairs)
        outer, opening = points[list(p.LIP_RINGS[0])], points[list(p.LIP_RINGS[3])]
        for number in (1, 2):
            # Kept between the outer two, so that lips get thin but never fold.
            points[list(p.LIP_RINGS[number])] = outer + (opening - outer) * np.float32(number / 3)
        return points

    def _close_lids(self, points: Floats, amount: float) -> None:
        """Bring the upper lid down to the lower one, wherever that is now."""
        upper, lower = (np.array(side) for side in zip(*p.LID_PAIRS, strict=True))
        gap = points[lower] - points[upper]
        points[upper] += np.float32(0.94 * amount) * gap
        points[lower] -= np.float32(0.06 * amount) * gap

    def _uncross(self, points: Floats, pairs: tuple[tuple[int, int], ...]) -> None:
        """Edges that would pass through each other meet in the middle instead."""
        upper, lower = (np.array(side) for side in zip(*pairs, strict=True))
        over = np.minimum((points[upper] - points[lower]) @ self._portrait.up, 0.0)
        shift = (over / 2)[:, None] * self._portrait.up
        points[upper] -= shift
        points[lower] += shift

    def _turned(self, points: Floats, yaw_deg: float, pitch_deg: float, roll_deg: float) -> Floats:
        """The points after the head's turn, seen from far away: ``(n, 2)``."""
        depth = self._portrait.points[:, 2:]
        solid = np.concatenate([points, depth], axis=1).astype(np.float64)
        pivot = self._pivot()
        turned = (solid - pivot) @ _rotation(yaw_deg, pitch_deg, roll_deg).T + pivot
        share = self._portrait.follows[:, None]
        moved: Floats = (points + share * (turned[:, :2] - points)).astype(np.float32)
        return moved

    def _pivot(self) -> NDArray[np.float64]:
        """The joint of head and neck: between the ears, a little below them."""
        ears: NDArray[np.float64] = self._portrait.points[[234, 454]].mean(axis=0, dtype=np.float64)
        ears[:2] += self._portrait.offset(0.0, -0.5)
        return ears

    def _skin(self, amounts: Mapping[str, float]) -> RGB:
        """The skin with the wrinkles that come with the expression."""
        texture = self._rested
        if smile := min(1.0, amounts.get("AU12", 0.0)):
            texture = cv2.addWeighted(texture, 1 - smile, self._smiling, smile, 0)
        # A lid that is half down is already stretched smooth.
        if closing := min(1.0, 2.0 * amounts.get("AU45", 0.0)):
            texture = cv2.addWeighted(texture, 1 - closing, self._lids_closed, closing, 0)
        shown = [(unit, amounts[unit]) for unit in self._creases if amounts.get(unit)]
        if not shown:
            return texture
        shade = sum(np.float32(amount) * self._creases[unit] for unit, amount in shown)
        kept = 1 - np.minimum(shade, np.float32(0.5))[..., None] * _CREASE_RGB
        shaded: RGB = (texture * kept).astype(np.uint8)
        return shaded

    def _shade(self, creases: tuple[actions.Crease, ...]) -> Floats:
        """How dark the wrinkles of one action unit are at amount 1: ``(HEIGHT, WIDTH)``."""
        masks = [crease[0] * skin.crease_mask(self._portrait, crease) for crease in creases]
        shade: Floats = np.sum(masks, axis=0, dtype=np.float32)
        return shade

    def _field(self, action: actions.Action) -> Floats:
        """How every point moves at amount 1: ``(n, 2)`` pixels."""
        moves = {
            point: self._portrait.offset(*_mirrored(point, move, -1))
            for point, move in action.moves.items()
        }
        for point, move in action.moves.items():
            if point in p.MIRROR:
                moves[p.MIRROR[point]] = self._portrait.offset(*_mirrored(point, move, 1))
        return self._spread(moves, action.still)

    def _spread(self, moves: Mapping[int, Floats], still: tuple[int, ...]) -> Floats:
        """Moves of some points, carried smoothly to the others; ``still`` and background stay."""
        around = range(p.N_POINTS, len(self._source))
        handles = {point: np.zeros(2, np.float32) for point in (*still, *around)} | dict(moves)
        field = warp.follow(self._laplacian, list(handles), np.array(list(handles.values())))
        return field.astype(np.float32)

    def _rest_field(self) -> Floats:
        """From the portrait's smile to lips at rest."""
        target = self._with_lips_at_rest()
        moves = {point: target[point] - self._source[point] for point in p.LIPS}
        for point, move in actions.REST_MOVES.items():
            for side, q in ((-1, point), (1, p.MIRROR.get(point, point))):
                moves[q] = self._portrait.offset(*_mirrored(point, move, side))
        return self._spread(moves, actions.REST_STILL)

    def _with_lips_at_rest(self) -> Floats:
        """The portrait's points with the lips as they are at rest."""
        points = self._source.copy()
        middle = points[2] + self._portrait.offset(0.0, -actions.MOUTH_LINE_BELOW_NOSE)
        outer, opening = _ring("outer_upper", "outer_lower"), _ring("opening", "opening")
        for number, ring in enumerate(p.LIP_RINGS):
            for place, point in enumerate(ring):
                right, up = outer[place] + (opening[place] - outer[place]) * number / 3
                points[point] = middle + self._portrait.offset(right, up)
        return points


def _ring(upper: str, lower: str) -> NDArray[np.float64]:
    """Twenty places around the lips, ``(right, up)``, in the order of ``LIP_RINGS``."""
    top = np.array(actions.LIPS_AT_REST[upper])
    bottom = np.array(actions.LIPS_AT_REST[lower])
    flip = np.array([-1.0, 1.0])
    return np.concatenate([top * flip, top[4::-1], bottom[1:], bottom[4:0:-1] * flip])


def _mirrored(point: int, move: tuple[float, float], side: int) -> tuple[float, float]:
    """(outwards, upwards) as (right, up) on one side of the face; the midline goes straight."""
    return (side * move[0] if point in p.MIRROR else 0.0, move[1])


def _rotation(yaw_deg: float, pitch_deg: float, roll_deg: float) -> NDArray[np.float64]:
    """Turn by yaw, then pitch, then roll; x right, y down, z away from the camera."""
    yaw, pitch, roll = (math.radians(angle) for angle in (yaw_deg, pitch_deg, roll_deg))
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    cr, sr = math.cos(roll), math.sin(roll)
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    turn: NDArray[np.float64] = about_z @ about_x @ about_y
    return turn
