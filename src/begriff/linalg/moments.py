"""Means and covariances of a stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Moments"]

_ROWS = 1024
"""Rows multiplied at once: few enough that a block stays in the cache of a processor."""


@dataclass
class Moments:
    """Running means and sums of products of vectors x and targets z, in float64; its size does not depend on the number of items.

    Batches are merged by their own means, so the result depends neither on their order nor on how far the data lie from the origin.

    Attributes
    ----------
    n : int
        Items so far.
    mean_x : ndarray (n_dims,)
    mean_z : ndarray (n_targets,)
    xx : ndarray (n_dims, n_dims)
        Sum of products of centred vectors; divided by n it is the covariance.
    xz : ndarray (n_dims, n_targets)
    zz : ndarray (n_targets, n_targets)

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.linalg.moments import Moments
    >>> moments = Moments.empty(1, 1)
    >>> for x, z in (([[0.0], [2.0]], [[0.0], [1.0]]), ([[4.0]], [[2.0]])):
    ...     moments = moments.update(np.array(x), np.array(z))
    >>> moments.n, moments.mean_x.tolist(), moments.xx.tolist(), moments.xz.tolist()
    (3, [2.0], [[8.0]], [[4.0]])

    Source: Chan, Golub and LeVeque 1979.
    """

    n: int
    mean_x: NDArray[np.float64]
    mean_z: NDArray[np.float64]
    xx: NDArray[np.float64]
    xz: NDArray[np.float64]
    zz: NDArray[np.float64]

    @classmethod
    def empty(cls, n_dims: int, n_targets: int) -> Self:
        """Of no item yet."""
        sizes = ((n_dims,), (n_targets,), (n_dims, n_dims), (n_dims, n_targets), (n_targets, n_targets))
        return cls(0, *(np.zeros(s) for s in sizes))

    def update(self, X: NDArray[Any], Z: NDArray[Any]) -> Self:
        """Take in vectors X (n_items, n_dims) and targets Z (n_items, n_targets) of any numeric dtype."""
        for start in range(0, len(X), _ROWS):
            x, z = (a[start : start + _ROWS].astype(np.float64) for a in (X, Z))
            m, n = len(x), self.n
            mean_x, mean_z = x.mean(axis=0), z.mean(axis=0)
            x -= mean_x
            z -= mean_z
            step_x, step_z = mean_x - self.mean_x, mean_z - self.mean_z
            both = n * m / (n + m)
            for total, a, b, step_a, step_b in (
                (self.xx, x, x, step_x, step_x),
                (self.xz, x, z, step_x, step_z),
                (self.zz, z, z, step_z, step_z),
            ):
                total += a.T @ b
                if n:
                    total += np.outer(both * step_a, step_b)
            self.mean_x += step_x * (m / (n + m))
            self.mean_z += step_z * (m / (n + m))
            self.n = n + m
        return self

    def spread(self, order: NDArray[np.intp], n_targets: int) -> Self:
        """The same with target i at place ``order[i]`` of ``n_targets``; the other targets have been 0 for every item."""
        wider = type(self).empty(len(self.mean_x), n_targets)
        wider.n, wider.mean_x, wider.xx = self.n, self.mean_x, self.xx
        wider.mean_z[order] = self.mean_z
        wider.xz[:, order] = self.xz
        wider.zz[np.ix_(order, order)] = self.zz
        return wider
