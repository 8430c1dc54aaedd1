"""Least-squares concept erasure."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

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
from begriff.kinds.eraser import EraserFitter
from begriff.linalg.moments import Moments
from begriff.linalg.shrinkage import optimal_linear_shrinkage
from begriff.linalg.whitening import whitener

__all__ = ["LEACE", "LEACEFitter"]


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
        Of rank n_dims minus the rank of the concept.
    mean_ : ndarray (n_dims,), float64
        Mean of the items, or zeros.
    classes_ : ndarray (n_classes,)
        Labels; absent for numbers.
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

    Vectors that do not fit into memory come in batches:

    >>> fitter = LEACE().fitter()
    >>> for batch in (slice(0, 250), slice(250, 500)):
    ...     fitter = fitter.update(X[batch], X[batch, 0] > 0)
    >>> bool(np.allclose(fitter.eraser().transform(X), erased))
    True

    Source: Belrose et al. 2023, arXiv 2306.03819.
    """

    streams: ClassVar[bool] = True

    def __init__(self, *, shrinkage: bool = True, affine: bool = True, tol: float = 1e-8) -> None:
        self.shrinkage = shrinkage
        self.affine = affine
        self.tol = tol

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
        return self._freeze(self.fitter().update(X, targets))

    def fitter(self, classes: Any = None) -> LEACEFitter:
        """A fitter with these parameters; batches in any order give what ``fit`` gives on all of
        them.

        Parameters
        ----------
        classes : array_like (n_classes,), optional
            All labels that may come; others are refused. Without them, a label that comes up in a
            later batch is added.
        """
        return LEACEFitter(self, classes)

    def _freeze(self, fitter: LEACEFitter) -> Self:
        """Solve for the statistics of a fitter."""
        m = fitter.moments
        self.matrix_ = _solve(m, shrinkage=self.shrinkage, tol=self.tol)
        self.mean_ = m.mean_x.copy() if self.affine else np.zeros(len(m.mean_x))
        self.n_features_in_ = len(self.mean_)
        self.__dict__.pop("classes_", None)
        if fitter.classes is not None:
            self.classes_ = fitter.classes
        return self


class LEACEFitter(EraserFitter):
    """Running statistics of vectors and targets, from which a :class:`LEACE` is solved.

    A batch may hold a single item or a single class. Whether targets are labels or numbers is
    decided by the first batch.

    Parameters
    ----------
    eraser : LEACE
        Whose parameters count.
    classes : array_like (n_classes,), optional
        All labels that may come.

    Attributes
    ----------
    moments : Moments
        All that is kept of the items.
    classes : ndarray (n_classes,) or None
        Labels so far; None for numbers.
    n_features_in_ : int
        n_dims.
    """

    moments: Moments
    classes: NDArray[Any] | None
    n_features_in_: int

    def __init__(self, eraser: LEACE, classes: ArrayLike | None = None) -> None:
        self._eraser = clone(eraser)
        self._has_all_classes = classes is not None
        self._is_empty = True
        self.classes = None if classes is None else np.unique(np.asarray(classes))

    def update(self, X: Any, y: Any) -> Self:
        """Take in a batch: X (n_items, n_dims) and labels y (n_items,), or numbers (n_items,) or
        (n_items, n_targets).

        Raises
        ------
        InputError
            As :meth:`LEACE.fit`; for a label that is not among ``classes``, or targets of another
            kind or width than before.
        """
        X, targets = checked(self._eraser, X, y, reset=self._is_empty)
        if self._is_empty and self.classes is None and are_labels(targets):
            self.classes = np.unique(targets)
        Z = as_numbers(targets) if self.classes is None else self._indicators(targets)
        if self._is_empty:
            self.moments, self._is_empty = Moments.empty(X.shape[1], Z.shape[1]), False
        if Z.shape[1] != len(self.moments.mean_z):
            raise InputError(
                f"y has {Z.shape[1]} targets, earlier batches had {len(self.moments.mean_z)}: give"
                " the same ones"
            )
        self.moments.update(X, Z)
        return self

    def eraser(self) -> LEACE:
        """The eraser of all batches so far.

        Raises
        ------
        InputError
            Before the first batch, or for targets that are all the same.
        """
        if self._is_empty:
            raise InputError("no batch was taken in yet: call update first")
        return clone(self._eraser)._freeze(self)

    def _indicators(self, labels: NDArray[Any]) -> NDArray[np.float64]:
        """One-hot labels; classes that were not known get a target that has been 0 so far."""
        if not are_labels(labels):
            raise InputError(
                f"y of shape {labels.shape} holds numbers, earlier batches had labels: give labels"
            )
        known = self.classes
        assert known is not None
        if not self._has_all_classes:
            self.classes = np.union1d(known, labels)
            if not self._is_empty and len(self.classes) > len(known):
                places = np.searchsorted(self.classes, known)
                self.moments = self.moments.spread(places, len(self.classes))
        assert self.classes is not None
        return one_hot(labels, self.classes)


def _solve(m: Moments, *, shrinkage: bool, tol: float) -> NDArray[np.float64]:
    """The matrix (n_dims, n_dims) that the statistics call for."""
    if tol <= 0:
        raise InputError(f"tol={tol}: must be above 0, or rounding noise would be removed as well")
    covariance = m.xx / m.n
    W, V = whitener(optimal_linear_shrinkage(covariance, m.n) if shrinkage else covariance)
    standardised = m.xz / m.n / spreads(np.diag(m.zz), m.mean_z, m.n)
    U, correlation, _ = np.linalg.svd(W @ standardised, full_matrices=False)
    U = U[:, correlation > tol]
    return np.asarray(np.eye(len(V)) - (U.T @ W).T @ (V @ U).T)
