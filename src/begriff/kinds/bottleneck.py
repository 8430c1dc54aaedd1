"""Concepts -> label."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

__all__ = ["Bottleneck"]


class Bottleneck(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """Concepts -> label, as one sum a class: logit = intercept_ + codes . coef_.

    Attributes
    ----------
    coef_ : ndarray (n_classes, n_concepts), float64
        Weights of raw codes; also for two classes one row each.
    intercept_ : ndarray (n_classes,), float64
    classes_ : ndarray (n_classes,)
    n_features_in_ : int
        n_concepts.
    """

    coef_: NDArray[np.float64]
    intercept_: NDArray[np.float64]
    classes_: NDArray[Any]
    n_features_in_: int

    @abstractmethod
    def fit(self, C: Any, y: Any) -> Self:
        """Learn from codes C (n_items, n_concepts), sparse or dense, and labels y (n_items,)."""

    def logits(self, C: Any) -> NDArray[np.float64]:
        """One sum for each class (n_items, n_classes), of codes C (n_items, n_concepts), sparse or
        dense.
        """
        from sklearn.utils.validation import check_is_fitted, validate_data

        check_is_fitted(self, "coef_")
        C = validate_data(self, C, accept_sparse="csr", reset=False, dtype=np.float64)
        return np.asarray(C @ self.coef_.T + self.intercept_)

    def decision_function(self, C: Any) -> NDArray[np.float64]:
        """Logits (n_items, n_classes); of two classes, how far the second one is ahead
        (n_items,).
        """
        found = self.logits(C)
        return found[:, 1] - found[:, 0] if len(self.classes_) == 2 else found

    def predict_proba(self, C: Any) -> NDArray[np.float64]:
        """Probabilities (n_items, n_classes)."""
        from scipy.special import softmax

        return np.asarray(softmax(self.logits(C), axis=1))

    def predict(self, C: Any) -> NDArray[Any]:
        """Labels (n_items,)."""
        best = self.logits(C).argmax(axis=1)
        return self.classes_[best]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
