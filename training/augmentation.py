"""Changes to training pictures that leave the expression as it is, made for a batch at a time.

Each stands for something that real videos do: turned and shifted crops, light, lenses, compression,
small faces, hands and microphones. Sizes are in parts of the picture, angles in degrees.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

TURN_DEG = 15.0
SHIFT = 0.08
SCALE = 0.15
GREY = 0.0
"""What lies outside of a picture: the middle grey of [-1, 1]."""


def changed(pictures: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> Tensor:
    """Grey pictures ``(n, 48, 48)`` uint8, each changed at random: ``(n, 1, 48, 48)`` in [-1, 1].

    ``strength`` 0 only mirrors; 1 is what the shipped network was trained with.
    """
    pictures = _compressed(pictures, rng, 0.15 * strength)
    faces = torch.from_numpy(pictures.astype(np.float32) / 127.5 - 1).unsqueeze(1)
    faces = _moved(faces, rng, strength)
    if not strength:
        return faces
    faces = _lit(faces, rng, strength)
    faces = _coarser(faces, rng, 0.2 * strength)
    faces = _blurred(faces, rng, 0.2 * strength)
    return _covered(faces, rng, 0.25 * strength)


def mixed(
    faces: Tensor, shares: Tensor, rng: np.random.Generator, alpha: float = 0.2
) -> tuple[Tensor, Tensor]:
    """Mixup (Zhang et al., 2018, arXiv:1710.09412) of each face with another of the batch."""
    part = float(rng.beta(alpha, alpha))
    other = torch.from_numpy(rng.permutation(len(faces)))
    return part * faces + (1 - part) * faces[other], part * shares + (1 - part) * shares[other]


def _moved(faces: Tensor, rng: np.random.Generator, strength: float) -> Tensor:
    """Half of them mirrored; turned, scaled and shifted."""
    count = len(faces)
    angle = np.radians(rng.uniform(-TURN_DEG, TURN_DEG, count)) * strength
    scale = np.exp(rng.uniform(-SCALE, SCALE, count) * strength)
    mirror = np.where(rng.random(count) < 0.5, -1.0, 1.0)
    shift = rng.uniform(-2 * SHIFT, 2 * SHIFT, (2, count)) * strength
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    matrix = np.stack([cos * mirror, -sin, shift[0], sin * mirror, cos, shift[1]], axis=1)
    grid = F.affine_grid(
        torch.from_numpy(matrix.reshape(-1, 2, 3).astype(np.float32)),
        list(faces.shape),
        align_corners=False,
    )
    # Around 0, so that what lies outside is middle grey.
    return F.grid_sample(faces - GREY, grid, align_corners=False) + GREY


def _lit(faces: Tensor, rng: np.random.Generator, strength: float) -> Tensor:
    """Brightness, contrast and gamma."""
    shape = (len(faces), 1, 1, 1)

    def drawn(low: float, high: float) -> Tensor:
        return torch.from_numpy(rng.uniform(low, high, shape).astype(np.float32))

    contrast, light = torch.exp(drawn(-0.4, 0.4) * strength), drawn(-0.35, 0.35) * strength
    gamma = torch.exp(drawn(-0.3, 0.3) * strength)
    middle = faces.mean(dim=(2, 3), keepdim=True)
    lit = ((faces - middle) * contrast + middle + light).clamp(-1, 1)
    return ((lit + 1) / 2) ** gamma * 2 - 1


def _coarser(faces: Tensor, rng: np.random.Generator, share: float) -> Tensor:
    """Some of them as if the face were only 16 to 40 pixels wide in the video."""
    chosen = torch.from_numpy(rng.random(len(faces)) < share)
    if not chosen.any():
        return faces
    size = int(rng.integers(16, 40))
    small = F.interpolate(faces[chosen], size=(size, size), mode="area")
    again = F.interpolate(small, size=tuple(faces.shape[2:]), mode="bilinear", align_corners=False)
    return faces.index_put((chosen,), again)


def _blurred(faces: Tensor, rng: np.random.Generator, share: float) -> Tensor:
    """Some of them out of focus, or moving along a line."""
    chosen = torch.from_numpy(rng.random(len(faces)) < share)
    if not chosen.any():
        return faces
    reach = torch.arange(-3, 4, dtype=torch.float32)
    if rng.random() < 0.5:
        along = torch.exp(-(reach**2) / (2 * rng.uniform(0.5, 1.5) ** 2))
        kernel = along[:, None] * along[None, :]
    else:
        angle, length = rng.uniform(0, math.pi), rng.uniform(1.0, 3.0)
        across = reach[:, None] * math.cos(angle) - reach[None, :] * math.sin(angle)
        along = reach[None, :] * math.cos(angle) + reach[:, None] * math.sin(angle)
        kernel = torch.exp(-(across**2) / 0.5) * (along.abs() <= length)
    kernel = (kernel / kernel.sum())[None, None]
    padded = F.pad(faces[chosen], (3, 3, 3, 3), mode="replicate")
    return faces.index_put((chosen,), F.conv2d(padded, kernel))


def _covered(faces: Tensor, rng: np.random.Generator, share: float) -> Tensor:
    """Some of them partly behind something (Zhong et al., 2020, arXiv:1708.04896)."""
    faces = faces.clone()
    size = faces.shape[-1]
    for number in np.flatnonzero(rng.random(len(faces)) < share):
        area, form = rng.uniform(0.03, 0.2) * size**2, math.exp(rng.uniform(-0.8, 0.8))
        height = min(size, max(2, round(math.sqrt(area * form))))
        width = min(size, max(2, round(math.sqrt(area / form))))
        top, left = rng.integers(0, size - height + 1), rng.integers(0, size - width + 1)
        filling = rng.uniform(-1, 1) + 0.3 * rng.standard_normal((height, width))
        cover = torch.from_numpy(np.clip(filling, -1, 1).astype(np.float32))
        faces[number, 0, top : top + height, left : left + width] = cover
    return faces


def _compressed(pictures: np.ndarray, rng: np.random.Generator, share: float) -> np.ndarray:
    """Some of them as JPEG of low quality."""
    pictures = pictures.copy()
    for number in np.flatnonzero(rng.random(len(pictures)) < share):
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 60))]
        _, packed = cv2.imencode(".jpg", pictures[number], quality)
        pictures[number] = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    return pictures
