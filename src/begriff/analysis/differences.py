"""Which concepts two groups of items hold more or less often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import ndtr, ndtri

from begriff.kinds.checks import Floats

__all__ = ["adjust", "compare", "counts", "Differences", "power", "wilson"]


@dataclass(frozen=True)
class Differences:
    """Shares of items on which every concept is active, in two groups; arrays are (n_concepts,).

    Attributes
    ----------
    share_a, share_b : ndarray
    effect, effect_low, effect_high : ndarray
        Cohen's h, 2 asin sqrt(share_b) - 2 asin sqrt(share_a), in radians, with its 95 % interval:
        above 0 where B holds it more often.
    ratio_low, ratio, ratio_high : ndarray
        share_b / share_a with half an item added to every cell, and its 95 % interval.
    p, q : ndarray
        Two-sided exact p-value, and the same corrected for many concepts (false discovery rate);
        NaN where no verdict is possible.
    testable : ndarray of bool
        Whether any split of the concept's items could have been called different at ``alpha``.
    """

    share_a: Floats
    share_b: Floats
    effect: Floats
    effect_low: Floats
    effect_high: Floats
    ratio_low: Floats
    ratio: Floats
    ratio_high: Floats
    p: Floats
    q: Floats
    testable: NDArray[np.bool_]


def counts(codes: csr_array) -> NDArray[np.int64]:
    """Number of items (n_concepts,) on which every concept of codes (n_items, n_concepts) is
    active.
    """
    return np.bincount(codes.indices[codes.data > 0], minlength=codes.shape[1])


def compare(
    a: NDArray[np.int64], b: NDArray[np.int64], n_a: int, n_b: int, *, alpha: float = 0.05
) -> Differences:
    """Test every concept for a different share in two groups.

    Parameters
    ----------
    a, b : ndarray (n_concepts,)
        Items of each group on which a concept is active.
    n_a, n_b : int
        Items of each group.
    alpha : float
        Level at which a concept counts as testable.

    Returns
    -------
    Differences

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.differences import compare
    >>> found = compare(np.array([10, 50]), np.array([40, 52]), 100, 100)
    >>> [bool(q <= 0.05) for q in found.q]
    [True, False]

    Source: Fisher 1935 (the exact test; twice the smaller tail); Benjamini and Hochberg 1995; Cohen
    1988 (h); Katz et al. 1978 (the ratio's interval).
    """
    p, reachable = _exact(a, b, n_a, n_b)
    testable = reachable <= alpha
    share_a, share_b = a / max(n_a, 1), b / max(n_b, 1)
    effect = 2 * (np.arcsin(np.sqrt(share_b)) - np.arcsin(np.sqrt(share_a)))
    width = 1.96 * np.sqrt(1 / max(n_a, 1) + 1 / max(n_b, 1))
    log_ratio = np.log((b + 0.5) / (n_b + 0.5)) - np.log((a + 0.5) / (n_a + 0.5))
    spread = 1.96 * np.sqrt(
        np.maximum(1 / (a + 0.5) - 1 / (n_a + 0.5) + 1 / (b + 0.5) - 1 / (n_b + 0.5), 0)
    )
    return Differences(
        share_a=share_a,
        share_b=share_b,
        effect=effect,
        effect_low=effect - width,
        effect_high=effect + width,
        ratio_low=np.exp(log_ratio - spread),
        ratio=np.exp(log_ratio),
        ratio_high=np.exp(log_ratio + spread),
        p=np.where(testable, p, np.nan),
        q=adjust(np.where(testable, p, np.nan)),
        testable=testable,
    )


def adjust(p: Floats) -> Floats:
    """P-values of any shape corrected for their number (Benjamini-Hochberg); NaN stays NaN and is
    not counted.
    """
    from scipy.stats import false_discovery_control

    q = np.full(np.shape(p), np.nan)
    known = ~np.isnan(p)
    if known.any():
        q[known] = false_discovery_control(p[known])
    return q


def power(share_a: Floats, share_b: Floats, n_a: int, n_b: int, *, alpha: float = 0.05) -> Floats:
    """Chance (n_concepts,) that shares like these are found different at ``alpha`` with so many
    items.

    Source: Cohen 1988, chapter 6 (normal approximation of the arcsine difference).
    """
    h = np.abs(2 * (np.arcsin(np.sqrt(share_b)) - np.arcsin(np.sqrt(share_a))))
    return ndtr(h * np.sqrt(n_a * n_b / max(n_a + n_b, 1)) - ndtri(1 - alpha / 2))


def wilson(
    active: NDArray[np.int64], n: NDArray[np.int64] | int, *, z: float = 1.96
) -> tuple[Floats, Floats]:
    """95 % interval of a share; from 0 to 1 where there are no items.

    Parameters
    ----------
    active, n : ndarray or int
        Active items and all items; shapes that broadcast.

    Returns
    -------
    low, high : ndarray

    Source: Wilson 1927.
    """
    n = np.asarray(n, dtype=np.float64)
    m = np.maximum(n, 1)
    p = active / m
    centre = (p + z**2 / (2 * m)) / (1 + z**2 / m)
    half = z / (1 + z**2 / m) * np.sqrt(p * (1 - p) / m + z**2 / (4 * m**2))
    return np.where(n > 0, np.maximum(centre - half, 0), 0.0), np.where(
        n > 0, np.minimum(centre + half, 1), 1.0
    )


def _exact(a: NDArray[np.int64], b: NDArray[np.int64], n_a: int, n_b: int) -> tuple[Floats, Floats]:
    """P-values, and the smallest that each concept's number of items allows."""
    from scipy.stats import hypergeom

    total, distinct = a + b, np.unique(a + b)

    def two_sided(x: NDArray[np.int64], k: NDArray[np.int64]) -> Floats:
        tails = hypergeom.cdf(x, n_a + n_b, k, n_a), hypergeom.sf(x - 1, n_a + n_b, k, n_a)
        return np.minimum(1.0, 2 * np.minimum(*tails))

    extreme = np.minimum(
        two_sided(np.maximum(0, distinct - n_b), distinct),
        two_sided(np.minimum(n_a, distinct), distinct),
    )
    return two_sided(a, total), extreme[np.searchsorted(distinct, total)]
