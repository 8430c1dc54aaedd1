"""Non-negative least squares on given supports, for many items at once."""

from __future__ import annotations

import numpy as np

from begriff.kinds.checks import Floats

__all__ = ["nnls"]


def nnls(gram: Floats, linear: Floats, start: Floats, *, sweeps: int = 40) -> Floats:
    """Minimise a' G a / 2 - h' a over a >= 0, one problem per row.

    Cyclic coordinate descent, which for a positive semi-definite G descends at every update and
    converges to the minimum; each update runs over all rows at once.

    Parameters
    ----------
    gram : ndarray (n, k, k)
        Positive semi-definite; a coordinate whose diagonal is 0 keeps the value 0.
    linear, start : ndarray (n, k)
    sweeps : int
        Most passes over the k coordinates; a row stops when a pass changes it by no more than 1e-4
        of its largest activation.

    Returns
    -------
    ndarray (n, k), float32

    Source: Franc, Hlavac, Navara 2005, "Sequential coordinate-wise algorithm for the non-negative
    least squares problem".
    """
    out = np.zeros(start.shape, dtype=np.float32)
    # rows that still move; each stops by itself, so a row's answer does not depend on its company
    live = np.arange(len(start))
    # (k, n): one coordinate of all problems is contiguous
    a = np.ascontiguousarray(start.T, dtype=np.float32)
    g = np.ascontiguousarray(gram.transpose(1, 2, 0), dtype=np.float32)
    diagonal = np.einsum("kkn->kn", g)
    inverse = np.divide(1.0, diagonal, out=np.zeros_like(diagonal), where=diagonal > 1e-9)
    a[diagonal <= 1e-9] = 0.0
    slope = np.einsum("kjn,jn->kn", g, a) - linear.T
    for _ in range(sweeps):
        before = a.copy()
        for j in range(len(a)):
            new = np.maximum(a[j] - slope[j] * inverse[j], 0.0)
            slope += g[j] * (new - a[j])
            a[j] = new
        out[live] = a.T
        moving = np.abs(a - before).max(0, initial=0.0) > 1e-4 * np.abs(a).max(0, initial=0.0)
        if not moving.any():
            break
        if not moving.all():
            live, a, slope, inverse, g = (
                live[moving],
                a[:, moving],
                slope[:, moving],
                inverse[:, moving],
                g[:, :, moving],
            )
    return out
