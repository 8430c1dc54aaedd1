"""Exact nearest neighbours by inner product, in blocks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from begriff.kinds.checks import Floats

__all__ = ["neighbours"]


def neighbours(X: Floats, k: int, *, block: int = 1024) -> NDArray[np.int32]:
    """Rows (n, min(k, n - 1)) of the nearest other items of every item of X (n, n_dims), nearest
    first.

    Memory is block x n floats.
    """
    n = len(X)
    k = min(k, n - 1)
    found = np.empty((n, k), dtype=np.int32)
    if k < 1:
        return found
    for start in range(0, n, block):
        scores = X[start : start + block] @ X.T
        rows = np.arange(len(scores))
        scores[rows, start + rows] = -np.inf
        best = np.argpartition(scores, -k, axis=1)[:, -k:]
        order = np.argsort(-np.take_along_axis(scores, best, 1), axis=1, kind="stable")
        found[start : start + block] = np.take_along_axis(best, order, 1)
    return found
