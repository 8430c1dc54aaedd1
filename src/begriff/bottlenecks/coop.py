"""Uncertainty, influence and cost in one score, weighed on validation items."""

from __future__ import annotations

from itertools import product
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from begriff.bottlenecks.beliefs import Beliefs, outlook
from begriff.bottlenecks.questions import Influence, Uncertainty, replay
from begriff.errors import InputError
from begriff.kinds import Bottleneck
from begriff.kinds.policy import Outlook, Policy

__all__ = ["CooP"]


class CooP(Policy):
    """The weighted sum of a concept's uncertainty, its influence on the label and, negative, its
    cost; each brought to the range 0 to 1.

    Uncertainty is the entropy over its largest possible; influence is divided by the largest on the
    validation items, cost by the largest cost.

    Parameters
    ----------
    costs : array_like (n_concepts,), optional
        Of asking; equal when not given, and then without weight.
    weights : sequence of 3 float, optional
        Of uncertainty, influence and cost. Where not given, ``fit`` tries all that sum to 1.
    n_steps : int, default 10
        Steps from weight 0 to weight 1 that ``fit`` tries.

    Attributes
    ----------
    weights_ : ndarray (3,), float64
    ranges_ : ndarray (3,), float64
        What each term is divided by.
    area_ : float
        Mean error over the cost spent on the validation items.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.bottlenecks import Beliefs, CooP, SparseLinear
    >>> head = SparseLinear.from_weights([[0.0, 0.0], [4.0, 0.1]], [2.0, 0.0], [0, 1])
    >>> true = np.random.default_rng(0).integers(0, 2, (200, 2))
    >>> b = Beliefs.presence(0.3 + 0.4 * true * [[1.0, 0.5]], [1.0, 1.0])
    >>> bool(CooP().fit(b, head, true, true[:, 0]).weights_[1] > 0)
    True

    Source: Chauhan et al. 2023, "Interactive Concept Bottleneck Models", arXiv 2212.07430.
    """

    needs_fit: ClassVar[bool] = True

    weights_: NDArray[np.float64]
    ranges_: NDArray[np.float64]
    area_: float

    def __init__(
        self, *, costs: ArrayLike | None = None, weights: ArrayLike | None = None, n_steps: int = 10
    ) -> None:
        self.costs = costs
        self.weights = weights
        self.n_steps = n_steps

    def fit(self, beliefs: Beliefs, head: Bottleneck, true: Any, y: Any) -> Self:
        """Choose the weights whose order has the smallest mean error over the cost spent, then the
        smallest log loss.

        Parameters
        ----------
        beliefs : Beliefs
            Of validation items.
        head : Bottleneck
        true : array_like (n_items, n_concepts), int
            Positions of the true values, -1 where unknown.
        y : array_like (n_items,)
            Labels.

        Raises
        ------
        InputError
            For fewer than one step, costs below zero, or weights that are not three of at least
            zero.
        """
        largest = float(Influence().scores(outlook(beliefs, head)).max())
        price = self._price(beliefs.probabilities.shape[1])
        floor = 1e-12  # guards concepts that never matter, or cost nothing
        self.ranges_ = np.array([1.0, max(largest, floor), max(float(price.max()), floor)])
        best: tuple[float, float] | None = None
        for weights in self._candidates(bool(np.ptp(price) > 0)):
            trial = CooP(costs=self.costs)
            trial.weights_, trial.ranges_ = weights, self.ranges_
            curves = replay(beliefs, head, true, y, {"coop": trial}, costs=price)
            found = (curves.area()["coop"], float(curves.loss.mean()))
            if best is None or found < best:
                best, self.weights_ = found, weights
        self.area_ = best[0] if best else float("nan")
        return self

    def scores(self, seen: Outlook) -> NDArray[np.float64]:
        """Weighted sums (n_items, n_concepts).

        Raises
        ------
        NotFittedError
            Before ``fit``.
        """
        from sklearn.exceptions import NotFittedError

        if getattr(self, "weights_", None) is None:
            raise NotFittedError("this CooP has no weights yet: call fit with validation items")
        w = self.weights_ / self.ranges_
        price = self._price(seen.probabilities.shape[1])
        return np.asarray(
            w[0] * Uncertainty().scores(seen) + w[1] * Influence().scores(seen) - w[2] * price
        )

    def _price(self, n_concepts: int) -> NDArray[np.float64]:
        price = (
            np.ones(n_concepts) if self.costs is None else np.asarray(self.costs, dtype=np.float64)
        )
        if price.shape != (n_concepts,) or (price < 0).any():
            raise InputError(
                f"costs of shape {price.shape} for {n_concepts} concepts: give one cost of at least"
                " 0 for each concept"
            )
        return price

    def _candidates(self, costly: bool) -> list[NDArray[np.float64]]:
        """Weights to try, each (3,): those given, or all that sum to 1 in n_steps."""
        if self.weights is not None:
            given = np.asarray(self.weights, dtype=np.float64)
            if given.shape != (3,) or (given < 0).any() or not given.any():
                raise InputError(
                    f"weights={self.weights}: give three of at least 0, not all 0, for uncertainty,"
                    " influence and cost"
                )
            return [given]
        if self.n_steps < 1:
            raise InputError(f"n_steps={self.n_steps}: must be at least 1")
        n = self.n_steps
        tried = [(a, b, n - a - b) for a, b in product(range(n + 1), repeat=2) if a + b <= n]
        return [np.array(t) / n for t in tried if t[0] + t[1] > 0 and (costly or t[2] == 0)]
