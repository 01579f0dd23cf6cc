"""Everything from the data to the shipped file and its card.

python -m training --data ferplus_train.npz --judged fer2013_dev --work runs
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from facemotion.models.classifiers.ferplus_resnet import WEIGHTS

SHIPPED: dict[str, tuple[str, ...]] = {
    "mixed": ("--seed", "1", "--epochs", "60", "--mixup", "0.2", "--dropped", "0.2"),
    "plain": ("--seed", "2", "--epochs", "60"),
    "student": (
        *("--seed", "3", "--epochs", "60", "--rate", "3e-3", "--sizes", "40", "48"),
        *("--start", "{work}/plain", "--teachers", "{work}/mixed", "{work}/plain"),
    ),
}
"""The runs that lead to the shipped file, in order, with what differs from ``fit.Recipe``."""


def main() -> None:
    """Run what is missing; a run that is complete is kept, one that was cut off goes on."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    for name in ("--data", "--judged", "--work"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument(
        "--compiled",
        dest="speed",
        action="append_const",
        const="--compiled",
        default=[],
        help="a fifth faster; needs a compiler of C++",
    )
    options = parser.parse_args()
    data = ("--data", str(options.data), "--judged", str(options.judged))
    for name, changes in SHIPPED.items():
        filled = (change.replace("{work}", str(options.work)) for change in changes)
        _call("training.fit", *data, "--out", str(options.work / name), *filled, *options.speed)
    runs = [str(options.work / name) for name in SHIPPED]
    _call("training.export", *data, "--run", runs[-1], "--out", str(WEIGHTS))
    _call("training.card", "--judged", str(options.judged), "--runs", *runs)


def _call(module: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", module, *arguments], check=True)


if __name__ == "__main__":
    main()
