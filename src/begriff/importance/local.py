"""Does a concept matter to what a model says about one item? A sequential test by betting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.importance._kernels import due, rbf, widths
from begriff.importance.betting import BettingTests, check_alpha, play
from begriff.importance.outputs import scores
from begriff.importance.samplers import ConditionalSampler
from begriff.kinds.checks import Floats

__all__ = ["local_skit"]


def local_skit(
    model: Any,
    z: Any,
    sampler: ConditionalSampler,
    *,
    given: Sequence[int] | int = 1,
    concepts: Sequence[int] | None = None,
    target: int | None = None,
    n_steps: int = 400,
    alpha: float = 0.05,
    fdr: bool = False,
    random_state: int | None = 0,
) -> BettingTests:
    """Local importance: test for one item whether knowing a concept too changes the law of a
    model's output.

    Items like this one are drawn twice: with the item's activations of the concepts C and j, and of
    C alone. The MMD witness of the draws before bets that the model's outputs on both differ.

    Parameters
    ----------
    model : callable or estimator
        What :func:`begriff.importance.scores` takes; it is given what the sampler's ``complete``
        returns.
    z : array_like (n_concepts,)
        Concepts of the item.
    sampler : ConditionalSampler
        Draws items given some of their concepts. The level holds for an exact one.
    given : sequence of int or int, default 1
        The set C; a number draws a random set of so many other concepts for every test. The tested
        concept is taken out of it.
    concepts : sequence of int, optional
        Concepts to test; all by default.
    target : int, optional
        Column of the model's output, where it has several.
    n_steps : int, default 400
        Most bets of a test; each needs two outputs of the model.
    alpha : float, default 0.05
        Level of every test, or of the false discovery rate.
    fdr : bool, default False
        Whether ``alpha`` bounds the expected share of false rejections among all.
    random_state : int or None, default 0
        Of the draws.

    Returns
    -------
    BettingTests

    Raises
    ------
    InputError
        For concepts that do not exist, fewer than one step, outputs that are not finite, or a level
        outside (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.importance import GaussianSampler, local_skit
    >>> sampler = GaussianSampler(mean=np.zeros(3), covariance=np.eye(3))
    >>> local_skit(
    ...     lambda Z: Z[:, 0] * (Z[:, 1] > 0), [2.0, 1.0, 1.0], sampler, given=[1]
    ... ).rejected.tolist()
    [True, True, False]

    Source: Teneggi and Sulam 2024, arXiv 2405.19146.
    """
    check_alpha(alpha)
    item = np.asarray(z, dtype=np.float64).ravel()
    tested = np.arange(len(item)) if concepts is None else np.asarray(concepts, dtype=np.int64)
    if n_steps < 1 or not len(tested) or not ((tested >= 0) & (tested < len(item))).all():
        raise InputError(
            f"n_steps={n_steps}, concepts={concepts}: take at least one step and give concepts from"
            f" 0 to {len(item) - 1}"
        )
    rng = np.random.default_rng(random_state)
    both = []
    for j in tested:
        known = _given(given, int(j), len(item), rng)
        both.append(
            [
                scores(model, sampler.complete(item, s, n_steps + 1, rng), target=target)
                for s in ([*known, int(j)], known)
            ]
        )
    game = _Outputs(*(np.stack(side) for side in zip(*both, strict=True)))
    return play(
        game.payoff, n_tests=len(tested), n_steps=n_steps, alpha=alpha, fdr=fdr, statistic="MMD"
    )


def _given(
    given: Sequence[int] | int, concept: int, n_concepts: int, rng: np.random.Generator
) -> list[int]:
    others = [i for i in range(n_concepts) if i != concept]
    if isinstance(given, int | np.integer):
        if not 0 <= given <= len(others):
            raise InputError(
                f"given={given}: with {n_concepts} concepts a set of 0 to {len(others)} others is"
                " possible"
            )
        return [int(i) for i in rng.choice(others, size=int(given), replace=False)] if given else []
    if not all(0 <= i < n_concepts for i in given):
        raise InputError(f"given={list(given)}: give concepts from 0 to {n_concepts - 1}")
    return [int(i) for i in given if i != concept]


class _Outputs:
    """Payoffs of the local test; widths come from the past alone."""

    def __init__(self, known: Floats, free: Floats) -> None:
        self.known, self.free = known, free
        self.wide: Floats = np.ones((len(known), 1))

    def payoff(self, step: int, which: NDArray[np.int64]) -> Floats:
        """g = witness at the output given C and j less that at the output given C, after ``step +
        1`` draws of each.
        """
        n = step + 1
        if due(n):
            self.wide = widths(np.concatenate([self.known[:, :n], self.free[:, :n]], axis=1))
        a, b, wide = self.known[which, : n + 1], self.free[which, : n + 1], self.wide[which]
        gain = rbf(a[:, :n], a[:, n:], wide) - rbf(b[:, :n], a[:, n:], wide)
        gain += rbf(b[:, :n], b[:, n:], wide) - rbf(a[:, :n], b[:, n:], wide)
        return gain.mean(1)
