"""Columns of a sparse matrix that count as one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

__all__ = ["sum_columns"]


def sum_columns(codes: csr_array, target: NDArray[np.int64]) -> csr_array:
    """The matrix (n, m) whose column j is the sum of the columns whose target is j.

    Parameters
    ----------
    codes : csr_array (n, m)
    target : ndarray (m,)
        Column into which each column goes; ``arange(m)`` gives back ``codes`` itself.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> from begriff.linalg.columns import sum_columns
    >>> sum_columns(csr_array([[1.0, 2.0, 4.0]]), np.array([0, 0, 2])).toarray().tolist()
    [[3.0, 0.0, 4.0]]
    """
    if np.array_equal(target, np.arange(len(target))):
        return codes
    out = csr_array((codes.data.copy(), target[codes.indices], codes.indptr.copy()), shape=codes.shape)
    out.sum_duplicates()
    return out
