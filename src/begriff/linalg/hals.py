"""Non-negative factors by coordinate descent, many coordinates of many problems at once."""

from __future__ import annotations

import numpy as np

from begriff.kinds.checks import Floats

__all__ = ["hals_sweep", "hals_updates", "nnls_shared"]

_TOGETHER = 32
_COLUMNS = 4096
_WORTH = 0.8


def hals_sweep(factors: Floats, gram: Floats, linear: Floats) -> float:
    """One pass of coordinate descent over the rows of ``factors``, in place.

    Row k becomes the non-negative minimiser of |A - sum_k f_k o_k'|^2 with the other rows as they
    are, one row after the other. Rows are taken 32 at a time: what all others take away from them
    is one matrix product, and what they take away from each other follows row by row, so the result
    is that of the sequential update.

    Parameters
    ----------
    factors : ndarray (n_factors, n), float32
        Changed in place.
    gram : ndarray (n_factors, n_factors), float32
        Inner products of the other side's factors o; a row whose diagonal is 0 stays as it is, so
        that it may be of use again when the other side has been updated.
    linear : ndarray (n_factors, n), float32
        The other side's factors times the data.

    Returns
    -------
    float
        Squared length of the change.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.linalg.hals import hals_sweep
    >>> factors = np.zeros((2, 1), dtype=np.float32)
    >>> hals_sweep(
    ...     factors, np.eye(2, dtype=np.float32), np.array([[3.0], [-1.0]], dtype=np.float32)
    ... )
    9.0
    >>> factors.ravel().tolist()
    [3.0, 0.0]

    Source: Cichocki and Phan 2009, "Fast local algorithms for large scale nonnegative matrix and
    tensor factorizations".
    """
    inverse = _inverse(gram)
    changed = 0.0
    for start in range(0, factors.shape[1], _COLUMNS):
        columns = slice(start, start + _COLUMNS)
        part = np.ascontiguousarray(factors[:, columns])
        for first in range(0, len(factors), _TOGETHER):
            changed += _block(
                part, gram, linear[first : first + _TOGETHER, columns], inverse, first
            )
        factors[:, columns] = part
    return changed


def _block(part: Floats, gram: Floats, linear: Floats, inverse: Floats, first: int) -> float:
    """Update the rows ``first`` to ``first + len(linear)`` of ``part``; gives the squared length of
    the change.
    """
    rows = slice(first, first + len(linear))
    slope, among = linear - gram[rows] @ part, gram[rows, rows]
    steps = np.empty_like(slope)
    for i, row in enumerate(part[rows]):
        new = np.maximum(row + (slope[i] - among[i, :i] @ steps[:i]) * inverse[first + i], 0.0)
        np.subtract(new, row, out=steps[i])
        row[:] = new
    return float(np.vdot(steps, steps))


def hals_updates(
    factors: Floats, gram: Floats, linear: Floats, most: int, *, least_change: float = 0.1
) -> int:
    """Sweep until one changes less than ``least_change`` of what the first did, at most ``most``
    times; gives how many it took.

    The products ``gram`` and ``linear`` cost more than a sweep, so they are worth several.

    Source: Gillis and Glineur 2012, "Accelerated multiplicative updates and hierarchical ALS
    algorithms for NMF".
    """
    first = hals_sweep(factors, gram, linear)
    for done in range(1, most):
        if hals_sweep(factors, gram, linear) <= least_change**2 * first:
            return done + 1
    return most


def nnls_shared(gram: Floats, linear: Floats, *, sweeps: int = 500, tol: float = 1e-6) -> Floats:
    """Minimise a' G a / 2 - h' a over a >= 0 for every column h of ``linear``, all with the same G.

    Parameters
    ----------
    gram : ndarray (k, k), float32
        Positive semi-definite.
    linear : ndarray (k, n), float32
    sweeps : int
        Most passes over the k coordinates.
    tol : float
        A column stops, by itself, when no entry changes by more than this share of its largest.

    Returns
    -------
    ndarray (k, n), float32
    """
    out = np.zeros(linear.shape, dtype=np.float32)
    inverse = _inverse(gram)
    for start in range(0, linear.shape[1], _COLUMNS):
        wanted = np.ascontiguousarray(linear[:, start : start + _COLUMNS])
        part, live = (
            np.zeros(wanted.shape, dtype=np.float32),
            np.arange(start, start + wanted.shape[1]),
        )
        for _ in range(sweeps):
            before = part.copy()
            for first in range(0, len(part), _TOGETHER):
                _block(part, gram, wanted[first : first + _TOGETHER], inverse, first)
            moving = np.abs(part - before).max(0) > tol * np.abs(part).max(0)
            if moving.mean() < _WORTH:  # those that stopped are left out
                out[:, live] = part
                live, part, wanted = (
                    live[moving],
                    part[:, moving],
                    np.ascontiguousarray(wanted[:, moving]),
                )
            if not len(live):
                break
        out[:, live] = part
    return out


def _inverse(gram: Floats) -> Floats:
    """One over the diagonal, 0 where that is 0 beside the largest."""
    diagonal = np.diagonal(gram)
    return np.divide(
        1.0, diagonal, out=np.zeros_like(diagonal), where=diagonal > 1e-12 * diagonal.max()
    )
