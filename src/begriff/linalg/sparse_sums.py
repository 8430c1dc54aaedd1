"""Columns or rows of a sparse matrix that count as one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

__all__ = ["max_rows", "sum_columns"]


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
    >>> from begriff.linalg.sparse_sums import sum_columns
    >>> sum_columns(csr_array([[1.0, 2.0, 4.0]]), np.array([0, 0, 2])).toarray().tolist()
    [[3.0, 0.0, 4.0]]
    """
    if np.array_equal(target, np.arange(len(target))):
        return codes
    out = csr_array(
        (codes.data.copy(), target[codes.indices], codes.indptr.copy()), shape=codes.shape
    )
    out.sum_duplicates()
    return out


def max_rows(codes: csr_array, owner: NDArray[np.int64], n: int) -> csr_array:
    """The matrix (n, n_columns) whose row i is the largest stored value, column by column, of the
    rows that i owns.

    Parameters
    ----------
    codes : csr_array (n_rows, n_columns)
    owner : ndarray (n_rows,)
        The row of the answer that each row counts towards, from 0 to n - 1.
    n : int
        Number of rows of the answer; a row that owns nothing is empty.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> from begriff.linalg.sparse_sums import max_rows
    >>> max_rows(
    ...     csr_array([[1.0, 0.0], [3.0, 2.0], [0.0, 5.0]]), np.array([0, 0, 1]), 2
    ... ).toarray().tolist()
    [[3.0, 2.0], [0.0, 5.0]]
    """
    width = codes.shape[1]
    place = (
        np.repeat(np.asarray(owner, dtype=np.int64), np.diff(codes.indptr)) * width + codes.indices
    )
    order = np.argsort(place, kind="stable")
    places, starts = np.unique(place[order], return_index=True)
    largest = np.maximum.reduceat(codes.data[order], starts) if len(places) else codes.data[:0]
    indptr = np.searchsorted(places, np.arange(n + 1, dtype=np.int64) * width)
    return csr_array((largest, places % width, indptr), shape=(n, width))
