"""The k largest entries of every row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["top_columns", "top_rows"]


def top_columns(scores: NDArray[Any], k: int) -> NDArray[np.int64]:
    """Columns (n, k) of the k largest entries of each row of scores (n, m), in no
    particular order.
    """
    if k >= scores.shape[1]:
        return np.broadcast_to(np.arange(scores.shape[1]), scores.shape).copy()
    return np.argpartition(scores, -k, axis=1)[:, -k:]


def top_rows(scores: NDArray[Any], k: int) -> NDArray[np.int64]:
    """Positions (min(k, n),) of the largest of scores (n,), best first; ties go to the lower
    position; -inf is left out.
    """
    k = min(k, len(scores))
    if k == 0:
        return np.empty(0, dtype=np.int64)
    kth = np.partition(scores, -k)[-k]
    candidates = (
        np.flatnonzero(scores >= kth) if np.isfinite(kth) else np.flatnonzero(scores > -np.inf)
    )
    return candidates[np.lexsort((candidates, -scores[candidates]))][:k]
