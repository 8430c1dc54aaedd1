"""A direction learnt from items that are and are not something."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from begriff.errors import InputError
from begriff.kinds.checks import Floats, check_vectors

__all__ = ["Probe"]


class Probe(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """A direction learnt from items that are and are not something: decision = x . direction_ -
    threshold_.

    Attributes
    ----------
    direction_ : ndarray (n_dims,), float32
        Of length 1.
    threshold_ : float
        Where the decision changes sign.
    classes_ : ndarray (2,)
        Labels; the second one is what the probe stands for.
    n_features_in_ : int
        n_dims.
    """

    direction_: Floats
    threshold_: float
    classes_: NDArray[Any]
    n_features_in_: int

    @abstractmethod
    def _direction(self, X: Floats, positive: NDArray[np.bool_], weight: Floats) -> Floats:
        """A direction of any length (n_dims,) towards the positive items; weights (n_items,) sum to
        the same on each side.
        """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from X (n_items, n_dims), two labels y (n_items,) and weights (n_items,) within
        each label.

        Both labels weigh the same. The threshold lies midway between the means of both sides along
        the direction.

        Raises
        ------
        InputError
            For vectors that are not finite, another number of labels than items, or labels that are
            not of two kinds.
        """
        from sklearn.utils.multiclass import check_classification_targets
        from sklearn.utils.validation import column_or_1d

        if y is None:
            raise InputError(
                "a probe requires y to be passed, but the target y is None: give a label for every"
                " item"
            )
        X = check_vectors(X, minimum=2)
        labels = column_or_1d(y, warn=True)
        if labels.dtype.kind == "f" and not np.isfinite(labels).all():
            raise InputError("y contains NaN or infinity: give a label for every item")
        check_classification_targets(labels)
        if len(labels) != len(X):
            raise InputError(
                f"{len(X)} items and {len(labels)} labels: give one label for every item"
            )
        self.classes_ = np.unique(labels)
        if len(self.classes_) != 2:
            raise InputError(
                f"Only binary classification is supported: y holds {len(self.classes_)} class(es)"
                " where a probe needs exactly 2: give items that are and items that are not"
            )
        positive = labels == self.classes_[1]
        weight = _within(positive, sample_weight)
        direction = self._direction(X, positive, weight)
        # guards equal means
        self.direction_ = (direction / max(float(np.linalg.norm(direction)), 1e-12)).astype(
            np.float32
        )
        along = X @ self.direction_
        self.threshold_ = float((along * weight).sum() / weight.sum())
        self.n_features_in_ = X.shape[1]
        return self

    def decision_function(self, X: Any) -> Floats:
        """How far items (n_items,) lie beyond the threshold, in units of the vectors."""
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self, "direction_")
        X = check_vectors(X, n_dims=self.n_features_in_, owner=type(self).__name__)
        return np.asarray(X @ self.direction_ - np.float32(self.threshold_))

    def predict(self, X: Any) -> NDArray[Any]:
        """Labels (n_items,)."""
        above = self.decision_function(X) > 0
        return self.classes_[above.astype(int)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


def _within(positive: NDArray[np.bool_], weight: Any) -> Floats:
    """Weights (n_items,) that sum to the same among the positive items and among the others, to
    what was given in all.
    """
    given = np.ones(len(positive)) if weight is None else np.asarray(weight, dtype=np.float64)
    totals = (
        [float(given[m].sum()) for m in (~positive, positive)]
        if given.shape == positive.shape
        else [0.0]
    )
    if min(totals) <= 0 or (given < 0).any():
        raise InputError(
            f"sample_weight of shape {given.shape} leaves a class with weight zero or has a"
            f" negative one: give {len(positive)} weights of at least 0, some above 0 in each class"
        )
    return given * (sum(totals) / 2) / np.where(positive, totals[1], totals[0])
