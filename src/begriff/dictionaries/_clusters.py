"""What clusters share: every item has one concept, the nearest, or none."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats, check_vectors, check_weights, row_batches
from begriff.linalg.unit_rows import unit

__all__ = ["Clusters", "memberships", "quick_clusters", "WeightedClusters"]


class Clusters(Dictionary):
    """Unit centroids of centred vectors; an item is active on the one whose direction is nearest,
    by its projection (never negative).

    Items whose cosine with it is below ``least_``, where the method knows outliers, have no
    concept.
    """

    _learnt: ClassVar[tuple[str, ...]] = ("components_", "bias_", "least_")

    least_: Floats

    @abstractmethod
    def _cluster(self, U: Floats, weight: Floats | None) -> tuple[Floats, Floats]:
        """Of unit vectors U (n_items, n_dims): means (n_clusters, n_dims), of any length, and
        ``least_``, or one number for all.
        """

    def fit(self, X: Any, y: None = None) -> Self:
        """Cluster X (n_items, n_dims).

        Raises
        ------
        InputError
            When there are fewer items than concepts, vectors are not finite, or a parameter is out
            of range.
        """
        return self._learn(check_vectors(X, minimum=2), None)

    def _learn(self, X: Floats, weight: Floats | None) -> Self:
        self._prepare(X)
        mean = (
            X.mean(0, dtype=np.float64) if weight is None else np.average(X, axis=0, weights=weight)
        )
        self.bias_ = mean.astype(np.float32)
        means, least = self._cluster(unit(X - self.bias_), weight)
        self.components_ = unit(means).astype(np.float32)
        self.least_ = np.broadcast_to(least, len(means)).astype(np.float32)
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
            (np.concatenate(strength), np.concatenate(best), np.arange(n + 1)),
            shape=(n, len(self.components_)),
            dtype=np.float32,
        )
        codes.eliminate_zeros()
        return codes


class WeightedClusters(Clusters):
    """Clusters in which an item may count more or less."""

    def fit(self, X: Any, y: None = None, sample_weight: Any = None) -> Self:
        """Cluster X (n_items, n_dims) with weights (n_items,).

        Raises
        ------
        InputError
            When there are fewer items than concepts, vectors are not finite, or a parameter or
            weight is out of range.
        """
        X = check_vectors(X, minimum=2)
        weight = check_weights(sample_weight, len(X))
        return (
            self._learn(X, None)
            if weight is None
            else self._learn(X[weight > 0], weight[weight > 0])
        )


def quick_clusters(
    X: Floats, n: int, random_state: int, weight: Floats | None = None
) -> tuple[Floats, NDArray[np.intp]]:
    """Means (n, n_dims) of n clusters of X, and the cluster of every item (n_items,): something to
    start from, or points for many items.

    Random items start them: k-means++ takes six times as long for thousands of clusters, to be 1 %
    better.
    """
    from sklearn.cluster import MiniBatchKMeans

    learner = MiniBatchKMeans(
        n, init="random", batch_size=4096, max_iter=10, n_init=1, random_state=random_state
    )
    learner.fit(X, sample_weight=weight)
    return np.asarray(learner.cluster_centers_, dtype=np.float32), learner.labels_


def memberships(labels: NDArray[np.intp], n: int, rest: float) -> Floats:
    """To start from: an item's part (n, n_items) in n clusters is 1 + ``rest`` in its own, and
    ``rest`` in all others.
    """
    Z = np.full((n, len(labels)), rest, np.float32)
    Z[labels, np.arange(len(labels))] += 1
    return Z
