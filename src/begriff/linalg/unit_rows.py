"""Rows of a matrix as directions."""

from __future__ import annotations

import numpy as np

from begriff.kinds.checks import Floats

__all__ = ["unit"]


def unit(X: Floats) -> Floats:
    """Rows of X (n, n_dims) divided by their lengths; rows of zeros stay.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.linalg.unit_rows import unit
    >>> unit(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    return np.asarray(X / np.maximum(np.linalg.norm(X, axis=1, keepdims=True), 1e-12))
