"""Wealth of a gambler who bets against a null hypothesis, and when it is large enough to reject."""

from __future__ import annotations

from array import array
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.importance.results import PerConcept
from begriff.kinds.checks import Floats

__all__ = ["Bets", "BettingTests", "check_alpha", "play", "step_up"]

_RATE = 2 / (2 - np.log(3))
_LEAST = 1e-12
"""Smallest scale of payoffs; guards tests whose past payoffs are all equal, which then bet the sign
alone.
"""


@dataclass(frozen=True)
class BettingTests:
    """What became of one test for every concept; arrays are (n_tests,).

    Attributes
    ----------
    statistic : str
        Whose witness was bet on.
    alpha : float
        Level: of every test by itself, or of the false discovery rate of them all.
    fdr : bool
        Which of the two.
    rejected : ndarray of bool
        Whether the null hypothesis is rejected: the concept matters.
    wealth : ndarray, float64
        At the rejection, or at the end. From 1; a fair game multiplies it by more than 1 / alpha
        with probability below alpha.
    p : ndarray, float64
        Anytime-valid p-value: one over the largest wealth, at most 1.
    steps : ndarray of int
        Bets until the rejection, or all of them. Fewer bets mean stronger evidence per item.
    path : ndarray (n_steps + 1, n_tests), float64
        Wealth after every bet; constant after a rejection.
    """

    statistic: str
    alpha: float
    fdr: bool
    rejected: NDArray[np.bool_]
    wealth: Floats
    p: Floats
    steps: NDArray[np.int64]
    path: Floats

    @property
    def ranking(self) -> NDArray[np.int64]:
        """Tests (n_tests,) by importance: rejected first, after fewest bets, then by wealth."""
        return np.lexsort((-self.wealth, self.steps, ~self.rejected))

    def per_concept(self) -> PerConcept:
        """Evidence, -log10 p, with p-values and verdicts."""
        evidence = -np.log10(np.maximum(self.p, 1e-300))  # guards log of zero
        return PerConcept(
            f"evidence by {self.statistic}, -log10 p", evidence, p=self.p, rejected=self.rejected
        )


class Bets:
    """Wealth of many gamblers at once: K <- K (1 + v tanh(g / scale)), v by online Newton steps.

    Any g whose distribution given the past is symmetric around 0 makes a fair game: E[K] never
    grows beyond 1.

    Parameters
    ----------
    n_tests : int
        Gamblers.

    Attributes
    ----------
    wealth : ndarray (n_tests,), float64
    stake : ndarray (n_tests,), float64
        v in [0, 1/2]: the share of the wealth that the next bet risks.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.importance import Bets
    >>> bets = Bets(2)
    >>> for _ in range(50):
    ...     bets.update(np.array([0.1, 0.0]), np.array([0, 1]))
    >>> bool(bets.wealth[0] > 20), float(bets.wealth[1])
    (True, 1.0)

    Source: Podkopaev et al. 2023, arXiv 2212.07383; the scale is that of Teneggi and Sulam 2024,
    arXiv 2405.19146.
    """

    def __init__(self, n_tests: int) -> None:
        self.wealth = np.ones(n_tests)
        self.stake = np.zeros(n_tests)
        self._curvature = np.ones(n_tests)
        self._past = [array("d") for _ in range(n_tests)]

    def update(self, g: Floats, which: NDArray[np.int64]) -> None:
        """One more bet of the gamblers ``which`` (n,), with payoffs g (n,)."""
        past = [self._past[i] for i in which]
        kappa = np.tanh(g / [_scale(p) for p in past])
        v = self.stake[which]
        self.wealth[which] *= 1 + v * kappa
        z = kappa / (1 + v * kappa)
        self._curvature[which] += z**2
        self.stake[which] = np.clip(v + _RATE * z / self._curvature[which], 0, 0.5)
        for p, now in zip(past, g.tolist(), strict=True):
            insort(p, now)


def _scale(past: array[float]) -> float:
    """Gap between the .9 and .1 quantiles of sorted payoffs, interpolated; 1 for the first two
    bets.
    """
    last = len(past) - 1
    if last < 1:
        return 1.0
    low, part = divmod(0.1 * last, 1)
    i = int(low)
    return max(
        past[last - i]
        - past[i]
        + part * (past[last - i - 1] - past[last - i] - past[i + 1] + past[i]),
        _LEAST,
    )


def step_up(wealth: Floats, alpha: float) -> NDArray[np.bool_]:
    """Which of wealths (n_tests,) reach m / (alpha n) for the largest n that so many reach, m of
    them in all.

    Examples
    --------
    >>> from begriff.importance import step_up
    >>> step_up([41.0, 41.0, 1.0, 0.5], 0.05).tolist()
    [True, True, False, False]

    Source: Wang and Ramdas 2022 (e-BH), arXiv 2009.02824.
    """
    wealth = np.asarray(wealth, dtype=np.float64)
    m = len(wealth)
    enough = np.sort(wealth)[::-1] >= m / (alpha * np.arange(1, m + 1))
    n = int(np.flatnonzero(enough)[-1]) + 1 if enough.any() else 0
    return wealth >= m / (alpha * n) if n else np.zeros(m, dtype=bool)


def play(
    payoff: Callable[[int, NDArray[np.int64]], Floats],
    *,
    n_tests: int,
    n_steps: int,
    alpha: float,
    fdr: bool,
    statistic: str,
) -> BettingTests:
    """Bet until every test has rejected or no step is left.

    Parameters
    ----------
    payoff : callable
        ``payoff(step, which)`` -> g (n,) of the tests ``which`` (n,) that go on; symmetric around 0
        under the null, given the past.
    n_tests, n_steps : int
        Tests, and most bets of each.
    alpha : float
        Level in (0, 1).
    fdr : bool
        Control the false discovery rate of all tests; otherwise every test by itself. The wealth of
        a rejected test stands still.
    statistic : str
        Kept in the result.

    Returns
    -------
    BettingTests

    Notes
    -----
    For the rate, a test is rejected at the first step at which its wealth is m / (alpha n) where n
    tests have so much. This holds under any dependence between the tests, since every wealth is
    read at a stopping time. The greedy rule of the source, which adds one rejection after the
    other, rejects a subset.

    Source: Teneggi and Sulam 2024, arXiv 2405.19146; Wang and Ramdas 2022, arXiv 2009.02824.
    """
    check_alpha(alpha)
    bets, path = Bets(n_tests), np.ones((n_steps + 1, n_tests))
    steps = np.full(n_tests, n_steps)
    rejected = np.zeros(n_tests, dtype=bool)
    for t in range(n_steps):
        which = np.flatnonzero(~rejected)
        if not len(which):
            path[t + 1 :] = bets.wealth
            break
        bets.update(payoff(t, which), which)
        path[t + 1] = bets.wealth
        now = (step_up(bets.wealth, alpha) if fdr else bets.wealth > 1 / alpha) & ~rejected
        steps[now] = t + 1
        rejected |= now
    return BettingTests(
        statistic=statistic,
        alpha=alpha,
        fdr=fdr,
        rejected=rejected,
        wealth=bets.wealth,
        p=np.minimum(1.0, 1 / path.max(0)),
        steps=steps,
        path=path,
    )


def check_alpha(alpha: float) -> None:
    """Refuse a level that is none."""
    if not 0 < alpha < 1:
        raise InputError(f"alpha={alpha}: a level lies between 0 and 1, as 0.05")
