"""Answer only where a promised accuracy holds."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from begriff.errors import InputError

__all__ = ["at_least", "group_index", "Safeguard"]

Array = NDArray[np.float64]


class Safeguard(BaseEstimator):  # type: ignore[misc]
    """Calibrates a label's probabilities and answers only above a threshold at which a promised
    accuracy holds.

    A share of the validation items calibrates (one scale and one offset a class, Platt's for two
    classes) and proposes thresholds; the others test them: from the threshold that promises to pass
    most surely downwards, each by a binomial lower bound, until the first that fails. Since the
    order is set before the test, the promise holds at the given confidence however many thresholds
    are tried.

    Items that belong together, as passages of one text, are no independent tests: give their
    ``groups``, and the bound counts the effective number of items.

    Parameters
    ----------
    accuracy : float, default 0.9
        Promised on the items that are answered.
    confidence : float, default 0.95
        Probability, over draws of the validation items, that the promise holds.
    share : float, default 0.3
        Of the validation items, for calibrating.
    offsets : bool, default True
        Calibrate with an offset for each class, too. False leaves the order of the classes of an
        item as it is.
    random_state : int, default 0
        Of the split.

    Attributes
    ----------
    scale_ : float
        Of the log-probabilities; above 1 sharpens.
    offset_ : ndarray (n_classes,), float64
    threshold_ : float
        Least calibrated probability at which an item is answered; infinite when no threshold keeps
        the promise.
    coverage_ : float
        Share of the testing items that are answered.
    bound_ : float
        Lower bound on their accuracy; NaN when none is answered.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.bottlenecks import Safeguard
    >>> p = np.random.default_rng(0).uniform(size=2000)
    >>> y = (np.random.default_rng(1).uniform(size=2000) < p).astype(int)
    >>> guard = Safeguard(accuracy=0.8).fit(np.stack([1 - p, p], axis=1), y)
    >>> bool(guard.bound_ >= 0.8), bool(0.4 < guard.coverage_ < 0.8)
    (True, True)

    Source: Joren et al. 2024, "Classification with Conceptual Safeguards"; Angelopoulos et al.
    2021, arXiv 2110.01052 (the tests' order); Korn and Graubard 1998 (groups).
    """

    scale_: float
    offset_: Array
    threshold_: float
    coverage_: float
    bound_: float

    def __init__(
        self,
        *,
        accuracy: float = 0.9,
        confidence: float = 0.95,
        share: float = 0.3,
        offsets: bool = True,
        random_state: int = 0,
    ) -> None:
        self.accuracy = accuracy
        self.confidence = confidence
        self.share = share
        self.offsets = offsets
        self.random_state = random_state

    def fit(self, P: Any, y: Any, groups: Any = None) -> Self:
        """Learn from probabilities P (n_items, n_classes) of validation items and their classes y
        (n_items,), as columns of P.

        Items of one of the ``groups`` (n_items,) stay on one side of the split.

        Raises
        ------
        InputError
            For parameters outside 0 to 1, rows that are no probabilities, classes that P does not
            have, another number of groups, or fewer than 4 items.
        """
        for name in ("accuracy", "confidence", "share"):
            if not 0 < getattr(self, name) < 1:
                raise InputError(f"{name}={getattr(self, name)}: must be above 0 and below 1")
        P, y = _probabilities(P), np.asarray(y)
        if (
            y.shape != (len(P),)
            or len(P) < 4
            or y.dtype.kind not in "iu"
            or y.min() < 0
            or y.max() >= P.shape[1]
        ):
            raise InputError(
                f"classes of shape {y.shape} for P {P.shape}: give at least 4 items and for each a"
                " column of P"
            )
        group = group_index(groups, len(P))
        if len(np.unique(group)) < 2:
            raise InputError(
                "groups hold all items in one: give at least 2, some to calibrate and some to test"
            )
        first, second = self._split(group)
        self.scale_, self.offset_ = _calibrated(P[first], y[first], self.offsets)
        p = self.predict_proba(P)
        sure, right = p.max(axis=1), p.argmax(axis=1) == y
        self.threshold_, self.bound_ = self._threshold(
            sure[first], sure[second], right[second], group[second]
        )
        self.coverage_ = float((sure[second] >= self.threshold_).mean())
        return self

    def predict_proba(self, P: Any) -> Array:
        """Calibrated probabilities (..., n_classes) of probabilities P (..., n_classes)."""
        from scipy.special import softmax
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self, "scale_")
        return np.asarray(
            softmax(self.scale_ * _log(np.asarray(P, dtype=np.float64)) + self.offset_, axis=-1)
        )

    def answers(self, P: Any) -> NDArray[np.bool_]:
        """Which items (...,) are answered."""
        return np.asarray(self.predict_proba(P).max(axis=-1) >= self.threshold_)

    def predict(self, P: Any) -> NDArray[np.int64]:
        """Columns of P (n_items,), -1 where the safeguard abstains."""
        return np.where(self.answers(P), self.predict_proba(P).argmax(axis=-1), -1)

    def _split(self, group: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Items that calibrate and items that test; every group is on one side."""
        order = np.random.default_rng(self.random_state).permutation(int(group.max()) + 1)
        n = min(max(round(self.share * len(order)), 1), len(order) - 1)
        early = np.isin(group, order[:n])
        return np.flatnonzero(early), np.flatnonzero(~early)

    def _threshold(
        self, sure: Array, tested: Array, right: NDArray[np.bool_], group: NDArray[np.int64]
    ) -> tuple[float, float]:
        """The lowest threshold before the first failure, and its bound."""
        grid = np.unique(np.quantile(sure, np.linspace(0, 1, 101), method="nearest"))[::-1]
        # in standard errors
        slack = [
            (sure[sure >= t].mean() - self.accuracy) * np.sqrt((sure >= t).sum()) for t in grid
        ]
        found, bound = float("inf"), float("nan")
        for t in grid[int(np.argmax(slack)) :]:
            lower = at_least(
                right[tested >= t], groups=group[tested >= t], confidence=self.confidence
            )
            if lower < self.accuracy:
                break
            found, bound = float(t), lower
        return found, bound


def at_least(right: Any, *, groups: Any = None, confidence: float = 0.95) -> float:
    """Lower bound on an accuracy, from which items (n_items,) are right; 0 when there is none.

    Items of one of the ``groups`` (n_items,) may be alike: the bound then counts as many items as,
    independent, would scatter as much.

    Raises
    ------
    InputError
        For another number of groups than items.

    Examples
    --------
    >>> from begriff.bottlenecks import at_least
    >>> round(at_least([True] * 59), 3)
    0.95

    Source: Clopper and Pearson 1934; Korn and Graubard 1998 (groups).
    """
    from scipy.stats import beta

    right = np.asarray(right, dtype=bool)
    group = group_index(groups, len(right))
    if not right.any():
        return 0.0
    n, p, size = float(len(right)), float(right.mean()), np.bincount(group)
    if p < 1 and size.max() > 1:
        gaps = np.bincount(group, weights=right - p)[size > 0]
        scatter = float((gaps**2).sum()) * len(gaps) / max(len(gaps) - 1, 1) / n**2
        n = min(n, p * (1 - p) / scatter) if scatter > 0 else n
    return float(beta.ppf(1 - confidence, p * n, n - p * n + 1))


def group_index(groups: Any, n: int) -> NDArray[np.int64]:
    """Positions (n_items,) of the groups, each item its own when none are given.

    Raises
    ------
    InputError
        For another number of groups than items.
    """
    if groups is None:
        return np.arange(n)
    given = np.asarray(groups)
    if given.shape != (n,):
        raise InputError(f"groups of shape {given.shape} for {n} items: give each item its group")
    return np.asarray(np.unique(given, return_inverse=True)[1])


def _calibrated(P: Array, y: NDArray[Any], offsets: bool) -> tuple[float, Array]:
    """Scale and offsets (n_classes,) that make the classes y most probable; offsets of 0 where none
    are wanted.
    """
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    logs, rows = _log(P), np.arange(len(P))

    def loss(w: Array) -> float:
        found = log_softmax(np.exp(w[0]) * logs + (w[1:] if offsets else 0.0), axis=1)[rows, y]
        # the ridge guards separable items and the common offset
        return float(-found.mean() + 1e-3 * (w**2).sum())

    w = minimize(loss, np.zeros(1 + P.shape[1] * offsets), method="L-BFGS-B").x
    return float(np.exp(w[0])), np.asarray(w[1:]) if offsets else np.zeros(P.shape[1])


def _log(P: Array) -> Array:
    return np.log(np.maximum(P, 1e-12))  # guards log of zero


def _probabilities(P: Any) -> Array:
    P = np.asarray(P, dtype=np.float64)
    if (
        P.ndim != 2
        or not np.isfinite(P).all()
        or (P < 0).any()
        or not np.allclose(P.sum(axis=1), 1, atol=1e-4)
    ):
        raise InputError(
            f"P of shape {P.shape} holds no probabilities: give rows (n_items, n_classes) of"
            " numbers in 0 to 1 that sum to 1"
        )
    return P
