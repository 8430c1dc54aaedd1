"""Convex non-negative matrix factorisation: concepts are mixtures of items."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from sklearn.metrics import pairwise_distances_argmin

from begriff.base import Floats
from begriff.dictionaries._clusters import memberships, quick_clusters
from begriff.dictionaries._factorisation import Factorisation

__all__ = ["ConvexNMF"]

_STEPS = 5
_ELSEWHERE = 1e-3  # of points outside a cluster; with the source's .2 the first concepts are all near the mean


class ConvexNMF(Factorisation):
    """Vectors as non-negative sums of concepts that are themselves non-negative sums of items.

    A concept cannot leave the cone of the data, so it can be read off the items that it is mixed of. Strengths are updated by coordinate
    descent, mixtures by the multiplicative updates of the source. These need products of all pairs of points: above ``n_points`` items,
    mixtures are of means of so many small clusters of items, and so of items all the same.

    Parameters
    ----------
    n_concepts : int, default 64
    n_points : int, default 2048
        Most points that concepts are mixed of.
    max_epochs : int, default 200
        Passes over the data.
    tol : float, default 1e-4
        Stop when a pass improves the error by less than this share of the first error.
    random_state : int, default 0

    Attributes
    ----------
    components_ : ndarray (n_concepts, n_dims), float32
        Unit directions.
    bias_ : ndarray (n_dims,), float32
        Zeros.
    parts_ : ndarray (n_concepts, n_dims), float32
        The directions with the lengths that the factorisation gave them: ``mixture_ @ points_``.
    points_ : ndarray (at most n_points, n_dims), float32
        Items, or means of items; with weights, times their square roots.
    mixture_ : ndarray (n_concepts, at most n_points), float32, >= 0
    n_core_ : int
        n_concepts.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import ConvexNMF
    >>> X = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    >>> convex = ConvexNMF(8).fit(X)
    >>> bool(np.allclose(convex.mixture_ @ X, convex.parts_, atol=1e-4))
    True

    Source: Ding, Li and Jordan 2010, "Convex and semi-nonnegative matrix factorizations".
    """

    _learnt: ClassVar[tuple[str, ...]] = (*Factorisation._learnt, "points_", "mixture_")

    points_: Floats
    mixture_: Floats

    def __init__(
        self, n_concepts: int = 64, *, n_points: int = 2048, max_epochs: int = 200, tol: float = 1e-4, random_state: int = 0
    ) -> None:
        self.n_concepts = n_concepts
        self.n_points = n_points
        self.max_epochs = max_epochs
        self.tol = tol
        self.random_state = random_state

    def _prepare(self, X: Floats) -> None:
        super()._prepare(X)
        self._check_positive("n_points")

    def _start(self, Y: Floats) -> tuple[Floats, Floats]:
        """Clusters, of which every item also belongs a little to the others; the points of a cluster make its concept."""
        means, labels = quick_clusters(Y, self.n_concepts, self.random_state)
        most = max(self.n_points, self.n_concepts)
        self.points_ = quick_clusters(Y, most, self.random_state)[0] if len(Y) > most else Y.copy()
        W = memberships(pairwise_distances_argmin(self.points_, means), self.n_concepts, _ELSEWHERE)
        self.mixture_ = W / W.sum(1, keepdims=True)
        self._products = self.points_ @ self.points_.T
        return memberships(labels, self.n_concepts, 0.5), self.mixture_ @ self.points_

    def _improve(self, parts: Floats, gram: Floats, linear: Floats) -> Floats:
        """Multiplicative updates of the mixture: none makes the error larger."""
        W, products = self.mixture_, self._products
        plus, wanted = np.maximum(products, 0), linear @ self.points_.T
        minus, tiny = plus - products, np.finfo(np.float32).tiny
        for _ in range(_STEPS):
            mixed = gram @ W
            up, down = np.maximum(wanted, 0) + mixed @ minus, np.maximum(-wanted, 0) + mixed @ plus
            W = W * np.sqrt(up / np.maximum(down, 1e-12 * down.max() + tiny))  # guards a point of zeros
        self.mixture_ = W.astype(np.float32)
        return self.mixture_ @ self.points_

    def _set(self, parts: Floats) -> Self:
        self.__dict__.pop("_products", None)
        return super()._set(parts)
