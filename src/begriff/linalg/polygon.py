"""Points inside a polygon."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["inside"]


def inside(points: NDArray[np.float64], polygon: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points (n,) lie inside a closed polygon, by the even-odd rule.

    Parameters
    ----------
    points : ndarray (n, 2)
    polygon : ndarray (m, 2)
        Corners in order; the last is joined to the first.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.linalg.polygon import inside
    >>> square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    >>> inside(np.array([[0.5, 0.5], [1.5, 0.5]]), square).tolist()
    [True, False]
    """
    out = np.zeros(len(points), dtype=bool)
    near = np.flatnonzero(((points >= polygon.min(0)) & (points <= polygon.max(0))).all(1))
    x, y = points[near].T
    odd = np.zeros(len(near), dtype=bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y0 != y1:
            odd ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    out[near] = odd
    return out
