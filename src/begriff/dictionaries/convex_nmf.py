"""Convex non-negative matrix factorisation: concepts are mixtures of items."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from begriff.dictionaries._clusters import memberships, quick_clusters
from begriff.dictionaries._factorisation import Factorisation
from begriff.kinds.checks import Floats

__all__ = ["ConvexNMF"]

_NEW = 32  # items that a pass offers to a concept


class ConvexNMF(Factorisation):
    """Vectors as non-negative sums of concepts that are themselves non-negative sums of items.

    A concept cannot leave the cone of the data, so it can be read off the items that it is mixed
    of, some fifteen of 20,000 papers. Activations are updated by coordinate descent. Then each
    concept, one after the other, becomes the best mixture (non-negative least squares) of the items
    that it was mixed of before and of the 32 that improve it the most. No products of all pairs of
    items are needed.

    Parameters
    ----------
    n_concepts : int, default 64
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
        The directions with the lengths that the factorisation gave them: ``mixture_ @ X[items_]``.
    items_ : ndarray (n_mixed,), int64
        Rows of the vectors in ``fit`` that concepts are mixed of.
    mixture_ : ndarray (n_concepts, n_mixed), float32, >= 0
        With weights, of items times the square roots of theirs.
    n_core_ : int
        n_concepts.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import ConvexNMF
    >>> X = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    >>> convex = ConvexNMF(8).fit(X)
    >>> bool(np.allclose(convex.mixture_ @ X[convex.items_], convex.parts_, atol=1e-4))
    True

    Source: Ding, Li and Jordan 2010, "Convex and semi-nonnegative matrix factorizations"; a mixture
    at a time by non-negative least squares as in Cutler and Breiman 1994, "Archetypal analysis".
    """

    _learnt: ClassVar[tuple[str, ...]] = (*Factorisation._learnt, "items_", "mixture_")

    items_: NDArray[np.int64]
    mixture_: Floats

    _mixed: Floats
    _of: Floats

    def __init__(
        self,
        n_concepts: int = 64,
        *,
        max_epochs: int = 200,
        tol: float = 1e-4,
        random_state: int = 0,
    ) -> None:
        self.n_concepts = n_concepts
        self.max_epochs = max_epochs
        self.tol = tol
        self.random_state = random_state

    def _start(self, Y: Floats) -> tuple[Floats, Floats]:
        """Clusters, of which every item also belongs a little to the others; a concept is the mean
        of one.
        """
        _, labels = quick_clusters(Y, self.n_concepts, self.random_state)
        W = memberships(labels, self.n_concepts, 0.0)
        # a cluster may have lost its items
        self._mixed, self._of = W / np.maximum(W.sum(1, keepdims=True), 1), Y
        return memberships(labels, self.n_concepts, 0.5), self._mixed @ Y

    def _improve(self, parts: Floats, gram: Floats, linear: Floats) -> Floats:
        """The best mixture for one concept after the other, the others as they are: none makes the
        error larger.
        """
        need = np.diagonal(gram)
        used = np.flatnonzero(need > 1e-12 * need.max())
        slopes = (linear - gram @ parts) @ self._of.T
        n_new = min(_NEW, len(self._of))
        new = np.argpartition(slopes, -n_new, axis=1)[:, -n_new:]
        for k in used:
            goal = parts[k] + (linear[k] - gram[k] @ parts) / need[k]
            items = np.union1d(np.flatnonzero(self._mixed[k]), new[k])
            try:
                self._mixed[k, items] = nnls(self._of[items].T, goal)[0]
            except RuntimeError:  # items so alike that it turns in circles: the mixture stays
                continue
            parts[k] = self._mixed[k, items] @ self._of[items]
        return parts

    def _learn(self, Y: Floats) -> Self:
        super()._learn(Y)
        self.items_ = np.flatnonzero(self._mixed.any(0))
        self.mixture_ = self._mixed[:, self.items_]
        del self._mixed, self._of
        return self
