"""Means and covariances of all classes made equal."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from begriff.erasers._labelled import LabelledEraser
from begriff.erasers._targets import checked, found_classes, members
from begriff.linalg.shrinkage import optimal_linear_shrinkage
from begriff.linalg.transport import barycentre, transport

__all__ = ["QLEACE"]


class QLEACE(LabelledEraser):
    """Every class carried to the mean of all items and to one covariance, at the least cost: no
    quadratic probe tells the label.

    x -> T_c (x - mean_c) + mean, where T_c is the optimal transport from the covariance of class c
    to the Wasserstein barycentre of all. Classes weigh by their frequency, in the barycentre and in
    the mean, so the mean of all items stays where it is.

    Parameters
    ----------
    shrinkage : bool, default True
        Whether the covariances are shrunk towards multiples of the identity; needed for classes
        with fewer items than several times the dimensions. Only without it are the covariances of
        the items fitted equal to the last digit.

    Attributes
    ----------
    mean_ : ndarray (n_dims,), float64
    means_ : ndarray (n_classes, n_dims), float64
    maps_ : ndarray (n_classes, n_dims, n_dims), float64
        T_c; symmetric.
    covariance_ : ndarray (n_dims, n_dims), float64
        The barycentre.
    classes_ : ndarray (n_classes,)
    n_features_in_ : int
        n_dims.

    Examples
    --------
    >>> from begriff.erasers import QLEACE
    >>> QLEACE(shrinkage=False).fit_transform(
    ...     [[0.0], [2.0], [10.0], [16.0]], [0, 0, 1, 1]
    ... ).ravel().round(6).tolist()
    [5.0, 9.0, 5.0, 9.0]

    Source: Belrose et al. 2023, arXiv 2306.03819, and its quadratic extension in the authors'
    concept-erasure.
    """

    _learnt: ClassVar[tuple[str, ...]] = ("mean_", "means_", "maps_", "covariance_")

    def __init__(self, *, shrinkage: bool = True) -> None:
        self.shrinkage = shrinkage

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from X (n_items, n_dims) and labels y (n_items,), at least two items of each.

        Raises
        ------
        InputError
            For vectors that are not finite, another number of labels than items, numbers, labels of
            one class, or a class of one item.
        """
        X, labels = checked(self, X, y, minimum=2)
        self.classes_ = found_classes(labels, type(self).__name__, minimum=2)
        place = members(labels, self.classes_)
        groups = [X[place == c].astype(np.float64) for c in range(len(self.classes_))]
        self.mean_ = X.mean(axis=0, dtype=np.float64)
        self.means_ = np.stack([g.mean(axis=0) for g in groups])
        covariances = np.stack(
            [self._covariance(g - m) for g, m in zip(groups, self.means_, strict=True)]
        )
        self.covariance_ = barycentre(covariances, [len(g) for g in groups])
        self.maps_ = np.stack([transport(c, self.covariance_) for c in covariances])
        return self

    def _covariance(self, centred: NDArray[np.float64]) -> NDArray[np.float64]:
        covariance = centred.T @ centred / len(centred)
        return optimal_linear_shrinkage(covariance, len(centred)) if self.shrinkage else covariance

    def _edited(self, X: NDArray[np.float64], targets: NDArray[Any]) -> NDArray[np.float64]:
        place = members(targets, self.classes_)
        edited = np.empty_like(X)
        for c in np.unique(place):
            edited[place == c] = self.mean_ + (X[place == c] - self.means_[c]) @ self.maps_[c]
        return edited
