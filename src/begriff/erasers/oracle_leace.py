"""The least change that removes what is known about each item."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from begriff.erasers._labelled import LabelledEraser
from begriff.erasers._targets import (
    are_labels,
    as_numbers,
    checked,
    found_classes,
    one_hot,
    spreads,
)
from begriff.errors import InputError

__all__ = ["OracleLEACE"]


class OracleLEACE(LabelledEraser):
    """Vectors less what a linear regression on the targets says about them: x - Sxz Szz^+ (z - mean
    z).

    No linear probe tells the targets on the items fitted, and the change is smaller than LEACE's,
    as it goes by each item's own targets. For labels it is the same as MeanMatching; it also takes
    numbers.

    Attributes
    ----------
    mean_ : ndarray (n_dims,), float64
        Mean of the items.
    target_mean_ : ndarray (n_targets,), float64
    coef_ : ndarray (n_targets, n_dims), float64
        What a unit of each target adds to a vector.
    classes_ : ndarray (n_classes,)
        Absent for numbers.
    n_features_in_ : int
        n_dims.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.erasers import OracleLEACE
    >>> z = np.array([0.5, 1.0, 1.5, 2.0])
    >>> OracleLEACE().fit_transform(3 * z[:, None], z).ravel().round(6).tolist()
    [3.75, 3.75, 3.75, 3.75]

    Source: Belrose et al. 2023, arXiv 2306.03819.
    """

    _learnt: ClassVar[tuple[str, ...]] = ("mean_", "target_mean_", "coef_")

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from X (n_items, n_dims) and y: labels (n_items,), or numbers (n_items,) or
        (n_items, n_targets).

        Raises
        ------
        InputError
            For vectors or targets that are not finite, another number of targets than items, or
            targets that are all the same.
        """
        X, targets = checked(self, X, y, minimum=2)
        self.__dict__.pop("classes_", None)
        if are_labels(targets):
            self.classes_ = found_classes(targets, type(self).__name__)
        Z = self._numbers(targets)
        self.mean_, self.target_mean_ = X.mean(axis=0, dtype=np.float64), Z.mean(axis=0)
        Z = Z - self.target_mean_
        spread = spreads((Z**2).sum(axis=0), self.target_mean_, len(Z))
        # indicators sum to 1: one is redundant
        self.coef_ = np.linalg.lstsq(Z / spread, X - self.mean_, rcond=1e-12)[0] / spread[:, None]
        return self

    def _numbers(self, targets: NDArray[Any]) -> NDArray[np.float64]:
        if not hasattr(self, "classes_"):
            return as_numbers(targets)
        if not are_labels(targets):
            raise InputError(
                f"y of shape {targets.shape} holds numbers where labels were fitted: give labels"
            )
        return one_hot(targets, self.classes_)

    def _edited(self, X: NDArray[np.float64], targets: NDArray[Any]) -> NDArray[np.float64]:
        Z = self._numbers(targets)
        if Z.shape[1] != len(self.target_mean_):
            raise InputError(
                f"y has {Z.shape[1]} targets where {len(self.target_mean_)} were fitted: give the"
                " same ones"
            )
        return np.asarray(X - (Z - self.target_mean_) @ self.coef_)
