"""Erasers that have to be told the label of what they edit."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from begriff.erasers._targets import checked
from begriff.kinds import Eraser
from begriff.kinds.checks import Floats

__all__ = ["LabelledEraser"]


class LabelledEraser(Eraser):
    """Vectors and their labels -> vectors of the same width from which the labels are gone.

    Not a step of a pipeline, as ``transform`` takes labels too. In return the change is smaller, or
    more is removed, than an edit can that sees the vectors alone.

    Attributes
    ----------
    mean_ : ndarray (n_dims,), float64
        What the mean of all items stays at.
    classes_ : ndarray (n_classes,)
        Labels that ``transform`` knows.
    n_features_in_ : int
        n_dims.
    """

    needs_labels: ClassVar[bool] = True

    classes_: NDArray[Any]

    @abstractmethod
    def _edited(self, X: NDArray[np.float64], targets: NDArray[Any]) -> NDArray[np.float64]:
        """Edited vectors of checked ones."""

    def transform(self, X: Any, y: Any = None) -> Floats:
        """Edited vectors (n_items, n_dims), float64 for float64 and float32 otherwise, of X and
        what y says about each item.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        InputError
            For another width, NaN or infinity, another number of labels than items, or a label that
            was not fitted.
        """
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self, "mean_")
        X, targets = checked(self, X, y, reset=False)
        return np.asarray(self._edited(X.astype(np.float64), targets).astype(X.dtype))

    def fit_transform(self, X: Any, y: Any) -> Floats:
        """Learn from X and y, and edit X by y."""
        return self.fit(X, y).transform(X, y)
