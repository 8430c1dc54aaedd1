"""Probabilities of the label when concepts are only known in probability: exact by enumeration, or
from two moments of the logits.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, softmax

__all__: list[str] = []

Array = NDArray[np.float64]

_BATCH = 4_000_000
"""Most numbers held at once while items are gone through."""


def by_enumeration(
    p: Array,
    base: Array,
    added: Callable[[slice], Array],
    n_values: NDArray[np.int64],
    *,
    foresee: bool,
) -> tuple[Array, Array]:
    """Exact mixtures: the label's (n_items, n_classes) and, if ``foresee``, given each value
    (n_items, n_concepts, n_values, n_classes).

    Parameters
    ----------
    p : ndarray (n_items, n_concepts, n_values)
    base : ndarray (n_items, n_classes)
        Logits without the concepts.
    added : callable
        A slice of items -> what each combination of values adds to their logits, (n_combinations,
        n_classes) for all alike or (n_items, n_combinations, n_classes).
    n_values : ndarray (n_concepts,)
    foresee : bool
    """
    combos = _combinations(n_values)
    concepts = np.arange(len(n_values))
    label, given = (
        np.empty(base.shape),
        np.empty((*p.shape, base.shape[1]) if foresee else (0, 0, 0, 0)),
    )
    step = max(_BATCH // (len(combos) * (len(n_values) + base.shape[1])), 1)
    for start in range(0, len(p), step):
        rows = slice(start, start + step)
        each = softmax(base[rows, None, :] + added(rows), axis=2)
        chosen = p[rows][:, concepts, combos]
        label[rows] = np.einsum("nk,nkc->nc", chosen.prod(axis=2), each)
        for g in concepts if foresee else ():
            others = np.delete(chosen, g, axis=2).prod(axis=2)
            given[rows, g] = label[rows, None, :]
            for v in range(n_values[g]):
                has = combos[:, g] == v
                given[rows, g, v] = np.einsum("nk,nkc->nc", others[:, has], each[:, has])
    return label, given


def all_sums(pushes: Array, n_values: NDArray[np.int64]) -> Array:
    """What every combination of values adds to the logits (n_combinations, n_classes), where each
    concept adds its own push.
    """
    return np.asarray(pushes[np.arange(len(n_values)), _combinations(n_values)].sum(axis=1))


def _combinations(n_values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions of values (n_combinations, n_concepts), the last concept's changing fastest."""
    return np.array(list(product(*(range(n) for n in n_values))))


def by_moments(
    p: Array, base: Array, pushes: Array, n_values: NDArray[np.int64], *, foresee: bool
) -> tuple[Array, Array]:
    """The same by the mean-field value of a softmax under normal logits, for any number of
    concepts.

    P(k) ~ 1 / sum_j exp((m_j - m_k) / sqrt(1 + pi/8 s2_jk)), m the mean of the logits and s2_jk the
    variance of the gap between two.
    """
    label, given = (
        np.empty(base.shape),
        np.empty((*p.shape, base.shape[1]) if foresee else (0, 0, 0, 0)),
    )
    gaps = pushes[..., :, None] - pushes[..., None, :]
    width = base.shape[1] ** 2
    step = max(_BATCH // (width * pushes.shape[1] * 4), 1)
    for start in range(0, len(p), step):
        rows = slice(start, start + step)
        mean = base[rows] + np.einsum("ngv,gvc->nc", p[rows], pushes)
        spread = sum(_variance(p[rows, g], gaps[g]) for g in range(len(gaps)))
        label[rows] = _softmax(mean, np.asarray(spread))
        for g in range(len(gaps)) if foresee else ():
            without = mean - p[rows, g] @ pushes[g]
            # guards rounding below zero
            left = np.maximum(spread - _variance(p[rows, g], gaps[g]), 0)
            for v in range(pushes.shape[1]):
                given[rows, g, v] = _softmax(without + pushes[g, v], left)
    return label, given


def _variance(p: Array, gaps: Array) -> Array:
    """Variance (n_items, n_classes, n_classes) that one concept of value probabilities p (n_items,
    n_values) gives the gaps.
    """
    return np.tensordot(p, gaps**2, 1) - np.tensordot(p, gaps, 1) ** 2


def _softmax(mean: Array, spread: Array) -> Array:
    """Mean-field softmax (n_items, n_classes) of logits with means (n_items, n_classes) and gap
    variances.
    """
    gap = (mean[:, None, :] - mean[:, :, None]) / np.sqrt(1 + np.pi / 8 * spread)
    return np.asarray(softmax(-logsumexp(gap, axis=2), axis=1))
