"""Probabilistic concepts of patches, of the images that they make up, and of all images."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, eigh, solve_triangular
from scipy.sparse import csr_array, vstack
from scipy.special import digamma, softmax

from begriff.errors import InputError
from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats, check_vectors, check_weights, row_batches
from begriff.linalg.unit_rows import unit

__all__ = ["PACE"]

_TURNS = 10
_LEAST = 1e-3


class PACE(Dictionary):
    """A mixture of Gaussians whose proportions differ from image to image, by variational
    inference.

    Every image has proportions of concepts, drawn from a Dirichlet distribution; every patch of it
    has one concept, and its vector is drawn from that concept's Gaussian. ``transform`` gives
    patches the probabilities of their concepts, times the distance of each concept from the mean;
    ``proportions`` gives those of images; ``weights_`` are those of all. Where no images are told,
    each vector is its own.

    Gaussians live in the principal components, for in hundreds of dimensions every probability is 0
    or 1.

    Parameters
    ----------
    n_concepts : int, default 64
    n_dims : int, default 25
        Principal components.
    alpha : float, default 2.0
        Of the Dirichlet distribution: small values give an image few concepts.
    max_epochs : int, default 50
    tol : float, default 1e-3
        Stop when no mean moves by more than this share of the data's spread.
    random_state : int, default 0
        Of k-means, from which means start.

    Attributes
    ----------
    components_ : ndarray (n_concepts, n_dims), float32
        Unit directions from the mean of the data to the mean of each concept's patches.
    bias_ : ndarray (n_dims,), float32
        Mean of the data.
    distances_ : ndarray (n_concepts,), float32
        Of the concepts' means from the mean of the data.
    weights_ : ndarray (n_concepts,), float32
        Share of the patches that each concept explains.
    n_core_ : int
        n_concepts.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import PACE
    >>> rng = np.random.default_rng(0)
    >>> patches = (4 * np.eye(16)[rng.integers(0, 4, 300)] + rng.normal(size=(300, 16))).astype(
    ...     "float32"
    ... )
    >>> images = np.repeat(np.arange(30), 10)
    >>> pace = PACE(4, n_dims=4).fit(patches, groups=images)
    >>> pace.proportions(patches, images).shape
    (30, 4)

    Source: Wang, Tan and Wang 2024, "Probabilistic conceptual explainers: trustworthy conceptual
    explanations for vision foundation models", arXiv 2406.12649, without its terms of the
    predictions of one model.
    """

    _learnt: ClassVar[tuple[str, ...]] = (
        "components_",
        "bias_",
        "distances_",
        "weights_",
        "axes_",
        "means_",
        "roots_",
    )

    distances_: Floats
    weights_: Floats
    axes_: Floats
    means_: Floats
    roots_: Floats

    def __init__(
        self,
        n_concepts: int = 64,
        *,
        n_dims: int = 25,
        alpha: float = 2.0,
        max_epochs: int = 50,
        tol: float = 1e-3,
        random_state: int = 0,
    ) -> None:
        self.n_concepts = n_concepts
        self.n_dims = n_dims
        self.alpha = alpha
        self.max_epochs = max_epochs
        self.tol = tol
        self.random_state = random_state

    def fit(self, X: Any, y: None = None, *, groups: Any = None, sample_weight: Any = None) -> Self:
        """Learn concepts of patches X (n_patches, n_dims).

        Parameters
        ----------
        X : array_like
        y : ignored
        groups : array_like (n_patches,), optional
            The image of each patch.
        sample_weight : array_like (n_patches,), optional
            How much each patch counts, such as a model's attention to it.

        Raises
        ------
        InputError
            For vectors that are not finite, fewer patches than concepts, groups or weights of
            another length, or a parameter out of range.
        """
        X = check_vectors(X, minimum=2)
        images, weight = _images(groups, len(X)), check_weights(sample_weight, len(X))
        if weight is None:
            weight = np.ones(len(X))
        else:
            there = weight > 0
            X, images, weight = X[there], images[there], weight[there]
        self._check_sizes(X, "n_dims", "alpha", "max_epochs")
        self.bias_ = np.average(X, axis=0, weights=weight).astype(np.float32)
        R = self._project(X, weight)
        spread = float(np.sqrt(np.average(R**2, axis=0, weights=weight).sum())) or 1.0
        p, before = self._start(R, weight), np.array(np.inf)
        for _ in range(self.max_epochs):
            self._gaussians(R, p * weight[:, None], 1e-4 * spread**2 / R.shape[1])
            if np.abs(self.means_ - before).max() < self.tol * spread:
                break
            p, before = self._infer(R, images, weight)[0], self.means_
        self._name_directions(X, p * weight[:, None])
        return self

    def _project(self, X: Floats, weight: Floats) -> Floats:
        """Principal components (n_patches, m) of X, which become the space of the Gaussians."""
        off = (X - self.bias_) * np.sqrt(weight / weight.sum())[:, None]
        few, n = min(self.n_dims, *X.shape), X.shape[1]
        self.axes_ = (
            eigh(off.T @ off, subset_by_index=[n - few, n - 1])[1].T[::-1].astype(np.float32)
        )
        return np.asarray((X - self.bias_) @ self.axes_.T, dtype=np.float64)

    def _start(self, R: Floats, weight: Floats) -> Floats:
        """Probabilities (n_patches, n_concepts) that are 0 or 1: clusters of k-means."""
        from sklearn.cluster import MiniBatchKMeans

        learner = MiniBatchKMeans(
            self.n_concepts, n_init=1, batch_size=4096, random_state=self.random_state
        )
        return np.asarray(np.eye(self.n_concepts)[learner.fit(R, sample_weight=weight).labels_])

    def _gaussians(self, R: Floats, p: Floats, least: float) -> None:
        """Means, and inverse roots of covariances, from weighted probabilities; a concept without
        patches keeps the data's.
        """
        mass = p.sum(0) + 1e-9
        self.means_ = (p.T @ R) / mass[:, None]
        whole = np.cov(R.T, aweights=p.sum(1), ddof=0).reshape(R.shape[1], R.shape[1])
        roots = []
        for k, m in enumerate(mass):
            off = R - self.means_[k]
            scatter = (off * p[:, k, None]).T @ off
            # one patch of the data's own spread: a weak prior
            covariance = (scatter + whole) / (m + 1) + least * np.eye(R.shape[1])
            roots.append(
                solve_triangular(cholesky(covariance, lower=True), np.eye(R.shape[1]), lower=True).T
            )
        self.roots_ = np.array(roots)

    def _infer(self, R: Floats, images: NDArray[np.int64], weight: Floats) -> tuple[Floats, Floats]:
        """Probabilities of patches (n_patches, n_concepts), and what the images' Dirichlet
        distributions become (n_images, n_concepts).
        """
        likely = np.empty((len(R), len(self.means_)))
        for k, (mean, root) in enumerate(zip(self.means_, self.roots_, strict=True)):
            likely[:, k] = np.log(np.diagonal(root)).sum() - 0.5 * (((R - mean) @ root) ** 2).sum(1)
        p, counts = softmax(likely, axis=1), csr_array((weight, (images, np.arange(len(R)))))
        for _ in range(_TURNS):
            gamma = self.alpha + counts @ p
            share = digamma(gamma) - digamma(gamma.sum(1, keepdims=True))
            p = softmax(likely + share[images], axis=1)
        return p, np.asarray(self.alpha + counts @ p)

    def _name_directions(self, X: Floats, p: Floats) -> None:
        """Concepts in the space of the vectors."""
        mass = p.sum(0)
        # guards a concept without patches
        means = np.asarray(p.T @ (X - self.bias_)) / np.maximum(mass, 1e-9)[:, None]
        lengths = np.linalg.norm(means, axis=1)
        none = lengths < 1e-9
        means[none], lengths[none] = self.means_[none] @ self.axes_, 0.0
        self.components_ = unit(means).astype(np.float32)
        self.distances_, self.weights_ = (
            lengths.astype(np.float32),
            (mass / mass.sum()).astype(np.float32),
        )
        self.n_core_, self.n_features_in_ = self.components_.shape

    def _randomise(self, rng: np.random.Generator) -> None:
        super()._randomise(rng)
        self.means_ = (self.components_ * self.distances_[:, None]) @ self.axes_.T

    def proportions(self, X: Any, groups: Any) -> Floats:
        """Expected proportions of concepts in images (n_images, n_concepts), sorted by group, of
        their patches X (n_patches, n_dims).

        Raises
        ------
        InputError
            For vectors of another width, or groups of another length.
        """
        X = check_vectors(X, n_dims=self.n_features_in_, owner=type(self).__name__)
        gamma = self._infer(
            (X - self.bias_) @ self.axes_.T, _images(groups, len(X)), np.ones(len(X))
        )[1]
        return np.asarray(gamma / gamma.sum(1, keepdims=True), dtype=np.float32)

    def _encode(self, X: Floats) -> csr_array:
        batches = []
        for _, x in row_batches(X, 4096):
            p = self._infer((x - self.bias_) @ self.axes_.T, np.arange(len(x)), np.ones(len(x)))[0]
            batches.append(csr_array(np.where(p > _LEAST, p, 0) * self.distances_))
        return csr_array(vstack(batches, format="csr", dtype=np.float32))


def _images(groups: Any, n: int) -> NDArray[np.int64]:
    """Numbers (n,) of the images, from 0."""
    if groups is None:
        return np.arange(n)
    given = np.asarray(groups)
    given = given.astype(str) if given.dtype == object else given
    if given.shape != (n,):
        raise InputError(f"groups of shape {given.shape}: give the image of each of {n} patches")
    return np.asarray(np.unique(given, return_inverse=True)[1])
