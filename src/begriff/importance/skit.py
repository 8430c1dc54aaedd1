"""Is a concept independent of what a model says? A sequential test by betting."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.importance._kernels import due, rbf, rows, widths
from begriff.importance._sums import Sums
from begriff.importance.betting import BettingTests, check_alpha, play
from begriff.kinds.checks import Floats

__all__ = ["skit"]

N_EXACT = 256
"""From so many items of past on, when widths no longer change, payoffs come from running sums."""


def skit(
    y: Any,
    Z: Any,
    *,
    alpha: float = 0.05,
    fdr: bool = False,
    max_items: int | None = None,
    random_state: int | None = 0,
) -> BettingTests:
    """Global importance: test every concept for dependence on a model's output.

    Items come in pairs. The HSIC witness of the items before bets that (y1, z1), (y2, z2) look more
    dependent than (y1, z2), (y2, z1). Without dependence both are equally likely whatever the
    model, so nobody gets rich: the test keeps its level at any time one looks at it.

    Parameters
    ----------
    y : array_like (n_items,) or (n_items, n_concepts)
        What the model says, as :func:`begriff.importance.scores` gives it; the second form has an
        own output for every concept.
    Z : array_like or sparse (n_items, n_concepts)
        How strongly every item holds every concept: products with directions, or codes.
    alpha : float, default 0.05
        Level of every test, or of the false discovery rate.
    fdr : bool, default False
        Whether ``alpha`` bounds the expected share of false rejections among all, under any
        dependence between concepts.
    max_items : int, optional
        Most items to look at; all of them by default.
    random_state : int or None, default 0
        Order of the items. None keeps the given order, for a stream. The level does not depend on
        it; repeat with others to see how much the time of rejection does.

    Returns
    -------
    BettingTests
        One bet takes two items; the first two are only looked at.

    Raises
    ------
    InputError
        For other shapes, fewer than four items, NaN, or a level outside (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.importance import skit
    >>> Z = np.random.default_rng(0).normal(size=(400, 2))
    >>> found = skit(np.tanh(Z[:, 0]), Z)
    >>> found.rejected.tolist()
    [True, False]

    Source: Podkopaev et al. 2023, arXiv 2212.07383; Teneggi and Sulam 2024, arXiv 2405.19146.
    """
    check_alpha(alpha)
    scores, concepts = shuffled(y, Z, max_items=max_items, random_state=random_state, minimum=4)
    return play(
        _Pairs(scores, concepts).payoff,
        n_tests=len(concepts),
        n_steps=concepts.shape[1] // 2 - 1,
        alpha=alpha,
        fdr=fdr,
        statistic="HSIC",
    )


def shuffled(
    y: Any,
    Z: Any,
    *,
    max_items: int | None,
    random_state: int | None,
    minimum: int,
    n_tests: int | None = None,
) -> tuple[Floats, Floats]:
    """Outputs (1 or n_tests, n_items) and concepts (n_concepts, n_items) as rows, in the order in
    which they are looked at.
    """
    concepts = rows(Z, name="Z", minimum=minimum)
    scores = rows(y, name="y", n=concepts.shape[1])
    n_tests, n = n_tests or len(concepts), concepts.shape[1]
    if len(scores) not in (1, n_tests):
        raise InputError(
            f"y has {len(scores)} columns for {n_tests} tests: give one output, or one a test"
        )
    if max_items is not None and max_items < minimum:
        raise InputError(f"max_items={max_items}: at least {minimum} are needed")
    order = (
        np.arange(n) if random_state is None else np.random.default_rng(random_state).permutation(n)
    )
    order = order[:max_items]
    return np.ascontiguousarray(scores[:, order]), np.ascontiguousarray(concepts[:, order])


class _Pairs:
    """Payoffs of the marginal test; widths come from the past alone, or swapping a pair would not
    turn the payoff round exactly.
    """

    def __init__(self, y: Floats, z: Floats) -> None:
        self.y, self.z = y, z
        self.wide_y: Floats = np.ones((len(y), 1))
        self.wide_z: Floats = np.ones((len(z), 1))
        self.sums: Sums | None = None

    def payoff(self, step: int, which: NDArray[np.int64]) -> Floats:
        """g = covariance over the past of k(y1, .) - k(y2, .) and k(z1, .) - k(z2, .): the witness
        at the pair less that at the swapped.
        """
        n = 2 * step + 2
        if n >= N_EXACT:
            self.sums = self.sums or Sums(self.y, self.z, self.wide_y, self.wide_z, start=n)
            return self.sums.payoff(n, which)
        if due(n):
            self.wide_y, self.wide_z = widths(self.y[:, :n]), widths(self.z[:, :n])
        own = slice(None) if len(which) == len(self.z) else which
        of_y = own if len(self.y) > 1 else slice(None)
        dy = _difference(self.y[of_y, : n + 2], self.wide_y[of_y])
        dz = _difference(self.z[own, : n + 2], self.wide_z[own])
        dy -= dy.mean(1, keepdims=True)
        if len(dy) == 1:
            return dz @ dy[0] / n
        return np.einsum("ij,ij->i", dy, dz) / n


def _difference(values: Floats, wide: Floats) -> Floats:
    """How much nearer (n_tests, n_past) the last but one of values (n_tests, n_past + 2) is to the
    past than the last.
    """
    past = values[:, :-2]
    return rbf(past, values[:, -2:-1], wide) - rbf(past, values[:, -1:], wide)
