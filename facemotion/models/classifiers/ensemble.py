"""Several classifiers as one: the mean of their probabilities, each with a weight.

Named by its members, ``ensemble:ferplus-resnet+mini-xception``, or with weights,
``ensemble:ferplus-resnet=2+mini-xception=1``. Averaging is what usually makes different networks
better and less sure of themselves (Dietterich, 2000, doi:10.1007/3-540-45014-9_1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facemotion import models
from facemotion.errors import SettingsError
from facemotion.records import EMOTIONS

if TYPE_CHECKING:
    from facemotion.models.base import ExpressionClassifier, Floats
    from facemotion.models.mesh import Mesh
    from facemotion.records import RGB

HOW = "Name two or more, such as ensemble:ferplus-resnet+mini-xception=0.5."


@dataclass(frozen=True)
class Recipe:
    """The members and their weights, which add up to one; called, it gives the classifier."""

    names: tuple[str, ...]
    shares: tuple[float, ...]

    @property
    def version(self) -> str:
        """The members' own versions: theirs decide."""
        return ".".join(str(models.backend("classifier", name).version) for name in self.names)

    def weights(self) -> list[Path]:
        """The files of all members; raises as theirs do."""
        return [
            path for name in self.names for path in models.backend("classifier", name).weights()
        ]

    def __call__(self, models_folder: Path) -> Ensemble:
        made = [models.classifier(name, models_folder) for name in self.names]
        return Ensemble(made, self.shares)


def named(given: str) -> Recipe:
    """The ensemble that stands behind the colon: ``name[=weight]+name[=weight]...``.

    Raises ``SettingsError`` for unknown members, weights that are none, and fewer than two members.
    """
    parts = [part.partition("=") for part in given.split("+") if part]
    names = [name.strip() for name, _, _ in parts]
    for name in names:
        if ":" in name:
            raise SettingsError(f"An ensemble cannot hold {name!r}. {HOW}")
        models.backend("classifier", name)
    if len(names) < 2 or len(set(names)) < len(names):
        raise SettingsError(f"'ensemble:{given}' is not two or more different classifiers. {HOW}")
    amounts = [_amount(name, text) if equals else 1.0 for name, equals, text in parts]
    return Recipe(tuple(names), tuple(amount / sum(amounts) for amount in amounts))


def _amount(name: str, text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if not math.isfinite(amount) or amount <= 0:
        raise SettingsError(f"The weight of {name} is {text!r}, which is not above 0. {HOW}")
    return amount


class Ensemble:
    """Asks each member about its own crop of a face.

    What only some tell beside the seven is the mean of those.
    """

    def __init__(self, members: list[ExpressionClassifier], shares: tuple[float, ...]) -> None:
        self._members = members
        self._shares = shares
        told = [name for member in members for name in member.extras]
        self.extras = tuple(dict.fromkeys(told))

    @property
    def crop_shape(self) -> tuple[int, ...]:
        """``(members, side, side, 3)``: each member's crop in the corner of the largest."""
        side = max(member.crop_shape[0] for member in self._members)
        return (len(self._members), side, side, 3)

    def cut(self, rgb: RGB, box_xywh: Floats, mesh: Mesh) -> RGB:
        """A face in a picture, cut by each member."""
        return self._stacked([member.cut(rgb, box_xywh, mesh) for member in self._members])

    def whole(self, face: RGB) -> RGB:
        """A square picture framed as in FER-2013, cut by each member."""
        return self._stacked([member.whole(face) for member in self._members])

    def predict(self, crops: RGB) -> Floats:
        """Probabilities ``(n, 7 + len(extras))`` for ``(n, *crop_shape)`` uint8 RGB crops."""
        names = (*EMOTIONS, *self.extras)
        total = np.zeros((len(crops), len(names)), dtype=np.float64)
        shares = np.zeros(len(names))
        for number, (member, share) in enumerate(zip(self._members, self._shares, strict=True)):
            side = member.crop_shape[0]
            answer = member.predict(np.ascontiguousarray(crops[:, number, :side, :side]))
            columns = [names.index(name) for name in (*EMOTIONS, *member.extras)]
            total[:, columns] += share * answer
            shares[columns] += share
        found: Floats = (total / shares).astype(np.float32)
        return found

    def _stacked(self, crops: list[RGB]) -> RGB:
        stack: RGB = np.zeros(self.crop_shape, dtype=np.uint8)
        for number, crop in enumerate(crops):
            stack[number, : len(crop), : len(crop)] = crop
        return stack
