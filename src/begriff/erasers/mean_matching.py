"""Class means moved onto one point."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from begriff.erasers._labelled import LabelledEraser
from begriff.erasers._targets import checked, found_classes, members, one_hot

__all__ = ["MeanMatching"]


class MeanMatching(LabelledEraser):
    """Every class shifted as a whole, so that its mean is the mean of all items.

    Distances within a class stay as they are. No linear probe tells the label on the items fitted.

    Attributes
    ----------
    mean_ : ndarray (n_dims,), float64
    means_ : ndarray (n_classes, n_dims), float64
    classes_ : ndarray (n_classes,)
    n_features_in_ : int
        n_dims.

    Examples
    --------
    >>> from begriff.erasers import MeanMatching
    >>> MeanMatching().fit_transform(
    ...     [[0.0], [2.0], [10.0], [12.0]], ["a", "a", "b", "b"]
    ... ).ravel().tolist()
    [5.0, 7.0, 5.0, 7.0]

    Source: Singh et al. 2024 (mean matching), arXiv 2402.09631.
    """

    _learnt: ClassVar[tuple[str, ...]] = ("mean_", "means_")

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from X (n_items, n_dims) and labels y (n_items,).

        Raises
        ------
        InputError
            For vectors that are not finite, another number of labels than items, numbers, or labels
            of one class.
        """
        X, labels = checked(self, X, y, minimum=2)
        self.classes_ = found_classes(labels, type(self).__name__)
        Z = one_hot(labels, self.classes_)
        self.mean_ = X.mean(axis=0, dtype=np.float64)
        self.means_ = self.mean_ + (Z / Z.sum(axis=0)).T @ (X - self.mean_)
        return self

    def _edited(self, X: NDArray[np.float64], targets: NDArray[Any]) -> NDArray[np.float64]:
        return X + (self.mean_ - self.means_)[members(targets, self.classes_)]
