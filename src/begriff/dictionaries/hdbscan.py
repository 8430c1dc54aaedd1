"""Density-based clusters: as many as there are, and items without any."""

from __future__ import annotations

import numpy as np

from begriff.dictionaries._clusters import Clusters
from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.linalg.unit_rows import unit

__all__ = ["HDBSCAN"]

_FRINGE = 0.05


class HDBSCAN(Clusters):
    """Clusters where items lie dense, by scikit-learn; items where they lie sparse have no concept.

    There are as many concepts as dense regions. Density needs few dimensions: vectors are projected
    on their principal components first. An item belongs to the nearest concept, unless it is
    farther from it than 95 % of those that belonged to it when it was found.

    Parameters
    ----------
    min_cluster_size : int, default 15
        Fewest items of a concept.
    min_samples : int, default 5
        Neighbours that say how dense an item lies; more leave more items without a concept.
    n_dims : int, default 16
        Principal components.

    Attributes
    ----------
    components_ : ndarray (n_concepts, n_dims), float32
        Unit centroids of the clusters' items in the space of the vectors.
    bias_ : ndarray (n_dims,), float32
        Mean of the data.
    least_ : ndarray (n_concepts,), float32
        Cosine with its centroid that 95 % of each cluster's items exceed.
    n_core_ : int
        As many as were found.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import HDBSCAN
    >>> rng = np.random.default_rng(0)
    >>> X = (np.eye(16)[rng.integers(0, 3, 300)] + 0.1 * rng.normal(size=(300, 16))).astype(
    ...     "float32"
    ... )
    >>> HDBSCAN().fit(X).components_.shape
    (3, 16)

    Source: Campello, Moulavi and Sander 2013, "Density-based clustering based on hierarchical
    density estimates".
    """

    def __init__(
        self, min_cluster_size: int = 15, *, min_samples: int = 5, n_dims: int = 16
    ) -> None:
        self.min_cluster_size = min_cluster_size
        self.min_samples = min_samples
        self.n_dims = n_dims

    def _prepare(self, X: Floats) -> None:
        self._check_positive("min_samples", "n_dims")
        if not 2 <= self.min_cluster_size <= len(X):
            raise InputError(
                f"min_cluster_size={self.min_cluster_size} for {len(X)} items: must be from 2 to"
                " the number of items"
            )

    def _randomise(self, rng: np.random.Generator) -> None:
        super()._randomise(rng)
        self.least_ = np.full_like(self.least_, -1)  # no item is an outlier of random directions

    def _cluster(self, U: Floats, weight: Floats | None) -> tuple[Floats, Floats]:
        from sklearn import cluster
        from sklearn.decomposition import PCA

        few = min(self.n_dims, *U.shape)
        projected = PCA(few, svd_solver="covariance_eigh").fit_transform(U)
        learner = cluster.HDBSCAN(
            min_cluster_size=self.min_cluster_size,
            min_samples=min(self.min_samples, len(U)),
            copy=False,
        )
        labels = learner.fit(projected).labels_
        n = int(labels.max()) + 1
        if n < 1:
            raise InputError(
                f"{len(U)} items have no dense region of {self.min_cluster_size} items: give a"
                " smaller min_cluster_size, or choose KMeans"
            )
        centroids = unit(np.array([U[labels == j].mean(0) for j in range(n)]))
        return centroids, np.array(
            [np.quantile(U[labels == j] @ c, _FRINGE) for j, c in enumerate(centroids)]
        )
