"""How much of the vectors a dictionary keeps, and how its concepts are used."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from begriff.kinds.checks import Floats

__all__ = ["fvu", "usage"]


def fvu(X: Floats, X_hat: Floats) -> float:
    """Fraction of variance unexplained: |X - X_hat|^2 / |X - mean|^2, the mean taken per dimension.

    Parameters
    ----------
    X, X_hat : ndarray (n_items, n_dims)

    Returns
    -------
    float
        0 is perfect, 1 is no better than the mean; NaN when all rows are equal.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.metrics import fvu
    >>> X = np.array([[0.0, 10.0], [2.0, 10.0]])
    >>> fvu(X, X), fvu(X, np.tile(X.mean(0), (2, 1)))
    (0.0, 1.0)
    """
    mean = X.mean(0, dtype=np.float64)
    total = float(((X - mean) ** 2).sum(dtype=np.float64))
    return float(((X - X_hat) ** 2).sum(dtype=np.float64)) / total if total > 0 else float("nan")


def usage(codes: csr_array) -> Floats:
    """Share of items (n_concepts,) on which each concept of codes (n_items, n_concepts)
    is active.
    """
    active = np.bincount(codes.indices[codes.data != 0], minlength=codes.shape[1])
    return (active / max(1, codes.shape[0])).astype(np.float32)
