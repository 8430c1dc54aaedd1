"""A head on concepts plus a small linear part on the vectors themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from begriff.bottlenecks.elastic_net import Design, ridge
from begriff.bottlenecks.sparse_linear import SparseLinear, labels_of
from begriff.errors import InputError
from begriff.kinds import Bottleneck
from begriff.kinds.checks import check_vectors

__all__ = ["Hybrid", "Shares"]


@dataclass(frozen=True)
class Shares:
    """How much of each decision comes from named concepts.

    Attributes
    ----------
    labelled : ndarray (n_items,), float64
        |concepts| / (|concepts| + |rest|), where both are parts of the margin by which the
        winning class is ahead of the second; intercepts belong to neither. 1 where both are 0.
    unlabelled : ndarray (n_items,), float64
        1 - labelled.
    same : ndarray (n_items,), bool
        Whether the concepts alone decide the same.
    """

    labelled: NDArray[np.float64]
    unlabelled: NDArray[np.float64]
    same: NDArray[np.bool_]


class Hybrid(Bottleneck):
    """Concepts first, then a linear part on the rest: logit = head_.logits(codes) +
    (rest_intercept_ + rest . rest_coef_).

    The head on concepts is fitted first and then frozen. The rest is fitted to what the head leaves
    wrong, under a ridge. So concepts explain all they can, and how much the rest decides can be
    read (:meth:`shares`). Which rest is a choice of the caller: the vectors themselves (as PCBM-h
    has it), or what a dictionary does not explain of them. The latter holds little about the labels
    where the dictionary is good, so it cannot repair a head that reads few of the concepts.

    Parameters
    ----------
    head : Bottleneck, optional
        The head on concepts, of any form; it is copied, and fitted unless ``fitted``. By default
        :class:`SparseLinear`.
    fitted : bool, default False
        Whether ``head`` is fitted already, on the same labels, and is to be kept as it is.
    C : float, default 0.01
        Inverse strength of the ridge on the rest, whose columns are scaled by one number to a mean
        standard deviation of 1; the penalty is |W|^2 / (2 C n_items).

    Attributes
    ----------
    head_ : Bottleneck
        What concepts contribute stays exactly what it was.
    rest_coef_ : ndarray (n_classes, n_dims), float64
    rest_intercept_ : ndarray (n_classes,), float64
    classes_ : ndarray (n_classes,)
    n_features_in_ : int
        n_concepts.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.bottlenecks import Hybrid
    >>> rng = np.random.default_rng(0)
    >>> codes, rest = np.maximum(rng.normal(size=(300, 4)), 0), rng.normal(size=(300, 3))
    >>> y = codes[:, 0] + rest[:, 0] > 0.5
    >>> both = Hybrid().fit(codes, y, rest)
    >>> bool(both.score(codes, y, rest) > both.head_.score(codes, y) + 0.1)
    True

    Source: Yuksekgonul, Wang and Zou 2022 (PCBM-h), arXiv 2205.15480; Ramaswamy et al. 2022
    (ELUDE), arXiv 2206.07690.
    """

    additive: ClassVar[bool] = False
    needs_vectors: ClassVar[bool] = True

    rest_coef_: NDArray[np.float64]
    rest_intercept_: NDArray[np.float64]
    head_: Bottleneck

    def __init__(
        self, *, head: Bottleneck | None = None, fitted: bool = False, C: float = 0.01
    ) -> None:
        self.head = head
        self.fitted = fitted
        self.C = C

    def fit(self, C: Any, y: Any, R: Any = None) -> Self:
        """Learn from codes C (n_items, n_concepts), labels y (n_items,) and the rest R (n_items,
        n_dims).

        Raises
        ------
        InputError
            For ``C`` not above 0, another number of rows in R, labels that a fitted head does not
            know, or ``fitted`` without a head.
        """
        from sklearn.utils.validation import column_or_1d

        if not self.C > 0:
            raise InputError(f"C={self.C}: must be above 0")
        R, y = check_vectors(_given(R), name="R").astype(np.float64), column_or_1d(y)
        self.head_ = self._head(C, y)
        self.classes_, self.n_features_in_ = self.head_.classes_, self.head_.n_features_in_
        known = np.isin(y, self.classes_)
        if not known.all():
            raise InputError(
                f"label {y[~known].tolist()[0]!r} is none of the head's {len(self.classes_)}"
                " classes: fit the head on the same labels"
            )
        offset = self.head_.logits(C)
        _same_rows(offset, R)
        places = np.searchsorted(self.classes_, y)
        self.rest_coef_, self.rest_intercept_ = _residual(R, places, offset, self.C)
        return self

    def _head(self, C: Any, y: Any) -> Bottleneck:
        from copy import deepcopy

        from sklearn.utils.validation import check_is_fitted

        if not self.fitted:
            return (SparseLinear() if self.head is None else clone(self.head)).fit(C, y)
        if self.head is None:
            raise InputError(
                "fitted=True without a head: give head=, a head that is fitted, or leave"
                " fitted=False"
            )
        check_is_fitted(self.head, "classes_")
        labels_of(y)
        return deepcopy(self.head)

    def rest(self, R: Any) -> NDArray[np.float64]:
        """What the rest R (n_items, n_dims) adds to each class (n_items, n_classes)."""
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self, "rest_coef_")
        R = check_vectors(
            _given(R), n_dims=self.rest_coef_.shape[1], name="R", owner="Hybrid"
        ).astype(np.float64)
        return np.asarray(R @ self.rest_coef_.T + self.rest_intercept_)

    def logits(self, C: Any, R: Any = None) -> NDArray[np.float64]:
        """One sum for each class (n_items, n_classes), of codes C (n_items, n_concepts) and rest R
        (n_items, n_dims).
        """
        rest = self.rest(R)
        concepts = self.head_.logits(C)
        _same_rows(concepts, rest)
        return concepts + rest

    def predict_proba(self, C: Any, R: Any = None) -> NDArray[np.float64]:
        """Probabilities (n_items, n_classes)."""
        from scipy.special import softmax

        return np.asarray(softmax(self.logits(C, R), axis=1))

    def predict(self, C: Any, R: Any = None) -> NDArray[Any]:
        """Labels (n_items,)."""
        return self.classes_[self.logits(C, R).argmax(axis=1)]

    def score(self, C: Any, y: Any, R: Any = None) -> float:
        """Accuracy."""
        return float(np.mean(self.predict(C, R) == np.asarray(y)))

    def parts(self, C: Any) -> NDArray[np.float64]:
        """What each concept adds to each logit (n_items, n_classes, n_concepts): the parts of
        ``head_``.
        """
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self, "head_")
        return self.head_.parts(C)

    def shares(self, C: Any, R: Any) -> Shares:
        """How much of each decision on codes C (n_items, n_concepts) and rest R (n_items, n_dims)
        comes from named concepts.
        """
        rest = self.rest(R)
        head = self.head_.logits(C)
        _same_rows(head, rest)
        order = np.argsort(-(head + rest), axis=1, kind="stable")
        parts = []
        for part in (self.head_.sums(C), rest - self.rest_intercept_):
            first, second = (
                np.take_along_axis(part, order[:, i : i + 1], axis=1)[:, 0] for i in (0, 1)
            )
            parts.append(np.abs(first - second))
        total = parts[0] + parts[1]
        labelled = np.divide(parts[0], total, out=np.ones(len(total)), where=total > 0)
        return Shares(labelled, 1 - labelled, head.argmax(axis=1) == order[:, 0])


def _residual(
    R: NDArray[np.float64], places: NDArray[np.int64], offset: NDArray[np.float64], C: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights (n_classes, n_dims) and intercepts (n_classes,) of a ridge on top of frozen logits;
    solved along principal axes.
    """
    mean = R.mean(axis=0)
    variance, axes = np.linalg.eigh((R - mean).T @ (R - mean) / len(R))
    # guards axes without spread: rounding, and a division by 0
    deviation = np.sqrt(np.maximum(variance, 1e-12 * variance[-1]))
    # a rest that is the same everywhere has none
    scale = float(np.sqrt(np.maximum(variance, 0).mean())) or 1.0
    deviation = np.where(deviation > 0, deviation, 1.0)
    design = Design(
        (R - mean) @ (axes / deviation),
        places,
        offset.shape[1],
        np.ones(R.shape[1]),
        np.zeros(R.shape[1]),
    )
    found = ridge(design, (scale / deviation) ** 2 / (C * len(R)), offset=offset)
    weights = (axes / deviation) @ found[:-1]
    return np.ascontiguousarray(weights.T), found[-1] - mean @ weights


def _given(R: Any) -> Any:
    if R is None:
        raise InputError(
            "a Hybrid also takes R, the vectors or residuals of the items (n_items, n_dims): give R"
        )
    return R


def _same_rows(codes: NDArray[Any], R: NDArray[Any]) -> None:
    if len(codes) != len(R):
        raise InputError(
            f"{len(codes)} items have codes and {len(R)} have a rest: give one row of R for every"
            " item, in the same order"
        )
