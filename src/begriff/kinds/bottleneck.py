"""Concepts -> label."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from begriff.errors import InputError

__all__ = ["Bottleneck", "LinearBottleneck"]

_NUMBERS = 4_000_000
"""Most parts held at once."""


class Bottleneck(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """Concepts -> label, through one logit a class that splits into parts of concepts.

    Questions, abstention, shares and corrections ask a head for ``logits`` and ``parts`` alone, so
    that they serve every head.

    Attributes
    ----------
    classes_ : ndarray (n_classes,)
    n_features_in_ : int
        n_concepts.
    """

    additive: ClassVar[bool] = False
    """Whether a logit is a constant plus one term a concept, each a function of that concept's
    activation alone.
    """

    needs_vectors: ClassVar[bool] = False
    """Whether ``fit`` and ``logits`` also take the residual vectors ``R`` of the items."""

    classes_: NDArray[Any]
    n_features_in_: int

    @abstractmethod
    def fit(self, C: Any, y: Any) -> Self:
        """Learn from codes C (n_items, n_concepts), sparse or dense, and labels y (n_items,)."""

    @abstractmethod
    def logits(self, C: Any) -> NDArray[np.float64]:
        """One number for each class (n_items, n_classes), of codes C (n_items, n_concepts), sparse
        or dense.
        """

    @abstractmethod
    def parts(self, C: Any) -> NDArray[np.float64]:
        """What each concept adds to each logit (n_items, n_classes, n_concepts), of codes C
        (n_items, n_concepts).

        ``logits(C) - parts(C).sum(axis=2)`` is the part of no concept; where the head is
        ``additive``, it is the same for all items. A concept that is not active adds 0.
        """

    def sums(self, C: Any) -> NDArray[np.float64]:
        """What all concepts together add to each logit (n_items, n_classes): the sum of their
        parts.
        """
        from scipy.sparse import csr_array

        if self.additive:
            return self.logits(C) - self.logits(csr_array((1, self.n_features_in_)))
        step = max(1, _NUMBERS // (len(self.classes_) * self.n_features_in_))
        batches = (C[at : at + step] for at in range(0, C.shape[0], step))
        return np.concatenate([self.parts(batch).sum(axis=2) for batch in batches])

    def decision_function(self, C: Any) -> NDArray[np.float64]:
        """Logits (n_items, n_classes); of two classes, how far the second one is ahead
        (n_items,).
        """
        logits = self.logits(C)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

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


class LinearBottleneck(Bottleneck):
    """A head with one sum a class: logit = intercept_ + codes . coef_.

    Attributes
    ----------
    coef_ : ndarray (n_classes, n_concepts), float64
        Weights of raw codes; also for two classes one row each.
    intercept_ : ndarray (n_classes,), float64
    classes_ : ndarray (n_classes,)
    n_features_in_ : int
        n_concepts.
    """

    additive: ClassVar[bool] = True

    coef_: NDArray[np.float64]
    intercept_: NDArray[np.float64]

    @classmethod
    def from_weights(cls, coef: Any, intercept: Any, classes: Any) -> Self:
        """A fitted head with these weights coef (n_classes, n_concepts), intercept (n_classes,) and
        labels classes (n_classes,).

        Raises
        ------
        InputError
            For shapes that do not belong together, or weights that are not finite.
        """
        head = cls()
        head.coef_ = np.array(coef, dtype=np.float64)
        head.intercept_ = np.array(intercept, dtype=np.float64)
        head.classes_ = np.array(classes)
        n = len(head.classes_)
        if head.coef_.ndim != 2 or len(head.coef_) != n or head.intercept_.shape != (n,):
            raise InputError(
                f"coef {head.coef_.shape}, intercept {head.intercept_.shape} and {n} classes: give"
                " a row of weights and an intercept for every class"
            )
        if not (np.isfinite(head.coef_).all() and np.isfinite(head.intercept_).all()):
            raise InputError("coef or intercept holds NaN or infinity: give finite weights")
        head.n_features_in_ = head.coef_.shape[1]
        return head

    def logits(self, C: Any) -> NDArray[np.float64]:
        """One sum for each class (n_items, n_classes), of codes C (n_items, n_concepts), sparse or
        dense.
        """
        return np.asarray(self._checked(C) @ self.coef_.T + self.intercept_)

    def parts(self, C: Any) -> NDArray[np.float64]:
        """What each concept adds to each logit (n_items, n_classes, n_concepts), float64."""
        C = self._checked(C)
        dense = C if isinstance(C, np.ndarray) else C.toarray()
        return np.asarray(dense[:, None, :] * self.coef_)

    def _checked(self, C: Any) -> Any:
        from sklearn.utils.validation import check_is_fitted, validate_data

        check_is_fitted(self, "coef_")
        return validate_data(self, C, accept_sparse="csr", reset=False, dtype=np.float64)
