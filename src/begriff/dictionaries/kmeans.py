"""Spherical k-means: every item has one concept."""

from __future__ import annotations

import numpy as np

from begriff.dictionaries._clusters import WeightedClusters
from begriff.kinds.checks import Floats

__all__ = ["KMeans"]


class KMeans(WeightedClusters):
    """Clusters on the unit sphere; an item is active on the one concept whose direction is nearest.

    Vectors are centred on their mean, k-means runs on the normalised rest, and the activation of an
    item is its projection on its concept (never negative).

    Parameters
    ----------
    n_concepts : int, default 512
    batch_size : int, default 4096
        Rows of a step of mini-batch k-means.
    max_epochs : int, default 20
        Most passes over the data; ten steps in a row that bring nothing end them.
    tol : float, default 0.0
        Stop when centres move less than this.
    random_state : int, default 0

    Attributes
    ----------
    components_ : ndarray (n_concepts, n_dims), float32
        Unit centroids.
    bias_ : ndarray (n_dims,), float32
        Mean of the data.
    least_ : ndarray (n_concepts,), float32
        -1: every item has a concept.
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

    Source: Dhillon and Modha 2001, "Concept decompositions for large sparse text data using
    clustering".
    """

    def __init__(
        self,
        n_concepts: int = 512,
        *,
        batch_size: int = 4096,
        max_epochs: int = 20,
        tol: float = 0.0,
        random_state: int = 0,
    ) -> None:
        self.n_concepts = n_concepts
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.tol = tol
        self.random_state = random_state

    def _prepare(self, X: Floats) -> None:
        self._check_sizes(X, "batch_size", "max_epochs")

    def _cluster(self, U: Floats, weight: Floats | None) -> tuple[Floats, Floats]:
        from sklearn.cluster import MiniBatchKMeans

        learner = MiniBatchKMeans(
            self.n_concepts,
            batch_size=self.batch_size,
            max_iter=self.max_epochs,
            tol=self.tol,
            n_init=1,
            random_state=self.random_state,
        )
        return learner.fit(U, sample_weight=weight).cluster_centers_, np.array(-1)
