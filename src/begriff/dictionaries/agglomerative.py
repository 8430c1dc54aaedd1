"""Agglomerative latent concepts."""

from __future__ import annotations

import numpy as np

from begriff.dictionaries._clusters import WeightedClusters, quick_clusters
from begriff.kinds.checks import Floats
from begriff.linalg.ward import cut, ward

__all__ = ["Agglomerative"]


class Agglomerative(WeightedClusters):
    """Clusters that are merged bottom-up, by Ward's criterion, until ``n_concepts`` are left.

    Ward's hierarchy of n items takes n^2 memory. Above ``n_micro`` items k-means makes so many
    small clusters first, and the hierarchy is that of their means, each with the weight of its
    items: every merge still adds what it would to the squared distances of items.

    Parameters
    ----------
    n_concepts : int, default 512
    n_micro : int, default 4096
        Most points of the hierarchy; its square is held twice, in float64 (270 MB by default).
    random_state : int, default 0
        Of k-means, where there are more items.

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
    >>> from begriff.dictionaries import Agglomerative
    >>> X = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    >>> codes = Agglomerative(8).fit_transform(X)
    >>> int(codes.count_nonzero(axis=1).max())
    1

    Source: Dalvi et al. 2022, "Discovering latent concepts learned in BERT", arXiv 2205.07237;
    Mousi, Durrani and Dalvi 2023, "Can LLMs facilitate interpretation of pre-trained language
    models?", arXiv 2305.13386.
    """

    def __init__(
        self, n_concepts: int = 512, *, n_micro: int = 4096, random_state: int = 0
    ) -> None:
        self.n_concepts = n_concepts
        self.n_micro = n_micro
        self.random_state = random_state

    def _prepare(self, X: Floats) -> None:
        self._check_sizes(X, "n_micro")

    def _cluster(self, U: Floats, weight: Floats | None) -> tuple[Floats, Floats]:
        most = max(self.n_micro, self.n_concepts)
        points, nearest = (
            quick_clusters(U, most, self.random_state, weight)
            if len(U) > most
            else (U, np.arange(len(U)))
        )
        weights = np.bincount(nearest, weight, minlength=len(points)).astype(np.float64)
        points, weights = points[weights > 0], weights[weights > 0]
        labels = cut(ward(points, weights), self.n_concepts)
        sums = np.zeros((self.n_concepts, U.shape[1]))
        np.add.at(sums, labels, points * weights[:, None])
        return sums, np.array(-1)
