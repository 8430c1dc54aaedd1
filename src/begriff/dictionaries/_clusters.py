"""What clusters share: every item has one concept, the nearest, or none."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_array

from begriff.base import Floats, check_vectors, row_batches
from begriff.estimators import Dictionary

__all__ = ["Clusters"]


class Clusters(Dictionary):
    """Unit centroids of centred vectors; an item is active on the one whose direction is nearest, by its projection (never negative).

    Items whose cosine with it is below ``least_``, where the method knows outliers, have no concept.
    """

    _learnt: ClassVar[tuple[str, ...]] = ("components_", "bias_", "least_")

    least_: Floats

    @abstractmethod
    def _centroids(self, U: Floats) -> Floats:
        """Means (n_clusters, n_dims), of any length, of clusters of unit vectors U (n_items, n_dims)."""

    def _least(self, U: Floats) -> Floats:
        """Cosines (n_clusters,) below which items have no concept; by default none is."""
        return np.full(len(self.components_), -1, dtype=np.float32)

    def fit(self, X: Any, y: None = None) -> Self:
        """Cluster X (n_items, n_dims).

        Raises
        ------
        InputError
            When there are fewer items than concepts, vectors are not finite, or a parameter is out of range.
        """
        X = check_vectors(X, minimum=2)
        self._prepare(X)
        self.bias_ = X.mean(0, dtype=np.float64).astype(np.float32)
        U = unit(X - self.bias_)
        self.components_ = unit(self._centroids(U).astype(np.float32))
        self.least_ = self._least(U)
        self.n_core_, self.n_features_in_ = self.components_.shape
        return self

    def _prepare(self, X: Floats) -> None:
        """Check parameters."""
        self._check_sizes(X)

    def _encode(self, X: Floats) -> csr_array:
        best, strength = [], []
        for _, x in row_batches(X, 4096):
            along = (x - self.bias_) @ self.components_.T
            best.append(along.argmax(1))
            most = along.max(1)
            near = most >= (self.least_[best[-1]] - 1e-6) * np.linalg.norm(x - self.bias_, axis=1)
            strength.append(np.where(near, np.maximum(most, 0.0), 0.0))
        n = len(X)
        codes = csr_array(
            (np.concatenate(strength), np.concatenate(best), np.arange(n + 1)), shape=(n, len(self.components_)), dtype=np.float32
        )
        codes.eliminate_zeros()
        return codes


def unit(X: Floats) -> Floats:
    """Rows of length 1; rows of zeros stay."""
    length = np.linalg.norm(X, axis=1, keepdims=True)
    return np.divide(X, length, out=np.zeros_like(X), where=length > 1e-12)  # guards a vector equal to the mean
