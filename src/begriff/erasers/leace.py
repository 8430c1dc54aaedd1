"""Least-squares concept erasure."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from begriff.erasers._targets import (
    are_labels,
    as_numbers,
    checked,
    found_classes,
    one_hot,
    spreads,
)
from begriff.errors import InputError
from begriff.kinds import Eraser
from begriff.linalg.moments import Moments
from begriff.linalg.shrinkage import optimal_linear_shrinkage
from begriff.linalg.whitening import whitener

__all__ = ["LEACE"]


class LEACE(Eraser):
    """The affine edit after which no linear probe tells the concept, and which changes the vectors
    least.

    P = I - W^+ U U' W, where W whitens the vectors and U spans their covariance with the targets.
    On the items fitted, edited vectors have no covariance with the targets, so a constant is as
    good as any linear probe. Among all affine edits that achieve this it has the smallest mean
    squared change, in any inner product, and the variance of the items fitted cannot grow, with or
    without shrinkage: the guard that implementations in float32 have against it is not needed.
    Nothing is said about curved probes.

    Parameters
    ----------
    shrinkage : bool, default True
        Whether the covariance of the vectors is shrunk towards a multiple of the identity. What is
        removed stays complete; the change is the least on unseen items instead of those fitted.
        Needed where there are fewer items than several times the dimensions.
    affine : bool, default True
        Whether the mean stays where it is; else the edit is linear about the origin.
    tol : float, default 1e-08
        Directions whose correlation with the targets is below count as free of the concept. Targets
        are standardised first, so a rare concept is held to the same measure as a frequent one.

    Attributes
    ----------
    matrix_ : ndarray (n_dims, n_dims), float64
        Of rank n_dims minus the rank of the concept; solved for when first asked for after
        ``partial_fit``.
    mean_ : ndarray (n_dims,), float64
        Mean of the items, or zeros.
    moments_ : Moments
        Running statistics; all that is kept of the items.
    classes_ : ndarray (n_classes,)
        Labels so far; absent for numbers.
    n_features_in_ : int
        n_dims.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.erasers import LEACE
    >>> X = np.random.default_rng(0).normal(size=(500, 4))
    >>> eraser = LEACE().fit(X, X[:, 0] > 0)
    >>> erased = eraser.transform(X)
    >>> bool(abs(erased[X[:, 0] > 0].mean(0) - erased[X[:, 0] <= 0].mean(0)).max() < 1e-12)
    True

    Source: Belrose et al. 2023, arXiv 2306.03819.
    """

    streams: ClassVar[bool] = True

    def __init__(self, *, shrinkage: bool = True, affine: bool = True, tol: float = 1e-8) -> None:
        self.shrinkage = shrinkage
        self.affine = affine
        self.tol = tol

    @property
    def matrix_(self) -> NDArray[np.float64]:
        """What deviations from ``mean_`` are multiplied by."""
        if self.__dict__.get("_matrix") is None:
            if not hasattr(self, "moments_"):
                raise AttributeError("matrix_")  # so that scikit-learn sees that nothing was fitted
            self._matrix = self._solved()
        return self._matrix

    @matrix_.setter
    def matrix_(self, value: NDArray[np.float64]) -> None:
        self._matrix = value

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from X (n_items, n_dims) and y: labels (n_items,), or numbers (n_items,) or
        (n_items, n_targets).

        One column without fractions is read as labels, anything else as numbers.

        Raises
        ------
        InputError
            For vectors or targets that are not finite, another number of targets than items, or
            targets that are all the same.
        """
        X, targets = checked(self, X, y, minimum=2)
        if are_labels(targets):
            found_classes(targets, type(self).__name__)
        for learnt in ("moments_", "classes_"):
            self.__dict__.pop(learnt, None)
        self._take(X, targets, None)
        self.matrix_ = self._solved()
        return self

    def partial_fit(self, X: Any, y: Any, classes: ArrayLike | None = None) -> Self:
        """Take in a batch; batches in any order give what ``fit`` gives on all of them.

        A batch may hold a single item or a single class. Whether y holds labels or numbers is
        decided by the first batch; labels that come up later are added, unless ``classes``
        (n_classes,) were given with the first batch: then others are refused.

        Raises
        ------
        InputError
            As ``fit``; for a label that is not among ``classes``, or an eraser that was loaded and
            holds no statistics.
        """
        first = not hasattr(self, "moments_")
        if first and self.__dict__.get("_matrix") is not None:
            raise InputError(
                "this LEACE was loaded and holds no statistics to add to: fit a new one on all the"
                " items"
            )
        X, targets = checked(self, X, y, reset=first)
        self._take(X, targets, classes)
        return self

    def _take(self, X: NDArray[Any], targets: NDArray[Any], classes: ArrayLike | None) -> None:
        """Statistics of a batch, merged with those so far."""
        if not hasattr(self, "moments_"):
            self._fixed = classes is not None
            if self._fixed or are_labels(targets):
                self.classes_ = np.unique(targets if classes is None else np.asarray(classes))
        if hasattr(self, "classes_"):
            Z = self._indicators(targets)
        else:
            Z = as_numbers(targets)
        if not hasattr(self, "moments_"):
            self.moments_ = Moments.empty(X.shape[1], Z.shape[1])
        if Z.shape[1] != len(self.moments_.mean_z):
            raise InputError(
                f"y has {Z.shape[1]} targets, earlier batches had {len(self.moments_.mean_z)}: give"
                " the same ones"
            )
        self.moments_.update(X, Z)
        self.mean_ = self.moments_.mean_x.copy() if self.affine else np.zeros(X.shape[1])
        self._matrix = None  # type: ignore[assignment]

    def _indicators(self, labels: NDArray[Any]) -> NDArray[np.float64]:
        """One-hot labels; classes that were not known get a target that has been 0 so far."""
        if not are_labels(labels):
            raise InputError(
                f"y of shape {labels.shape} holds numbers, earlier batches had labels: give labels"
            )
        known = self.classes_
        if not self._fixed:
            self.classes_ = np.union1d(known, labels)
            if hasattr(self, "moments_") and len(self.classes_) > len(known):
                self.moments_ = self.moments_.spread(
                    np.searchsorted(self.classes_, known), len(self.classes_)
                )
        return one_hot(labels, self.classes_)

    def _solved(self) -> NDArray[np.float64]:
        """The matrix that the statistics so far call for."""
        if self.tol <= 0:
            raise InputError(
                f"tol={self.tol}: must be above 0, or rounding noise would be removed as well"
            )
        m = self.moments_
        covariance = m.xx / m.n
        W, V = whitener(optimal_linear_shrinkage(covariance, m.n) if self.shrinkage else covariance)
        U, correlation, _ = np.linalg.svd(
            W @ (m.xz / m.n / spreads(np.diag(m.zz), m.mean_z, m.n)), full_matrices=False
        )
        U = U[:, correlation > self.tol]
        return np.asarray(np.eye(len(V)) - (U.T @ W).T @ (V @ U).T)
