"""Every vector is compared: the reference, fast enough up to about 10^5 vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from begriff.kinds.checks import Floats, row_batches
from begriff.kinds.index import Index
from begriff.linalg.topk import top_rows

__all__ = ["ExactIndex"]


class ExactIndex(Index):
    """Inner products with all vectors, which may be a memory map.

    Parameters
    ----------
    vectors : ndarray or memmap (n, n_dims), float32
    """

    def __init__(self, vectors: Floats) -> None:
        self.vectors = vectors

    def scores(self, query: Floats) -> Floats:
        """Inner products (n,) of every vector with the query (n_dims,)."""
        out = np.empty(len(self.vectors), dtype=np.float32)
        for start, rows in row_batches(self.vectors, 131_072):
            np.matmul(rows, query, out=out[start : start + len(rows)])
        return out

    def search(
        self, query: Floats, k: int, *, mask: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], Floats]:
        """Rows and scores of the k best; ``mask`` (n,) keeps rows that are True."""
        scores = self.scores(query)
        if mask is not None:
            scores[~mask] = -np.inf
        rows = top_rows(scores, k)
        return rows, scores[rows]
