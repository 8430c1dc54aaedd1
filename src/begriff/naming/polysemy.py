"""Concepts whose strongest items mean two things."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.kinds.checks import Floats

__all__ = ["polysemous"]

_STRONGEST = 40


def polysemous(codes: csr_array, vectors: Floats, *, threshold: float = 0.4) -> NDArray[np.bool_]:
    """Flag (n_concepts,) concepts whose 40 strongest items split into two separate groups.

    The items, centred on the corpus, are split in two by the sign along their first principal axis.
    Likeness between the halves over likeness within them is about 1 for one topic, however broad,
    and falls as the halves part; a concept is flagged below ``threshold`` when each half holds at
    least a quarter of the items.

    Parameters
    ----------
    codes : csr_array (n_items, n_concepts)
    vectors : ndarray (n_items, n_dims)
    threshold : float
    """
    columns, centre = codes.tocsc(), vectors.mean(0)
    flags = np.zeros(codes.shape[1], dtype=bool)
    for j in range(codes.shape[1]):
        part = slice(columns.indptr[j], columns.indptr[j + 1])
        items = columns.indices[part][np.argsort(-columns.data[part], kind="stable")[:_STRONGEST]]
        if len(items) >= 16:
            flags[j] = _parted(vectors[items] - centre) < threshold
    return flags


def _parted(X: Floats) -> float:
    axis = np.linalg.svd(X - X.mean(0), full_matrices=False)[2][0]
    side = (X - X.mean(0)) @ axis > 0
    a, b = X[side], X[~side]
    if min(len(a), len(b)) < len(X) / 4:
        return 1.0
    within = (_off_diagonal(a @ a.T) + _off_diagonal(b @ b.T)) / 2
    return float((a @ b.T).mean() / within) if within > 1e-9 else 1.0  # guards unrelated items


def _off_diagonal(likeness: Floats) -> float:
    n = len(likeness)
    return float((likeness.sum() - np.trace(likeness)) / (n * (n - 1)))
