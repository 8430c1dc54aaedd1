"""How often concepts occur over time: slopes, bursts, change points, cycles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from begriff.analysis.differences import adjust
from begriff.kinds.checks import Floats

__all__ = ["bursts", "change_points", "cycles", "Reach", "Slopes", "slopes", "tally"]


@dataclass(frozen=True)
class Slopes:
    """Linear trends of shares in log-odds; arrays are (n_concepts,).

    Attributes
    ----------
    slope : ndarray
        Change of the log-odds from one period to the next.
    z : ndarray
        Trend over its standard error, in which scatter about the trend beyond chance is counted.
    q : ndarray
        Two-sided p-value corrected for many concepts.
    """

    slope: Floats
    z: Floats
    q: Floats


def tally(
    active: NDArray[np.int64],
    period: NDArray[np.int64],
    n_periods: int,
    n_concepts: int,
    item: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Items (n_periods, n_concepts) that hold each concept in each period.

    Parameters
    ----------
    active, item : ndarray (n,)
        Column and row of every entry of the codes.
    period : ndarray (n_items,)
        Period of every item; negative where it has none.
    """
    when = period[item]
    known = when >= 0
    flat = np.bincount(when[known] * n_concepts + active[known], minlength=n_periods * n_concepts)
    return flat.reshape(n_periods, n_concepts)


def slopes(active: NDArray[np.int64], totals: NDArray[np.int64]) -> Slopes:
    """Trend of every concept over periods.

    Parameters
    ----------
    active : ndarray (n_periods, n_concepts)
        Items that hold a concept.
    totals : ndarray (n_periods,)
        All items: a corpus that grows is no trend.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.time_series import slopes
    >>> totals = np.array([100, 200, 400, 800, 1600])
    >>> growing, steady = totals * [2, 4, 6, 8, 10] // 100, totals // 10
    >>> [bool(q <= 0.05) for q in slopes(np.stack([growing, steady], 1), totals).q]
    [True, False]

    Source: Armitage 1955 (the test for trend); McCullagh and Nelder 1989 (overdispersion).
    """
    from scipy.stats import t as student

    n, time = (
        totals[:, None].astype(float),
        np.arange(len(totals))[:, None] - np.average(np.arange(len(totals)), weights=totals),
    )
    p = active.sum(0) / max(n.sum(), 1)
    spread = np.maximum(p * (1 - p), 1e-12)  # guards a concept that no item or every item holds
    information = float((n * time**2).sum())
    slope = (time * (active - n * p)).sum(0) / (information * spread)
    fitted = np.clip(p + spread * slope * time, 1e-9, 1 - 1e-9)
    free = max(int((totals > 0).sum()) - 2, 1)
    scatter = ((active - n * fitted) ** 2 / np.maximum(n * fitted * (1 - fitted), 0.5)).sum(
        0
    ) / free
    z = slope * np.sqrt(information * spread) / np.sqrt(np.maximum(scatter, 1))
    p_values = 2 * student.sf(np.abs(z), free)
    return Slopes(slope, z, adjust(np.where(active.sum(0) > 0, p_values, np.nan)))


@dataclass
class Reach:
    """How strongly the items of each period lean towards directions, gathered batch by batch.

    An item's reach is how far its product with a direction lies above ``floor``; unlike a code,
    which keeps an item's few strongest concepts, it grades all items that lean towards a concept,
    so that fewer of them show a change.

    Attributes
    ----------
    directions : ndarray (n_concepts, n_dims)
    floor : ndarray (n_concepts,)
        As the 80 % quantile of the products.
    sums : ndarray (n_periods, n_concepts)
    squares : ndarray (n_concepts,)
    totals : ndarray (n_periods,)
        Items seen.
    """

    directions: Floats
    floor: Floats
    sums: Floats
    squares: Floats
    totals: NDArray[np.int64]

    @staticmethod
    def start(directions: Floats, sample: Floats, n_periods: int) -> Reach:
        """Nothing seen yet; the floor is taken from a sample (n, n_dims)."""
        n = len(directions)
        floor = np.quantile(sample @ directions.T, 0.8, axis=0).astype(np.float32)
        return Reach(
            directions,
            floor,
            np.zeros((n_periods, n)),
            np.zeros(n),
            np.zeros(n_periods, dtype=np.int64),
        )

    def add(self, X: Floats, period: NDArray[np.int64]) -> None:
        """Items X (n, n_dims) of known periods (n,)."""
        reach = X @ self.directions.T - self.floor
        np.maximum(reach, 0, out=reach)
        member = np.zeros((len(self.totals), len(X)), dtype=np.float32)
        member[period, np.arange(len(X))] = 1
        self.sums += member @ reach
        self.squares += np.einsum("ij,ij->j", reach, reach)
        self.totals += np.bincount(period, minlength=len(self.totals))


def bursts(reach: Reach) -> tuple[Floats, Floats]:
    """How far the mean reach of a period lies from that of all others: z and q, both (n_periods,
    n_concepts).

    Welch's statistic with the variance of all items; q corrects for all periods and concepts.
    Periods with fewer than 5 items give 0 and 1.
    """
    from scipy.special import ndtr

    here, n = reach.totals[:, None].astype(float), max(int(reach.totals.sum()), 1)
    there, total = n - here, reach.sums.sum(0)
    variance = np.maximum(reach.squares / n - (total / n) ** 2, 1e-18)
    apart = reach.sums / np.maximum(here, 1) - (total - reach.sums) / np.maximum(there, 1)
    z = apart / np.sqrt(variance * (1 / np.maximum(here, 1) + 1 / np.maximum(there, 1)))
    z = np.where((here >= 5) & (there >= 5), z, 0.0)
    return z, adjust(np.clip(2 * ndtr(-np.abs(z)), 1e-300, 1))


def change_points(
    active: NDArray[np.int64], totals: NDArray[np.int64], *, alpha: float = 0.05
) -> list[list[int]]:
    """Periods with which a new level begins, for every concept; periods without items are passed
    over.

    The levels that maximise the binomial likelihood less a penalty for every change, found exactly
    by dynamic programming over all concepts at once. The penalty is what the likelihood gains by
    chance at any of the places once in 1 / ``alpha`` concepts, times how much more than chance
    neighbouring periods scatter.

    Source: Jackson et al. 2005 (optimal partitioning); Killick et al. 2012.
    """
    from scipy.stats import chi2

    there = np.flatnonzero(totals > 0)
    active, totals = active[there], totals[there]
    n_periods, n_concepts = active.shape
    penalty = chi2.isf(alpha / max(n_periods - 1, 1) / 2, 1) / 2 * _scatter(active, totals)
    x = np.concatenate([np.zeros((1, n_concepts)), np.cumsum(active, 0)])
    n = np.concatenate([[0.0], np.cumsum(totals)])
    best = np.full((n_periods + 1, n_concepts), -np.inf)
    best[0] = penalty
    previous = np.zeros((n_periods + 1, n_concepts), dtype=np.int64)
    for end in range(1, n_periods + 1):
        gain = np.stack(
            [best[s] + _likelihood(x[end] - x[s], n[end] - n[s]) - penalty for s in range(end)]
        )
        previous[end] = gain.argmax(0)
        best[end] = gain.max(0)
    return [there[_walk(previous[:, j])].tolist() for j in range(n_concepts)]


def cycles(active: NDArray[np.int64], totals: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Length in periods of the strongest cycle, and q of Fisher's g test for it, both
    (n_concepts,); NaN with fewer than 12 periods or where one has no items.

    On variance-stabilised shares without their linear trend. A cycle must come round at least three
    times: a single rise and fall is none, though its power counts in the whole.

    Source: Fisher 1929, "Tests of significance in harmonic analysis".
    """
    n_periods, n_concepts = active.shape
    if n_periods < 12 or not (totals > 0).all():
        return np.full(n_concepts, np.nan), np.full(n_concepts, np.nan)
    level = np.arcsin(np.sqrt((active + 0.375) / (totals[:, None] + 0.75)))
    basis = np.linalg.qr(np.stack([np.ones(n_periods), np.arange(n_periods)], 1))[0]
    power = (
        np.abs(np.fft.rfft(level - basis @ (basis.T @ level), axis=0)[1 : (n_periods - 1) // 2 + 1])
        ** 2
    )
    share = power[2:].max(0) / np.maximum(power.sum(0), 1e-12)
    p = np.array([_fisher_g(float(g), len(power)) for g in share])
    return n_periods / (power[2:].argmax(0) + 3), adjust(p)


def _likelihood(x: Floats, n: float) -> Floats:
    p = np.clip(x / max(n, 1.0), 1e-12, 1 - 1e-12)
    return x * np.log(p) + (n - x) * np.log1p(-p)


def _scatter(active: NDArray[np.int64], totals: NDArray[np.int64]) -> Floats:
    """Variance of neighbouring shares' differences over what chance gives, at least 1; the median,
    so that few changes do not count.
    """
    share = active / np.maximum(totals, 1)[:, None]
    p = active.sum(0) / max(int(totals.sum()), 1)
    chance = p * (1 - p) * (1 / np.maximum(totals[1:], 1) + 1 / np.maximum(totals[:-1], 1))[:, None]
    ratio = np.diff(share, axis=0) ** 2 / np.maximum(chance, 1e-12)
    # .4549: median of chi2 with 1 df
    return (
        np.maximum(np.median(ratio, axis=0) / 0.4549, 1.0)
        if len(ratio)
        else np.ones(active.shape[1])
    )


def _walk(previous: NDArray[np.int64]) -> list[int]:
    out: list[int] = []
    end = len(previous) - 1
    while previous[end] > 0:
        out.append(int(previous[end]))
        end = int(previous[end])
    return out[::-1]


def _fisher_g(g: float, m: int) -> float:
    """Chance that the largest of m equal shares of power exceeds g."""
    from scipy.special import comb

    terms = [
        (-1) ** (j - 1) * comb(m, j) * (1 - j * g) ** (m - 1) for j in range(1, m + 1) if j * g < 1
    ]
    return float(np.clip(sum(terms), 0, 1))
