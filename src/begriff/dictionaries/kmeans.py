"""Spherical k-means: every item has one concept."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy.sparse import csr_array

from begriff.base import Floats, check_vectors, row_batches
from begriff.estimators import Dictionary

__all__ = ["KMeans"]


class KMeans(Dictionary):
    """Clusters on the unit sphere; an item is active on the one concept whose direction is nearest.

    Vectors are centred on their mean, k-means runs on the normalised rest, and the strength of an item is its
    projection on its concept (never negative).

    Parameters
    ----------
    n_concepts : int, default 512
    batch_size : int, default 4096
        Rows of a step of mini-batch k-means.
    max_epochs : int, default 20
        Passes over the data.
    tol : float, default 0.0
        Stop when centres move less than this.
    random_state : int, default 0

    Attributes
    ----------
    components_ : ndarray (n_concepts, n_dims), float32
        Unit centroids.
    bias_ : ndarray (n_dims,), float32
        Mean of the data.
    n_core_ : int
        n_concepts.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import KMeans
    >>> X = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    >>> codes = KMeans(8).fit_transform(X)
    >>> int(codes.count_nonzero(axis=1).max())
    1

    Source: Dhillon and Modha 2001, "Concept decompositions for large sparse text data using clustering".
    """

    def __init__(
        self, n_concepts: int = 512, *, batch_size: int = 4096, max_epochs: int = 20, tol: float = 0.0, random_state: int = 0
    ) -> None:
        self.n_concepts = n_concepts
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.tol = tol
        self.random_state = random_state

    def fit(self, X: Any, y: None = None) -> Self:
        """Cluster X (n_items, n_dims).

        Raises
        ------
        InputError
            When there are fewer items than concepts, or vectors are not finite.
        """
        from sklearn.cluster import MiniBatchKMeans

        X = check_vectors(X, minimum=2)
        self._check_sizes(X, "batch_size", "max_epochs")
        self.bias_ = X.mean(0, dtype=np.float64).astype(np.float32)
        learner = MiniBatchKMeans(
            self.n_concepts,
            batch_size=self.batch_size,
            max_iter=self.max_epochs,
            tol=self.tol,
            n_init=1,
            random_state=self.random_state,
        )
        learner.fit(_unit(X - self.bias_))
        self.components_ = _unit(learner.cluster_centers_.astype(np.float32))
        self.n_core_ = len(self.components_)
        self.n_features_in_ = X.shape[1]
        return self

    def _encode(self, X: Floats) -> csr_array:
        best, strength = [], []
        for _, x in row_batches(X, 4096):
            along = (x - self.bias_) @ self.components_.T
            best.append(along.argmax(1))
            strength.append(np.maximum(along.max(1), 0.0))
        n = len(X)
        codes = csr_array(
            (np.concatenate(strength), np.concatenate(best), np.arange(n + 1)), shape=(n, len(self.components_)), dtype=np.float32
        )
        codes.eliminate_zeros()
        return codes


def _unit(X: Floats) -> Floats:
    length = np.linalg.norm(X, axis=1, keepdims=True)
    return np.divide(X, length, out=np.zeros_like(X), where=length > 1e-12)  # guards a vector equal to the mean
