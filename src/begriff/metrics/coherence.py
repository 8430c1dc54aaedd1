"""Whether the items that hold a concept most are alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csc_array

from begriff.kinds.checks import Floats
from begriff.linalg.unit_rows import unit

__all__ = ["coherence"]


def coherence(codes: Any, X: Floats, n: int = 10) -> Floats:
    """Mean cosine of every pair among the n items that hold a concept most.

    Parameters
    ----------
    codes : csr_array (n_items, n_concepts)
    X : ndarray (n_items, n_dims)
    n : int
        Items of a concept; NaN for a concept that fewer hold.

    Returns
    -------
    ndarray (n_concepts,), float64
        Read its mean beside that of items drawn at random, which is no zero where vectors have a
        common direction.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.metrics import coherence
    >>> X = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    >>> coherence(np.array([[2, 0], [1, 0], [0, 1], [0, 1]]), X, n=2).tolist()
    [1.0, -1.0]

    Source: Newman et al. 2010, "Automatic evaluation of topic coherence" (for words); of embeddings
    as in BERTopic's evaluations.
    """
    directions = unit(X)
    columns = csc_array(codes)
    out = np.full(columns.shape[1], np.nan)
    for j in range(columns.shape[1]):
        held = slice(columns.indptr[j], columns.indptr[j + 1])
        strength = np.abs(columns.data[held])
        if (strength > 0).sum() >= n:
            best = columns.indices[held][np.argsort(-strength, kind="stable")[:n]]
            out[j] = (float((directions[best].sum(0) ** 2).sum()) - n) / (n * (n - 1))
    return out
