"""The network: a small residual net on grey faces of 48 x 48 pixels, eight answers.

Residual blocks of He et al. (2016, arXiv:1512.03385) with squeeze-and-excitation (Hu et al., 2018,
arXiv:1709.01507). The picture keeps its full size through the first layer only: fine lines matter,
and one core has 1.5 ms for a face.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.votes import CLASSES

WIDTHS = (32, 64, 128, 256)
BLOCKS = (2, 2, 2, 1)
STEM = 16


class Excitation(nn.Module):
    """Weighs the channels by what they hold in the whole picture."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weigh = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(width, width // 8, 1),
            nn.ReLU(),
            nn.Conv2d(width // 8, width, 1),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        weighed: Tensor = x * self.weigh(x)
        return weighed


class Block(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut; in training the whole block is skipped at times."""

    def __init__(self, before: int, width: int, stride: int, skipped: float) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(before, width, 3, stride, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width),
            Excitation(width),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or before != width:
            shrink = [nn.AvgPool2d(stride, ceil_mode=True)] if stride > 1 else []
            self.shortcut = nn.Sequential(
                *shrink, nn.Conv2d(before, width, 1, bias=False), nn.BatchNorm2d(width)
            )
        self.skipped = skipped
        self.activation = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        found = self.main(x)
        if self.training and self.skipped:
            kept = (torch.rand(len(x), 1, 1, 1) >= self.skipped).to(found.dtype)
            found = found * (kept / (1 - self.skipped))
        return self.activation(found + self.shortcut(x))


class Network(nn.Module):
    """Faces ``(n, 1, 48, 48)``, grey in [-1, 1], to logits ``(n, 8)`` in ``CLASSES`` order."""

    def __init__(
        self,
        widths: tuple[int, ...] = WIDTHS,
        blocks: tuple[int, ...] = BLOCKS,
        skipped: float = 0.1,
        dropped: float = 0.2,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv2d(1, STEM, 3, 1, 1, bias=False),
            nn.BatchNorm2d(STEM),
            nn.ReLU(),
        ]
        before, number, count = STEM, 0, sum(blocks)
        for width, depth in zip(widths, blocks, strict=True):
            for first in (True, *[False] * (depth - 1)):
                number += 1
                # Later blocks are skipped more often (Huang et al., 2016, arXiv:1603.09382).
                layers.append(Block(before, width, 2 if first else 1, skipped * number / count))
                before = width
        self.features = nn.Sequential(*layers)
        self.answer = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Dropout(dropped),
            nn.Linear(before, len(CLASSES)),
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")

    def forward(self, faces: Tensor) -> Tensor:
        logits: Tensor = self.answer(self.features(faces))
        return logits
