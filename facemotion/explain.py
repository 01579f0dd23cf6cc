"""Stage 4: words about each moment.

An explainer is a function from moments to explanations, and one line in ``EXPLAINERS``. So far
there is only ``none``, which says nothing: the scores and the reason of the choice stand alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from facemotion.errors import SettingsError
from facemotion.records import Explanation, Moment

VERSION = 1

Explainer = Callable[[Sequence[Moment]], list[Explanation]]


def run(moments: Sequence[Moment], explainer: str) -> tuple[Explanation, ...]:
    """Explain the moments with the explainer of that name; ``SettingsError`` if there is none."""
    check_name(explainer)
    return tuple(EXPLAINERS[explainer](moments))


def check_name(explainer: str) -> None:
    """Raise ``SettingsError``, which names the choices, unless there is such an explainer."""
    if explainer not in EXPLAINERS:
        raise SettingsError(
            f"There is no explainer called {explainer!r}. Choose one of: {', '.join(EXPLAINERS)}."
        )


def _silent(moments: Sequence[Moment]) -> list[Explanation]:
    return []


EXPLAINERS: dict[str, Explainer] = {"none": _silent}
