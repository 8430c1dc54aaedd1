"""Draw a concept's activation given the other concepts: what conditional tests compare with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.importance._kernels import rows
from begriff.kinds.checks import Floats

__all__ = ["ConditionalSampler", "GaussianSampler", "KernelSampler"]


class ConditionalSampler(Protocol):
    """What conditional and local tests ask of a sampler; write one where the law of the concepts is
    known.
    """

    def draw(self, Z: Floats, concept: int, rng: np.random.Generator) -> Floats:
        """Activations (n_items,) of one concept, given all other columns of Z (n_items,
        n_concepts).
        """

    def complete(self, z: Floats, given: Sequence[int], n: int, rng: np.random.Generator) -> Floats:
        """n items like those with the activations z (n_concepts,) of the concepts ``given``: rows
        of what the model takes.
        """


class GaussianSampler:
    """Concepts that are jointly normal: exact where mean and covariance are known.

    Parameters
    ----------
    mean : array_like (n_concepts,), optional
    covariance : array_like (n_concepts, n_concepts), optional
        Both, or neither: then ``fit`` estimates them, and tests are only as good as the estimate.

    Attributes
    ----------
    mean_ : ndarray (n_concepts,), float64
    covariance_ : ndarray (n_concepts, n_concepts), float64

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.importance import GaussianSampler
    >>> sampler = GaussianSampler(mean=[0, 0], covariance=[[1, 0.9], [0.9, 1]])
    >>> drawn = sampler.draw(np.full((1000, 2), 2.0), 0, np.random.default_rng(0))
    >>> bool(abs(drawn.mean() - 1.8) < 0.05)
    True

    Source: Candes et al. 2018 (model-X), arXiv 1610.02351.
    """

    def __init__(self, *, mean: Any = None, covariance: Any = None) -> None:
        if (mean is None) != (covariance is None):
            raise InputError(
                "mean and covariance belong together: give both, or neither and call fit"
            )
        self.mean, self.covariance = mean, covariance
        if mean is not None:
            self.mean_ = np.asarray(mean, dtype=np.float64).ravel()
            self.covariance_ = np.asarray(covariance, dtype=np.float64)
            if self.covariance_.shape != (len(self.mean_), len(self.mean_)):
                raise InputError(
                    f"covariance has shape {self.covariance_.shape}: expected"
                    f" {(len(self.mean_), len(self.mean_))}"
                )

    def fit(self, Z: Any) -> Self:
        """Estimate mean and (Ledoit-Wolf) covariance from Z (n_items, n_concepts)."""
        from sklearn.covariance import ledoit_wolf

        Z = rows(Z, name="Z").T
        self.mean_, self.covariance_ = Z.mean(0), ledoit_wolf(Z)[0]
        return self

    def draw(self, Z: Floats, concept: int, rng: np.random.Generator) -> Floats:
        """Activations (n_items,) of one concept, given all other columns of Z (n_items,
        n_concepts).
        """
        others = np.delete(np.arange(len(self._mean())), concept)
        slope, left = self._conditional([concept], others)
        centre = self.mean_[concept] + (Z[:, others] - self.mean_[others]) @ slope[:, 0]
        return centre + np.sqrt(max(left[0, 0], 0.0)) * rng.standard_normal(len(Z))

    def complete(self, z: Floats, given: Sequence[int], n: int, rng: np.random.Generator) -> Floats:
        """Concepts (n, n_concepts) drawn given the activations z (n_concepts,) of the concepts
        ``given``.
        """
        known = np.asarray(given, dtype=np.int64)
        free = np.setdiff1d(np.arange(len(self._mean())), known)
        slope, left = self._conditional(free, known)
        made = np.tile(np.asarray(z, dtype=np.float64), (n, 1))
        centre = self.mean_[free] + (made[0, known] - self.mean_[known]) @ slope
        made[:, free] = (
            rng.multivariate_normal(centre, left, size=n, method="eigh") if len(free) else 0.0
        )
        return made

    def _conditional(self, free: Any, known: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Slopes (n_known, n_free) on the known concepts, and the covariance (n_free, n_free) that
        is left.
        """
        cross = self.covariance_[np.ix_(known, free)]
        slope = (
            np.linalg.lstsq(self.covariance_[np.ix_(known, known)], cross, rcond=None)[0]
            if len(known)
            else cross
        )
        left = self.covariance_[np.ix_(free, free)] - slope.T @ cross
        return slope, (left + left.T) / 2

    def _mean(self) -> Floats:
        if not hasattr(self, "mean_"):
            raise InputError(
                "this GaussianSampler knows no law: give mean and covariance, or call fit"
            )
        return self.mean_


class KernelSampler:
    """Concepts of reference items whose other concepts are near, with Gaussian weights.

    Parameters
    ----------
    n_near : int, default 50
        The kernel's width is half the distance to the so many-th nearest reference item: an
        effective number of neighbours.
    smooth : bool, default True
        Whether noise of the weighted density's own width is added to a drawn activation, so that
        draws are not copies; drawn to the mean so that the variance stays, which the source's
        density does not do.
    linear : bool, default True
        Whether a ridge regression on the other concepts is taken off first and only what it leaves
        is drawn from neighbours; without it draws lag behind every slope, the more the higher the
        dimension.

    Attributes
    ----------
    reference_ : ndarray (n_reference, n_concepts), float64
    vectors_ : ndarray (n_reference, n_dims)
        What ``complete`` returns rows of.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.importance import KernelSampler
    >>> rng = np.random.default_rng(0)
    >>> first = rng.normal(size=(2000, 1))
    >>> Z = np.hstack([first, first + 0.1 * rng.normal(size=(2000, 1))])
    >>> drawn = KernelSampler().fit(Z[:1000]).draw(Z[1000:], 0, rng)
    >>> bool(np.corrcoef(drawn, Z[1000:, 1])[0, 1] > 0.95)
    True

    Source: after the sampler of Teneggi and Sulam 2024, arXiv 2405.19146 (Nadaraya-Watson weights,
    weighted density).
    """

    def __init__(self, *, n_near: int = 50, smooth: bool = True, linear: bool = True) -> None:
        self.n_near = n_near
        self.smooth = smooth
        self.linear = linear

    def fit(self, Z: Any, vectors: Any = None) -> Self:
        """Keep reference items: concepts Z (n_reference, n_concepts) and, for ``complete``, vectors
        (n_reference, n_dims); Z by default.

        Items that are tested must not be among them.
        """
        self.reference_ = np.ascontiguousarray(rows(Z, name="Z").T)
        self.vectors_ = self.reference_ if vectors is None else np.asarray(vectors)
        if not 1 <= self.n_near <= len(self.reference_):
            raise InputError(
                f"n_near={self.n_near}: with {len(self.reference_)} reference items give 1 to"
                f" {len(self.reference_)}"
            )
        if len(self.vectors_) != len(self.reference_):
            raise InputError(
                f"{len(self.vectors_)} vectors for {len(self.reference_)} reference items: give one"
                " each"
            )
        return self

    def draw(self, Z: Floats, concept: int, rng: np.random.Generator) -> Floats:
        """Activations (n_items,) of one concept, given all other columns of Z (n_items,
        n_concepts).
        """
        others = np.delete(np.arange(self._fitted().shape[1]), concept)
        known, target = self.reference_[:, others], self.reference_[:, concept]
        made = np.zeros(len(Z))
        if self.linear:
            from sklearn.linear_model import RidgeCV

            model = RidgeCV(alphas=np.geomspace(1e-3, 1e3, 7)).fit(known, target)
            target, made = target - model.predict(known), model.predict(Z[:, others])
        for start in range(0, len(Z), 512):
            part = slice(start, start + 512)
            made[part] += self._from_near(Z[part][:, others], known, target, rng)
        return made

    def complete(self, z: Floats, given: Sequence[int], n: int, rng: np.random.Generator) -> Floats:
        """Vectors (n, n_dims) of reference items drawn by how near they are to z (n_concepts,) in
        the concepts ``given``.
        """
        known = self._fitted()[:, np.asarray(given, dtype=np.int64)]
        weight = self._weights(
            np.asarray(z, dtype=np.float64)[None, np.asarray(given, dtype=np.int64)], known
        )[0]
        return self.vectors_[rng.choice(len(known), size=n, p=weight)]

    def _from_near(
        self, at: Floats, known: Floats, target: Floats, rng: np.random.Generator
    ) -> Floats:
        """Targets (n,) drawn for the places at (n, n_given) from reference items at known
        (n_reference, n_given).
        """
        weight = self._weights(at, known)
        cumulated = weight.cumsum(1)
        picked = (cumulated < rng.random(len(at))[:, None] * cumulated[:, -1:]).sum(1)
        made = target[np.minimum(picked, len(target) - 1)]
        if self.smooth:
            mean = weight @ target
            spread = np.sqrt(np.maximum(weight @ target**2 - mean**2, 0))  # guards rounding below 0
            noise = (weight**2).sum(1) ** 0.2  # Scott's rule: n_effective^(-1/5)
            made = mean + (made - mean + noise * spread * rng.standard_normal(len(at))) / np.sqrt(
                1 + noise**2
            )
        return made

    def _weights(self, at: Floats, known: Floats) -> Floats:
        """Weights (n, n_reference) that sum to 1 over the reference items."""
        from scipy.spatial.distance import cdist

        squared = (
            cdist(at, known, "sqeuclidean") if known.shape[1] else np.zeros((len(at), len(known)))
        )
        far = np.partition(squared, self.n_near - 1, axis=1)[:, [self.n_near - 1]]
        # the nearest weighs 1: guards items that are far from all
        squared -= squared.min(1, keepdims=True)
        weight = np.exp(-2 * squared / np.maximum(far, 1e-300))  # guards n_near equal items
        return weight / weight.sum(1, keepdims=True)

    def _fitted(self) -> Floats:
        if not hasattr(self, "reference_"):
            raise InputError(
                "this KernelSampler has no reference items: call fit with items other than the"
                " tested ones"
            )
        return self.reference_
