"""Does a concept matter to a model given all other concepts? A sequential test by betting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.importance._kernels import due, pairs, rbf, width, widths
from begriff.importance.betting import BettingTests, check_alpha, play
from begriff.importance.samplers import ConditionalSampler
from begriff.importance.skit import shuffled
from begriff.kinds.checks import Floats

__all__ = ["conditional_skit"]


def conditional_skit(
    y: Any,
    Z: Any,
    sampler: ConditionalSampler,
    *,
    concepts: Sequence[int] | None = None,
    alpha: float = 0.05,
    fdr: bool = False,
    max_items: int | None = None,
    random_state: int | None = 0,
) -> BettingTests:
    """Global conditional importance: test every concept for dependence on a model's output given
    the other concepts.

    For every item an activation of the concept is drawn given the item's other concepts. The
    witness of the items before bets that the output goes better with the real activation than with
    the drawn one.

    Parameters
    ----------
    y : array_like (n_items,) or (n_items, n_tests)
        What the model says.
    Z : array_like or sparse (n_items, n_concepts)
        Concepts of the items. Distances run over all columns: bring them to one scale first.
    sampler : ConditionalSampler
        As :class:`begriff.importance.KernelSampler` fitted on other items. The level holds for an
        exact sampler only: one that is estimated rejects true nulls more often (arXiv 2606.18993).
    concepts : sequence of int, optional
        Columns to test; all of them by default.
    alpha : float, default 0.05
        Level of every test, or of the false discovery rate.
    fdr : bool, default False
        Whether ``alpha`` bounds the expected share of false rejections among all.
    max_items : int, optional
        Most items to look at; all of them by default.
    random_state : int or None, default 0
        Order of the items and draws. None keeps the given order and draws anew each time.

    Returns
    -------
    BettingTests
        One bet takes one item; the first is only looked at.

    Raises
    ------
    InputError
        For other shapes, fewer than two items or concepts, NaN, a level outside (0, 1), or a
        sampler that draws something else.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.importance import GaussianSampler, conditional_skit
    >>> covariance = np.array([[1, 0.8], [0.8, 1]])
    >>> Z = np.random.default_rng(0).multivariate_normal([0, 0], covariance, size=600)
    >>> conditional_skit(
    ...     Z[:, 0], Z, GaussianSampler(mean=[0, 0], covariance=covariance)
    ... ).rejected.tolist()
    [True, False]

    Source: Teneggi and Sulam 2024, arXiv 2405.19146.
    """
    check_alpha(alpha)
    n_concepts = np.shape(Z)[1] if np.ndim(Z) == 2 or hasattr(Z, "toarray") else 1
    if n_concepts < 2:
        raise InputError(
            f"Z has {n_concepts} concept(s): a test given the others needs at least 2; use skit"
            " for one"
        )
    tested = np.arange(n_concepts) if concepts is None else np.asarray(concepts, dtype=np.int64)
    if tested.ndim != 1 or not len(tested) or not ((tested >= 0) & (tested < n_concepts)).all():
        raise InputError(f"concepts={concepts}: give columns of Z, 0 to {n_concepts - 1}")
    scores, strengths = shuffled(
        y, Z, max_items=max_items, random_state=random_state, minimum=2, n_tests=len(tested)
    )
    rng = np.random.default_rng(None if random_state is None else [random_state, 1])
    drawn = np.stack([_drawn(sampler, strengths.T, int(j), rng) for j in tested])
    game = _Draws(scores, strengths, drawn, tested)
    return play(
        game.payoff,
        n_tests=len(tested),
        n_steps=strengths.shape[1] - 1,
        alpha=alpha,
        fdr=fdr,
        statistic="conditional MMD",
    )


def _drawn(
    sampler: ConditionalSampler, Z: Floats, concept: int, rng: np.random.Generator
) -> Floats:
    made = np.asarray(sampler.draw(Z, concept, rng), dtype=np.float64)
    if made.shape != (len(Z),) or not np.isfinite(made).all():
        raise InputError(
            f"the sampler drew shape {made.shape} for concept {concept}: draw one finite activation"
            f" for each of {len(Z)} items"
        )
    return made


class _Draws:
    """Payoffs of the conditional test: kernels of output, concept and other concepts, multiplied;
    widths come from the past.
    """

    def __init__(self, y: Floats, z: Floats, drawn: Floats, tested: NDArray[np.int64]) -> None:
        self.y, self.z, self.drawn, self.tested = y, z, drawn, tested
        self.wide_y: Floats = np.ones((len(y), 1))
        self.wide_z: Floats = np.ones((len(tested), 1))
        self.wide_others: Floats = np.ones((len(tested), 1))

    def payoff(self, step: int, which: NDArray[np.int64]) -> Floats:
        """g = witness at (y, z_j, others) less that at (y, drawn z_j, others) after ``step + 1``
        items.
        """
        n = step + 1
        if due(n) and n > 1:
            self._measure(n)
        real, drawn = self.z[self.tested[which], : n + 1], self.drawn[which, : n + 1]
        of_y = which if len(self.y) > 1 else slice(None)
        near = rbf(self.y[of_y, :n], self.y[of_y, n : n + 1], self.wide_y[of_y])
        total = ((self.z[:, :n] - self.z[:, n : n + 1]) ** 2).sum(0)
        own = (real[:, :n] - real[:, n:]) ** 2
        # guards rounding below 0
        weight = near * np.exp(-np.maximum(total - own, 0) / (2 * self.wide_others[which] ** 2))
        wide = self.wide_z[which]
        gain = np.exp(-own / (2 * wide**2)) - rbf(drawn[:, :n], real[:, n:], wide)
        gain += rbf(drawn[:, :n], drawn[:, n:], wide) - rbf(real[:, :n], drawn[:, n:], wide)
        return np.einsum("ij,ij->i", weight, gain) / n

    def _measure(self, n: int) -> None:
        self.wide_y, self.wide_z = widths(self.y[:, :n]), widths(self.z[self.tested, :n])
        total = np.sum([pairs(row[None, :n])[0] for row in self.z], axis=0)
        # guards rounding below 0
        own = (np.maximum(total - pairs(self.z[[j], :n]), 0) for j in self.tested)
        self.wide_others = np.concatenate([width(d) for d in own])[:, None]
