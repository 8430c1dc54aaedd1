"""Iterated null-space projection."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from begriff.erasers._targets import checked, found_classes, members
from begriff.errors import InputError
from begriff.kinds import Eraser

__all__ = ["INLP"]


class INLP(Eraser):
    """Projects off the directions of a logistic probe, fits another on what is left, and so on
    until a probe is at chance.

    Chance is judged on items held back from the probes: balanced accuracy within one standard error
    of 1 / n_classes. Each round costs n_classes - 1 dimensions. Nothing is proved: a probe at
    chance on the items held back is a measurement.

    Parameters
    ----------
    n_iterations : int, default 30
        Most rounds; ``scores_`` says whether they were enough.
    C : float, default 1.0
        Inverse strength of the probes' L2 penalty.
    held_out : float, default 0.2
        Share of each class that judges the probes.
    random_state : int or RandomState, default 0
        Decides which items are held back.

    Attributes
    ----------
    matrix_ : ndarray (n_dims, n_dims), float64
        An orthogonal projection.
    mean_ : ndarray (n_dims,), float64
    classes_ : ndarray (n_classes,)
    n_iterations_ : int
        Rounds that removed something.
    scores_ : list of float
        Balanced accuracy of each round's probe on the items held back; the last is at chance if
        there is one more than rounds.
    n_features_in_ : int
        n_dims.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.erasers import INLP
    >>> X = np.random.default_rng(0).normal(size=(400, 5))
    >>> eraser = INLP().fit(X, X[:, 0] > 0)
    >>> bool(np.var(eraser.transform(X)[:, 0]) < 0.1)
    True

    Source: Ravfogel et al. 2020, arXiv 2004.07667.
    """

    def __init__(
        self,
        *,
        n_iterations: int = 30,
        C: float = 1.0,
        held_out: float = 0.2,
        random_state: Any = 0,
    ) -> None:
        self.n_iterations = n_iterations
        self.C = C
        self.held_out = held_out
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from X (n_items, n_dims) and labels y (n_items,), at least two items of each.

        Raises
        ------
        InputError
            For vectors that are not finite, labels that are numbers or of one class, a class of one
            item, or a parameter out of range.
        """
        if self.n_iterations < 1 or self.C <= 0 or not 0 < self.held_out < 1:
            raise InputError(
                f"n_iterations={self.n_iterations}, C={self.C}, held_out={self.held_out}: must be"
                " at least 1, above 0, and between 0 and 1"
            )
        X, labels = checked(self, X, y, minimum=2)
        self.classes_ = found_classes(labels, type(self).__name__, minimum=2)
        place = members(labels, self.classes_)
        held = self._held_back(place)
        self.mean_ = X.mean(axis=0, dtype=np.float64)
        centred = X - self.mean_
        # one number for all dimensions; 1 for items that are all the same
        centred /= float(np.sqrt((centred**2).mean())) or 1.0
        self.matrix_ = self._projected(centred, place, held)
        return self

    def _held_back(self, place: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which items judge: the share of each class, at least one and not all."""
        from sklearn.utils import check_random_state

        order = check_random_state(self.random_state).permutation(len(place))
        held = np.zeros(len(place), dtype=bool)
        for c in range(len(self.classes_)):
            mine = order[place[order] == c]
            held[mine[: min(max(1, round(self.held_out * len(mine))), len(mine) - 1)]] = True
        return held

    def _projected(
        self, X: NDArray[np.float64], place: NDArray[np.intp], held: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """The projection off the directions of all probes that were not at chance."""
        from sklearn.linear_model import LogisticRegression

        basis = np.zeros((X.shape[1], 0))
        self.scores_: list[float] = []
        self.n_iterations_ = 0
        for _ in range(self.n_iterations):
            left = X - (X @ basis) @ basis.T
            probe = LogisticRegression(C=self.C, class_weight="balanced", max_iter=500).fit(
                left[~held], place[~held]
            )
            score, error = _balanced(probe.predict(left[held]), place[held], len(self.classes_))
            self.scores_.append(score)
            if score <= 1 / len(self.classes_) + error:
                break
            new = probe.coef_ - (probe.coef_ @ basis) @ basis.T
            _, size, spanning = np.linalg.svd(new, full_matrices=False)
            # the rest: coefficients of classes sum to 0
            basis = np.linalg.qr(np.hstack([basis, spanning[size > size[0] * 1e-8].T]))[0]
            self.n_iterations_ += 1
        return np.asarray(np.eye(X.shape[1]) - basis @ basis.T)


def _balanced(
    predicted: NDArray[np.intp], truth: NDArray[np.intp], n_classes: int
) -> tuple[float, float]:
    """Mean recall of the classes, and its standard error for a probe that guesses."""
    counts = np.bincount(truth, minlength=n_classes)
    right = np.bincount(truth[predicted == truth], minlength=n_classes)
    chance = 1 / n_classes
    return float((right / counts).mean()), float(
        np.sqrt((chance * (1 - chance) / counts).sum()) / n_classes
    )
