"""Compositional concepts: clusters in subspaces that are learnt one after the other."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_array

from begriff.dictionaries._autoencoder import need_torch
from begriff.errors import InputError
from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats, check_vectors, row_batches, seed_of
from begriff.linalg.unit_rows import unit

__all__ = ["CCE"]


class CCE(Dictionary):
    """One concept an attribute, each attribute a subspace of its own, so that concepts of several
    attributes add up.

    An attribute is the orthonormal subspace in which items fall apart best into clusters (the mean
    silhouette) while the clusters' means keep their direction. Its clusters' means are concepts.
    Then it is taken out of the vectors, and the next attribute is looked for in what is left:
    concepts of two attributes are orthogonal.

    Parameters
    ----------
    n_concepts : int, default 60
        Of all attributes together: a multiple of ``n_attributes``.
    n_attributes : int, default 6
        Active concepts of an item.
    n_dims : int, default 50
        Dimensions of an attribute; all attributes together have at most those of the vectors.
    learning_rate : float, default 1e-3
        Of Adam.
    batch_size : int, default 5000
    max_epochs : int, default 300
        Passes over the data for each attribute.
    random_state : int, default 0
    device : str, default "auto"
        ``"auto"`` (the GPU when there is one), ``"cpu"``, ``"cuda"``.

    Attributes
    ----------
    components_ : ndarray (n_concepts, n_dims), float32
        Unit means of clusters, attribute after attribute.
    bias_ : ndarray (n_dims,), float32
        Mean of the data.
    n_core_ : int
        n_concepts.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import CCE
    >>> X = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    >>> codes = CCE(8, n_attributes=2, max_epochs=5).fit_transform(X)
    >>> int(codes.count_nonzero(axis=1).max()) <= 2
    True

    Source: Stein et al. 2024, "Towards compositionality in concept learning", arXiv 2406.18534.
    """

    _learnt_scalars: ClassVar[tuple[str, ...]] = (*Dictionary._learnt_scalars, "seed_")

    def __init__(
        self,
        n_concepts: int = 60,
        *,
        n_attributes: int = 6,
        n_dims: int = 50,
        learning_rate: float = 1e-3,
        batch_size: int = 5000,
        max_epochs: int = 300,
        random_state: int = 0,
        device: str = "auto",
    ) -> None:
        self.n_concepts = n_concepts
        self.n_attributes = n_attributes
        self.n_dims = n_dims
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.random_state = random_state
        self.device = device

    def sized(self, n_concepts: int, k: int, batch_size: int) -> Self:
        """Set the number of concepts, rounded down to a multiple of ``n_attributes``."""
        return self.set_params(
            n_concepts=max(self.n_attributes, n_concepts - n_concepts % self.n_attributes)
        )

    def fit(self, X: Any, y: None = None) -> Self:
        """Learn attributes of X (n_items, n_dims), which is held a second time, without those that
        are found.

        Raises
        ------
        InputError
            For vectors that are not finite, fewer items than concepts, or a parameter out of range.
        MissingExtraError
            Without torch.
        """
        X = check_vectors(X, minimum=2)
        self._check_sizes(X, "n_attributes", "n_dims", "learning_rate", "batch_size", "max_epochs")
        if self.n_concepts % self.n_attributes or self.n_attributes > X.shape[1]:
            raise InputError(
                f"n_attributes={self.n_attributes} for n_concepts={self.n_concepts} and"
                f" {X.shape[1]} dimensions: every attribute has equally many concepts, and a"
                " dimension at least"
            )
        need_torch("CCE")
        self.seed_ = seed_of(self.random_state)
        self.bias_ = X.mean(0, dtype=np.float64).astype(np.float32)
        left, concepts = X - self.bias_, []
        taken = np.empty((0, X.shape[1]), dtype=np.float32)
        for i in range(self.n_attributes):
            found, basis = self._attribute(left, taken, i)
            concepts.append(found)
            left -= (left @ basis.T) @ basis
            taken = np.concatenate([taken, basis])
        self.components_ = np.concatenate(concepts)
        self.n_core_, self.n_features_in_ = self.components_.shape
        return self

    def _attribute(self, X: Floats, taken: Floats, i: int) -> tuple[Floats, Floats]:
        """Unit means (n_clusters, n_dims) of the clusters of one attribute, and its basis, which
        starts and stays apart from ``taken``.
        """
        import torch

        from begriff.nets.subspaces import ClusteredSubspace, Separation
        from begriff.nets.training import ArrayRows, Schedule, pick_device, train

        device = pick_device(self.device)
        generator = torch.Generator().manual_seed(self.seed_ + i)
        width = min(self.n_dims, X.shape[1] // self.n_attributes)
        start = torch.randn(width, X.shape[1], generator=generator).numpy()
        module = ClusteredSubspace(torch.from_numpy(start - (start @ taken.T) @ taken)).to(device)
        loss = Separation(module, self.n_concepts // self.n_attributes, generator)
        schedule = Schedule(
            self.learning_rate, self.batch_size, self.max_epochs, warmup=1, decay=0.0
        )
        train(module, ArrayRows(X), loss, schedule, generator=generator, device=device)
        basis = module.basis.detach().cpu().numpy()
        inside = X @ basis.T
        labels = loss.assign(torch.from_numpy(inside).to(device)).cpu().numpy()
        assert loss.centres is not None
        means = loss.centres.cpu().numpy().copy()  # which a cluster that nothing belongs to keeps
        for label in np.unique(labels):
            means[label] = inside[labels == label].mean(0)
        return unit(means @ basis), basis

    def _encode(self, X: Floats) -> csr_array:
        size = self.n_concepts // self.n_attributes
        indices, strengths = [], []
        for _, x in row_batches(X, 4096):
            along = ((x - self.bias_) @ self.components_.T).reshape(len(x), self.n_attributes, size)
            indices.append(along.argmax(2) + size * np.arange(self.n_attributes))
            strengths.append(np.maximum(along.max(2), 0.0))
        n = len(X)
        codes = csr_array(
            (
                np.concatenate(strengths).ravel(),
                np.concatenate(indices).ravel(),
                self.n_attributes * np.arange(n + 1),
            ),
            shape=(n, len(self.components_)),
            dtype=np.float32,
        )
        codes.eliminate_zeros()
        return codes
