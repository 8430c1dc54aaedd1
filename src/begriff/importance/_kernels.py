"""Gaussian kernels of single numbers, and their widths."""

from __future__ import annotations

from typing import Any

import numpy as np

from begriff.errors import InputError
from begriff.kinds.checks import Floats

__all__: list[str] = []

N_WIDTH = 128
"""Widths are measured again whenever the past has doubled, until it holds so many items."""


def rows(values: Any, *, name: str, n: int | None = None, minimum: int = 2) -> Floats:
    """Columns of an array (n_items,) or (n_items, n_tests), sparse or dense, as contiguous finite
    rows (n_tests, n_items) in float64.
    """
    array = values.toarray() if hasattr(values, "toarray") else np.asarray(values)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] < 1:
        raise InputError(
            f"{name} has shape {array.shape}: give one number an item and concept, (n_items,) or"
            " (n_items, n_concepts)"
        )
    if n is not None and len(array) != n:
        raise InputError(
            f"{name} has {len(array)} items where {n} are expected: give one row an item"
        )
    if len(array) < minimum:
        raise InputError(f"{name} has {len(array)} items: at least {minimum} are needed")
    made = np.ascontiguousarray(array.T, dtype=np.float64)
    if not np.isfinite(made).all():
        raise InputError(f"{name} contains NaN or infinity: remove or impute those items")
    return made


def due(n_past: int) -> bool:
    """Whether widths are measured again before this step: the past is 2, 4, 8 ... items."""
    return n_past <= N_WIDTH and n_past & (n_past - 1) == 0


def width(squared: Floats) -> Floats:
    """.9 quantile (n_tests,) of distances whose squares (n_tests, n_pairs) are given.

    Where that is 0, as for concepts that are seldom active, the .9 quantile of those above 0; 1
    where there is none.
    """
    found = np.sqrt(np.quantile(squared, 0.9, axis=1, method="inverted_cdf"))
    for i in np.flatnonzero(found == 0):
        above = squared[i][squared[i] > 0]
        found[i] = np.sqrt(np.quantile(above, 0.9, method="inverted_cdf")) if len(above) else 1.0
    return found


def pairs(values: Floats) -> Floats:
    """Squared distances (n_tests, n_pairs) between the items of values (n_tests, n_items)."""
    i, j = np.triu_indices(values.shape[1], 1)
    return (values[:, i] - values[:, j]) ** 2


def widths(values: Floats, *, block: int = 256) -> Floats:
    """Kernel width (n_tests, 1) of every row of values (n_tests, n_items)."""
    return np.concatenate(
        [width(pairs(values[s : s + block])) for s in range(0, len(values), block)]
    )[:, None]


def rbf(a: Floats, b: Floats, wide: Floats) -> Floats:
    """exp(-(a - b)^2 / (2 wide^2)) of arrays that broadcast."""
    scaled = np.subtract(a, b)
    scaled *= np.sqrt(0.5) / wide
    np.square(scaled, out=scaled)
    return np.exp(np.negative(scaled, out=scaled), out=scaled)


def features(values: Floats, wide: float, *, n_nodes: int = 8) -> Floats:
    """Numbers (..., 2 n_nodes) whose inner products are the kernel of values (...).

    Gauss-Hermite nodes of the kernel's spectrum, of which the positive half is enough: right to
    1e-6 within 3.5 widths, and still a kernel beyond.
    """
    node, weight = (a[n_nodes:] for a in np.polynomial.hermite_e.hermegauss(2 * n_nodes))
    angle = (values[..., None] / wide) * node
    root = np.sqrt(weight / weight.sum())
    return np.concatenate([np.cos(angle) * root, np.sin(angle) * root], axis=-1)
