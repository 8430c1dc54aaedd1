"""Means and covariances of a stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Moments"]

_ROWS = 2048
"""Rows multiplied at once: few enough that a block stays in the cache of a processor."""


@dataclass
class Moments:
    """Running means and sums of products of vectors x and targets z, in float64; its size does not
    depend on the number of items.

    Batches are merged by their own means, so the result depends neither on their order nor on how
    far the data lie from the origin.

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
        sizes = (
            (n_dims,),
            (n_targets,),
            (n_dims, n_dims),
            (n_dims, n_targets),
            (n_targets, n_targets),
        )
        return cls(0, *(np.zeros(s) for s in sizes))

    def update(self, X: NDArray[Any], Z: NDArray[Any]) -> Self:
        """Take in vectors X (n_items, n_dims) and targets Z (n_items, n_targets) of any numeric
        dtype.
        """
        mean_x, mean_z = (sum(part.sum(axis=0) for part in _parts(a)) / len(a) for a in (X, Z))
        n, m = self.n, len(X)
        step_x, step_z = mean_x - self.mean_x, mean_z - self.mean_z
        both = n * m / (n + m)
        for total, a, b in (
            (self.xx, step_x, step_x),
            (self.xz, step_x, step_z),
            (self.zz, step_z, step_z),
        ):
            total += np.outer(both * a, b)
        for x, z in zip(_parts(X), _parts(Z), strict=True):
            x -= mean_x
            z -= mean_z
            self.xx += x.T @ x
            self.xz += x.T @ z
            self.zz += z.T @ z
        self.mean_x += step_x * (m / (n + m))
        self.mean_z += step_z * (m / (n + m))
        self.n = n + m
        return self

    def spread(self, order: NDArray[np.intp], n_targets: int) -> Self:
        """The same with target i at place ``order[i]`` of ``n_targets``; the other targets have
        been 0 for every item.
        """
        wider = type(self).empty(len(self.mean_x), n_targets)
        wider.n, wider.mean_x, wider.xx = self.n, self.mean_x, self.xx
        wider.mean_z[order] = self.mean_z
        wider.xz[:, order] = self.xz
        wider.zz[np.ix_(order, order)] = self.zz
        return wider


def _parts(a: NDArray[Any]) -> Iterator[NDArray[np.float64]]:
    """Copies in float64 of consecutive rows."""
    for start in range(0, len(a), _ROWS):
        yield a[start : start + _ROWS].astype(np.float64)
