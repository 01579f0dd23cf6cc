"""Training one network: from pictures and shares to averaged weights and a log.

    python -m training.fit --data ferplus_train.npz --judged fer2013_dev --out runs/a --seed 1

The loss is the cross-entropy with the raters' shares (Barsoum et al., 2016), so that a face on
which people disagree is learned as one. With ``--teachers``, half of the target is the mean answer
of other networks (Hinton et al., 2015, arXiv:1503.02531), who see the same changed picture. What is
kept are moving averages of the weights. A tenth of the pictures is never trained on: it chooses
between runs and sets temperatures. A run that was cut off goes on from its last epoch.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training import augmentation, votes
from training.network import BLOCKS, WIDTHS, Network

HELD_OUT = 0.1
_SPLIT_SEED = 2013


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what comes out, beside the data."""

    seed: int = 1
    epochs: int = 60
    batch: int = 128
    rate: float = 4e-3
    decay: float = 0.05
    warm_up: float = 0.1
    averaged: float = 0.998
    strength: float = 1.0
    mixup: float = 0.0
    rare: float = 0.25
    skipped: float = 0.05
    dropped: float = 0.1
    widths: tuple[int, ...] = WIDTHS
    blocks: tuple[int, ...] = BLOCKS
    sizes: tuple[int, ...] = (32, 40, 48)
    """Width of the pictures, each for an equal part of the epochs: small ones are seen faster."""
    start: str = ""
    """A run whose weights it begins with."""
    teachers: tuple[str, ...] = field(default=())
    taught: float = 0.5


def split(faces: votes.Faces) -> tuple[votes.Faces, votes.Faces]:
    """The pictures to learn from and those held out; the same for every seed."""
    order = np.random.default_rng(_SPLIT_SEED).permutation(len(faces))
    held = round(HELD_OUT * len(faces))
    return faces.take(order[held:]), faces.take(order[:held])


def as_input(pictures: np.ndarray) -> Tensor:
    """Grey pictures ``(n, 48, 48)`` uint8 as the network takes them."""
    return torch.from_numpy(pictures.astype(np.float32) / 127.5 - 1).unsqueeze(1)


def fit(
    learned: votes.Faces, held: votes.Faces, recipe: Recipe, out: Path, *, compiled: bool = False
) -> Network:
    """Train; ``out`` gets ``weights.pt``, ``recipe.json``, ``log.jsonl`` and ``state.pt``."""
    torch.manual_seed(recipe.seed)
    out.mkdir(parents=True, exist_ok=True)
    (out / "recipe.json").write_text(json.dumps(asdict(recipe), indent=1))
    network = Network(recipe.widths, recipe.blocks, recipe.skipped, recipe.dropped)
    network = network.to(memory_format=torch.channels_last)
    if recipe.start:
        network.load_state_dict(load(Path(recipe.start)).state_dict())
    average = copy.deepcopy(network).eval()
    optimizer = torch.optim.AdamW(_groups(network, recipe.decay), recipe.rate)
    state = {"network": network, "average": average, "optimizer": optimizer}
    begun, before = _resume(state, out / "state.pt")
    teachers: list[nn.Module] = [load(Path(folder)) for folder in recipe.teachers]
    learner: nn.Module = network
    if compiled:
        learner = torch.compile(network, dynamic=False)
        teachers = [torch.compile(teacher, dynamic=False) for teacher in teachers]
    length = len(learned) // recipe.batch
    start = time.monotonic() - 60 * before
    with (out / "log.jsonl").open("a" if begun else "w") as log:
        for epoch in range(begun, recipe.epochs):
            # Seeded for each epoch, so that a run that goes on draws what it would have drawn.
            torch.manual_seed(1000 * recipe.seed + epoch)
            rng = np.random.default_rng((recipe.seed, epoch))
            size = recipe.sizes[len(recipe.sizes) * epoch // recipe.epochs]
            losses = []
            for number, (pictures, shares) in enumerate(_batches(learned, recipe, rng)):
                step = epoch * length + number
                for group in optimizer.param_groups:
                    done = step / (recipe.epochs * length)
                    group["lr"] = recipe.rate * _schedule(done, recipe.warm_up)
                faces, target = _lesson(pictures, shares, teachers, recipe, rng)
                losses.append(_step(learner, optimizer, _shrunk(faces, size), target))
                _follow(average, network, min(recipe.averaged, (2 + step) / (11 + step)))
            line = {
                "epoch": epoch + 1,
                "size": size,
                "loss": float(np.mean(losses)),
                "minutes": (time.monotonic() - start) / 60,
                **judge(average, held),
            }
            log.write(json.dumps(line) + "\n")
            log.flush()
            print(" ".join(f"{k} {v:.4g}" for k, v in line.items()), flush=True)
            torch.save(average.state_dict(), out / "weights.pt")
            _keep(state, epoch + 1, line["minutes"], out / "state.pt")
    return average


def _keep(state: dict[str, Any], epochs: int, minutes: float, path: Path) -> None:
    """Everything that is needed to go on, written whole or not at all."""
    stored = {name: part.state_dict() for name, part in state.items()}
    torch.save({**stored, "epochs": epochs, "minutes": minutes}, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def _resume(state: dict[str, Any], path: Path) -> tuple[int, float]:
    """Takes up what ``_keep`` has written; epochs and minutes that are done."""
    if not path.exists():
        return 0, 0.0
    stored = torch.load(path, weights_only=True)
    for name, part in state.items():
        part.load_state_dict(stored[name])
    return stored["epochs"], stored["minutes"]


def load(folder: Path) -> Network:
    """A network that ``fit`` has written."""
    recipe = json.loads((folder / "recipe.json").read_text())
    network = Network(tuple(recipe["widths"]), tuple(recipe["blocks"]), 0, 0)
    network.load_state_dict(torch.load(folder / "weights.pt", weights_only=True))
    return network.to(memory_format=torch.channels_last).eval()


@torch.inference_mode()
def logits(network: nn.Module, pictures: np.ndarray, *, mirrored: bool = True) -> np.ndarray:
    """Logits ``(n, 8)`` of pictures; ``mirrored``: the mean with those of the mirror image."""
    parts = []
    for first in range(0, len(pictures), 256):
        faces = as_input(pictures[first : first + 256])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = network(faces).float()
            if mirrored:
                found = (found + network(faces.flip(3)).float()) / 2
        parts.append(found.numpy())
    return np.concatenate(parts)


def judge(network: nn.Module, held: votes.Faces) -> dict[str, float]:
    """Cross-entropy with the shares, and agreement with the majority of the seven."""
    found = logits(network, held.pictures, mirrored=False)
    log_p = found - np.logaddexp.reduce(found, axis=1, keepdims=True)
    best = held.shares[:, :7].argmax(axis=1)
    clear = held.shares.argmax(axis=1) < 7
    right = found[:, :7].argmax(axis=1) == best
    return {
        "held_out_loss": float(-(held.shares * log_p).sum(axis=1).mean()),
        "held_out_accuracy": float(right[clear].mean()),
    }


def _lesson(
    pictures: np.ndarray,
    shares: np.ndarray,
    teachers: list[nn.Module],
    recipe: Recipe,
    rng: np.random.Generator,
) -> tuple[Tensor, Tensor]:
    """Changed faces ``(n, 1, 48, 48)`` and what the network shall say of them, ``(n, 8)``."""
    faces = augmentation.changed(pictures, rng, recipe.strength)
    target = torch.from_numpy(shares)
    if recipe.mixup:
        faces, target = augmentation.mixed(faces, target, rng, recipe.mixup)
    faces = faces.contiguous(memory_format=torch.channels_last)
    if teachers:
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            told = torch.stack([t(faces).float().softmax(1) for t in teachers]).mean(0)
        target = recipe.taught * told + (1 - recipe.taught) * target
    return faces, target


def _shrunk(faces: Tensor, size: int) -> Tensor:
    if size == faces.shape[-1]:
        return faces
    small = F.interpolate(faces, size=(size, size), mode="bilinear", antialias=True)
    return small.contiguous(memory_format=torch.channels_last)


def _step(
    network: nn.Module, optimizer: torch.optim.Optimizer, faces: Tensor, target: Tensor
) -> float:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = network(faces).float()
    loss = F.cross_entropy(found, target)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimizer.step()
    return loss.item()


def _batches(
    faces: votes.Faces, recipe: Recipe, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """An epoch; pictures of rare expressions come more often by (1 / frequency) ** ``rare``."""
    frequency = faces.shares.mean(axis=0)
    weight = (faces.shares / frequency**recipe.rare).sum(axis=1)
    chosen = rng.choice(len(faces), len(faces), p=weight / weight.sum(), replace=recipe.rare > 0)
    for first in range(0, len(chosen) - recipe.batch + 1, recipe.batch):
        some = faces.take(chosen[first : first + recipe.batch])
        yield some.pictures, some.shares


def _schedule(done: float, warm_up: float) -> float:
    """Up in a straight line, then down along a cosine."""
    if done < warm_up:
        return done / warm_up
    return 0.5 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up)))


def _groups(network: Network, decay: float) -> list[dict[str, object]]:
    """Only weights of convolutions and of the last layer decay, no biases and no norms."""
    heavy = [p for p in network.parameters() if p.ndim > 1]
    light = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": heavy, "weight_decay": decay}, {"params": light, "weight_decay": 0.0}]


@torch.no_grad()
def _follow(average: Network, network: Network, kept: float) -> None:
    old, new = average.state_dict(), network.state_dict()
    for name, value in old.items():
        if value.dtype.is_floating_point:
            value.mul_(kept).add_(new[name], alpha=1 - kept)
        else:
            value.copy_(new[name])


def main() -> None:
    """Train one network as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--judged", type=Path, help="pictures whose near copies are left out")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--compiled", action="store_true", help="a fifth faster; needs a compiler")
    defaults = Recipe()
    for name, value in asdict(defaults).items():
        if isinstance(value, tuple):
            kind = str if name == "teachers" else int
            parser.add_argument(f"--{name}", nargs="*", type=kind, default=value)
        else:
            parser.add_argument(f"--{name}", type=type(value), default=value)
    options = vars(parser.parse_args())
    data, judged, out, compiled = (
        options.pop(name) for name in ("data", "judged", "out", "compiled")
    )
    recipe = Recipe(**{k: tuple(v) if isinstance(v, list) else v for k, v in options.items()})
    apart = votes.load_judged(judged).pictures if judged else None
    learned, held = split(votes.load(data, apart))
    print(f"{len(learned)} pictures to learn from, {len(held)} held out", flush=True)
    fit(learned, held, recipe, out, compiled=compiled)


if __name__ == "__main__":
    main()
