"""Intervals of measures."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from begriff.errors import InputError
from begriff.metrics.ranking import auroc

__all__ = ["auroc_interval", "delong", "logit_interval"]


def auroc_interval(
    positive: ArrayLike, negative: ArrayLike, *, level: float = 0.95
) -> tuple[float, float, float]:
    """AUROC and the ends of its interval.

    The variance is DeLong's, the interval symmetric in log-odds, so that it stays between 0 and 1.
    Where the sides do not overlap, the variance is 0 and says nothing; the open end is then that of
    a proportion that never failed in as many trials as the smaller side has.

    Parameters
    ----------
    positive, negative : array_like (n,) and (m,)
        Scores, at least one on each side.
    level : float, default 0.95

    Examples
    --------
    >>> from begriff.metrics import auroc_interval
    >>> [round(v, 3) for v in auroc_interval([2, 3, 5, 7], [0, 1, 2.5, 4])]
    [0.812, 0.329, 0.975]

    Source: DeLong, DeLong and Clarke-Pearson 1988; Sun and Xu 2014 (by ranks).
    """
    value, variance = delong(positive, negative)
    return logit_interval(value, variance, min(np.size(positive), np.size(negative)), level)


def delong(positive: ArrayLike, negative: ArrayLike) -> tuple[float, float]:
    """AUROC and its variance, from the share of the other side that every item beats."""
    p, n = np.asarray(positive, dtype=np.float64), np.asarray(negative, dtype=np.float64)
    if not len(p) or not len(n):
        raise InputError(
            f"{len(p)} positive and {len(n)} negative scores: give at least one of each"
        )
    total = 0.0
    for one, other in ((p, np.sort(n)), (n, np.sort(p))):
        beaten = (np.searchsorted(other, one, "left") + np.searchsorted(other, one, "right")) / (
            2 * len(other)
        )
        # one item: the largest variance there is
        total += float(beaten.var(ddof=1)) / len(one) if len(one) > 1 else 0.25
    return auroc(p, n), total


def logit_interval(
    value: float, variance: float, smallest: int, level: float
) -> tuple[float, float, float]:
    """A share in 0 to 1 and the ends of its interval, from its variance and the number of items of
    its smaller side.
    """
    bound = ((1 - level) / 2) ** (1 / smallest)
    if variance == 0 and 0 < value < 1:  # all scores tie: nothing is known, and nothing is open
        return value, value, value
    if value in (0.0, 1.0):
        return (
            (value, min(bound, value), 1.0) if value >= 0.5 else (value, 0.0, max(1 - bound, value))
        )
    half = ndtri((1 + level) / 2) * np.sqrt(variance) / (value * (1 - value))
    ends = 1 / (1 + np.exp(-(np.log(value / (1 - value)) + np.array([-half, half]))))
    return value, float(ends[0]), float(ends[1])
