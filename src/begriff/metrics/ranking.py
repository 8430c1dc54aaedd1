"""Measures of an order."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["auroc", "auroc_interval", "ndcg"]


def auroc(positive: ArrayLike, negative: ArrayLike) -> float:
    """Chance that a positive's score exceeds a negative's; ties count half; NaN when either side is empty.

    Parameters
    ----------
    positive, negative : array_like (n,) and (m,)

    Examples
    --------
    >>> from begriff.metrics import auroc
    >>> auroc([2, 3], [0, 1]), auroc([1], [1])
    (1.0, 0.5)

    Source: Mann and Whitney 1947; Hanley and McNeil 1982.
    """
    p, n = np.asarray(positive, dtype=np.float64), np.sort(np.asarray(negative, dtype=np.float64))
    if not len(p) or not len(n):
        return float("nan")
    below, upto = np.searchsorted(n, p, "left"), np.searchsorted(n, p, "right")
    return float((below + upto).mean() / (2 * len(n)))


def auroc_interval(positive: ArrayLike, negative: ArrayLike, *, z: float = 1.96) -> tuple[float, float]:
    """Interval of :func:`auroc` from the variances of both sides' placements, within 0 and 1.

    Parameters
    ----------
    positive, negative : array_like (n,) and (m,)
    z : float
        1.96 for 95 %.

    Notes
    -----
    Where both sides are told apart without an error, the variance is 0; the interval then reaches down to where one error in
    ``min(n, m)`` items would put it.

    Examples
    --------
    >>> from begriff.metrics import auroc_interval
    >>> low, high = auroc_interval([1, 2, 3, 4], [0, 1, 2, 3])
    >>> low < 0.72 < high
    True

    Source: DeLong, DeLong and Clarke-Pearson 1988.
    """
    p, n = np.asarray(positive, dtype=np.float64), np.asarray(negative, dtype=np.float64)
    if len(p) < 2 or len(n) < 2:
        return 0.0, 1.0
    variance = _placements(p, n).var(ddof=1) / len(p) + _placements(n, p).var(ddof=1) / len(n)
    half = z * max(float(np.sqrt(variance)), 0.25 / min(len(p), len(n)))  # guards a side without an error
    found = auroc(p, n)
    return max(found - half, 0.0), min(found + half, 1.0)


def _placements(of: NDArray[np.float64], among: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of ``among`` that each value exceeds; ties count half."""
    ordered = np.sort(among)
    return np.asarray((np.searchsorted(ordered, of, "left") + np.searchsorted(ordered, of, "right")) / (2 * len(ordered)))


def ndcg(ranked: ArrayLike, ideal: ArrayLike, k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first k results.

    Parameters
    ----------
    ranked : array_like (n,)
        Gain of every result, in the order returned.
    ideal : array_like (m,)
        Gains of all judged items.

    Examples
    --------
    >>> from begriff.metrics import ndcg
    >>> ndcg([1, 0], [1, 0]), round(ndcg([0, 1], [1, 0]), 2)
    (1.0, 0.63)

    Source: Järvelin and Kekäläinen 2002.
    """
    best = _dcg(np.sort(np.asarray(ideal, dtype=np.float64))[::-1], k)
    return _dcg(np.asarray(ranked, dtype=np.float64), k) / best if best > 0 else float("nan")


def _dcg(gains: ArrayLike, k: int) -> float:
    g = np.asarray(gains, dtype=np.float64)[:k]
    return float((g / np.log2(np.arange(2, len(g) + 2))).sum())
