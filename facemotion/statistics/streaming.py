"""Smoothing of one person's expressions while they come in: only what is past is known.

Each person has a smoother of their own, which gets the seven probabilities with their time and
gives seven back. All go by the time stamps, never by counting samples, so any frame rate and any
dropped frame is right. ``statistics.smoothing`` is for finished analyses: it looks at both sides.

The default is "kalman": at the lag of a light low-pass it leaves less noise than a second's mean,
keeps short expressions, and hardly shows an outlier. The price is one look of waiting before a
change is believed, thus an error a little above the light low-pass's. From ``python -m
bench.smoothing``: made-up expressions of 0.5 to 4 s, 5 looks a second, every 50th an outlier;
"left" is what is left of the noise, "short" of the peaks of expressions below 1.5 s, "outlier" of
an outlier, "strongest" how often its emotion comes out on top:

    method            lag s  left  error  short  outlier  strongest
    none               0.00  1.00  0.072   1.02     1.00       100%
    moving 0.6 s       0.20  0.58  0.087   0.93     0.33        22%
    moving 1 s         0.40  0.47  0.123   0.68     0.20         6%
    exponential 0.3 s  0.14  0.58  0.075   0.86     0.48        61%
    kalman 0.7 s       0.12  0.39  0.080   0.99     0.05         3%
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Protocol

import numpy as np

from facemotion.errors import SettingsError
from facemotion.records import EMOTIONS

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

DEFAULT = "kalman"

GAP = 4.0
"""After so many time constants without a look, what was seen before says nothing any more."""

FLOOR = 0.01
"""Each probability counts as at least about this: below it, log-odds are the network's whims."""

NOISE = 0.3
"""Standard deviation of one look, in log-odds: of eight clips at 5 looks a second, calm faces have
0.02 to 0.12, talking ones and grimaces 0.36 to 0.71 (``python -m bench.smoothing --clips``)."""

NOISE_APART_S = 0.2
"""Looks closer than this share their error, as the same turn of the head does it: at 12 looks a
second, the same talking faces change by less than half as much from look to look."""

SURPRISE = 1.5
"""So many standard deviations off, a look is held back until the next one agrees with it.
Of 1.2 to 2.5, on the made-up expressions: lower lets outliers through, higher lags."""

AGREED_S = 0.1
"""A change is believed when it has lasted this long: at 5 looks a second, on the second look."""


class Smoother(Protocol):
    """Follows the expressions of one person."""

    def update(self, time_s: float, probabilities: ArrayLike) -> Floats:
        """The seven probabilities, smoothed, in the order of ``EMOTIONS``: 0..1, sum 1.

        After a gap of more than ``GAP`` times its seconds it starts anew. Raises ``ValueError``
        when the time is not later than the last one (``reset`` it when a clock starts again), or
        the probabilities are not seven finite numbers of which none is below 0 and one is above.
        """

    def reset(self) -> None:
        """Forget everything: the next update is the first one."""


def smoother(name: str = DEFAULT, seconds: float | None = None) -> Smoother:
    """A new smoother for one person; None means the seconds that suit the method.

    * "none": the probabilities as they come
    * "moving": their mean over the last ``seconds``, each weighted by the time since the one before
    * "exponential": each look counts exp(-age / ``seconds``)
    * "kalman": ``Kalman``, with ``seconds`` the time constant at rest, at 5 looks a second or more

    Raises ``SettingsError`` for an unknown name, or seconds that are not above 0.
    """
    if name not in _KINDS:
        raise SettingsError(
            f"There is no live smoothing called {name!r}. Choose from: {', '.join(METHODS)}."
        )
    kind, usual_s = _KINDS[name]
    seconds = usual_s if seconds is None else seconds
    if not seconds > 0:
        raise SettingsError(f"The live smoothing takes {seconds:g} s. Choose more than 0 s.")
    return kind(seconds)


class Plain:
    """No smoothing; what the others have in common: checks, gaps, and starting anew."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._time_s = -math.inf

    def update(self, time_s: float, probabilities: ArrayLike) -> Floats:
        seen = _checked(probabilities)
        elapsed_s = time_s - self._time_s
        if not elapsed_s > 0:
            raise ValueError(
                f"A look at {time_s:g} s came after the one at {self._time_s:g} s. "
                "Give times that rise, or reset the smoother."
            )
        self._time_s = time_s
        if math.isinf(elapsed_s) or elapsed_s > GAP * self.seconds:
            self._start(seen)
            return seen.copy()
        smooth = self._follow(seen, elapsed_s)
        whole: Floats = smooth / smooth.sum()
        return whole

    def reset(self) -> None:
        self._time_s = -math.inf

    def _start(self, seen: Floats) -> None:
        """Begin with this look, whatever was before."""

    def _follow(self, seen: Floats, elapsed_s: float) -> Floats:
        """What to show after this look, so long after the one before."""
        return seen


class Moving(Plain):
    """The mean of the last seconds; each look stands for the time since the one before."""

    def _start(self, seen: Floats) -> None:
        self._looks = deque([seen])
        self._lasted_s = deque([0.0])

    def _follow(self, seen: Floats, elapsed_s: float) -> Floats:
        if len(self._looks) == 1:
            self._lasted_s[0] = elapsed_s  # nothing was before the first: as long as the second
        self._looks.append(seen)
        self._lasted_s.append(elapsed_s)
        while sum(self._lasted_s) - self._lasted_s[0] >= self.seconds:
            self._looks.popleft()
            self._lasted_s.popleft()
        weights = np.array(self._lasted_s)
        weights[0] = min(weights[0], self.seconds - weights[1:].sum())
        mean: Floats = weights @ np.array(self._looks) / weights.sum()
        return mean


class Exponential(Plain):
    """First-order low-pass: after a step, 63 % of it are there after ``seconds``."""

    def _start(self, seen: Floats) -> None:
        self._mean = seen

    def _follow(self, seen: Floats, elapsed_s: float) -> Floats:
        self._mean = self._mean + (seen - self._mean) * -math.expm1(-elapsed_s / self.seconds)
        return self._mean


class Kalman(Plain):
    """A random walk of the seven log-odds, seen through noise, that can tell change from outlier.

    Kalman, Journal of Basic Engineering 82 (1960), 35-45; all seven have the same variances, so one
    number is the whole covariance. The walk's variance is what makes ``seconds`` the time constant
    at rest. A look that is too far off is pulled to ``SURPRISE`` standard deviations (Huber, Annals
    of Mathematical Statistics 35 (1964), 73-101), so an outlier hardly shows. When the looks after
    it are nearer to it than to the estimate, it was a change: the variance then becomes what makes
    the surprise likely (Jazwinski, Automatica 5 (1969), 475-485), and the estimate goes there
    almost at once. That is what a fixed filter cannot do: be slow at rest and quick in a change.
    A local linear trend as the state was tried; it lags no less, and goes beyond the peaks.
    """

    def _start(self, seen: Floats) -> None:
        self._state = log_odds(seen)
        self._variance = NOISE**2
        self._odd: Floats | None = None
        self._odd_for_s = 0.0

    def _follow(self, seen: Floats, elapsed_s: float) -> Floats:
        look = log_odds(seen)
        # Looks that share their error tell less, each by its share of the time; yet a look that is
        # off by more than its neighbours ever are is a surprise, so that goes by the noise of one.
        noise = NOISE**2 * max(1.0, NOISE_APART_S / elapsed_s)
        self._variance += (NOISE / self.seconds) ** 2 * NOISE_APART_S * elapsed_s
        off = look - self._state
        off_square = float(off @ off) / (len(EMOTIONS) - 1)  # they sum to 0: six are free
        surprise = math.sqrt(off_square / (self._variance + NOISE**2))
        if surprise <= SURPRISE:
            self._odd = None
        elif self._has_lasted(look, off, elapsed_s):
            self._variance = max(self._variance, off_square - NOISE**2)
        else:
            off = off * (SURPRISE / surprise)
        gain = self._variance / (self._variance + noise)
        self._state = self._state + gain * off
        self._variance *= 1 - gain
        return from_log_odds(self._state)

    def _has_lasted(self, look: Floats, off: Floats, elapsed_s: float) -> bool:
        """Whether the looks have been off in the same way for long enough."""
        same = self._odd is not None and ((look - self._odd) ** 2).sum() < (off**2).sum()
        self._odd_for_s = self._odd_for_s + elapsed_s if same else 0.0
        self._odd = look
        return self._odd_for_s >= AGREED_S


def log_odds(probabilities: Floats) -> Floats:
    """Centred logarithms (n x 7 or 7) of the probabilities with ``FLOOR`` mixed in; they sum to 0.

    Aitchison's centred log-ratio (Journal of the Royal Statistical Society B 44, 1982, 139-177).
    """
    logs = np.log((1 - len(EMOTIONS) * FLOOR) * probabilities + FLOOR)
    centred: Floats = logs - logs.mean(axis=-1, keepdims=True)
    return centred


def from_log_odds(values: Floats) -> Floats:
    """The probabilities of which these are the ``log_odds``; what is below 0 or above 1 is cut."""
    mixed = np.exp(values - values.max(axis=-1, keepdims=True))
    mixed /= mixed.sum(axis=-1, keepdims=True)
    found = np.maximum((mixed - FLOOR) / (1 - len(EMOTIONS) * FLOOR), 0.0)
    whole: Floats = found / found.sum(axis=-1, keepdims=True)
    return whole


def _checked(probabilities: ArrayLike) -> Floats:
    """As float64 with sum 1; those of a network in float32 may miss it by a hair."""
    seen = np.asarray(probabilities, dtype=np.float64)
    if seen.shape != (len(EMOTIONS),):
        raise ValueError(f"There must be {len(EMOTIONS)} probabilities, not {seen.shape}.")
    if not (np.isfinite(seen).all() and seen.min() >= 0 and seen.max() > 0):
        raise ValueError(f"These are no probabilities: {seen}.")
    whole: Floats = seen / seen.sum()
    return whole


_KINDS: dict[str, tuple[type[Plain], float]] = {
    "none": (Plain, math.inf),
    "moving": (Moving, 0.6),
    "exponential": (Exponential, 0.3),
    "kalman": (Kalman, 0.7),
}

METHODS: tuple[str, ...] = tuple(_KINDS)
