"""Whether concepts are found again."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from begriff.kinds.checks import Floats
from begriff.linalg.unit_rows import unit

__all__ = ["matched_cosine"]


def matched_cosine(A: Floats, B: Floats, *, signed: bool = True) -> Floats:
    """Cosine of every row of A with the row of B that the best one-to-one matching gives it.

    Parameters
    ----------
    A, B : ndarray (n, n_dims) and (m, n_dims)
        Concepts of two runs. Rows of A that find no partner (n > m) get 0.
    signed : bool, default True
        False where the sign of a direction says nothing, as of ICA's.

    Returns
    -------
    ndarray (n,), float32
        Its mean is the stability; read it beside the same figure for random directions.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.metrics import matched_cosine
    >>> [round(float(c), 3) for c in matched_cosine(np.eye(3), np.eye(3)[[2, 0, 1]])]
    [1.0, 1.0, 1.0]

    Source: Kuhn 1955 (the matching); Fel et al. 2025, arXiv 2502.12892 (the measure).
    """
    cosines = unit(A) @ unit(B).T
    cosines = cosines if signed else np.abs(cosines)
    rows, columns = linear_sum_assignment(-cosines)
    out = np.zeros(len(A), dtype=np.float32)
    out[rows] = cosines[rows, columns]
    return out
