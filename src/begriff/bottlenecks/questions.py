"""Which concept to ask a person about next, and what every answer buys."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from begriff.bottlenecks.beliefs import Beliefs, label_index, outlook
from begriff.errors import InputError
from begriff.kinds import Bottleneck
from begriff.kinds.policy import Outlook, Policy

__all__ = [
    "Contribution",
    "Curves",
    "doubt",
    "entropy",
    "ExpectedLoss",
    "Influence",
    "next_question",
    "Question",
    "RandomOrder",
    "replay",
    "Uncertainty",
]

Array = NDArray[np.float64]


def entropy(p: Array) -> Array:
    """Entropy in nats over the last axis of probabilities."""
    return np.asarray(-(p * np.log(np.maximum(p, 1e-300))).sum(axis=-1))  # guards log of zero


def doubt(p: Array) -> Array:
    """Probability that the most probable class is wrong, over the last axis."""
    return np.asarray(1 - p.max(axis=-1))


class RandomOrder(Policy):
    """Every concept is as likely as any other, for each item by itself.

    Parameters
    ----------
    random_state : int or numpy Generator, default 0
        A generator goes on from call to call.
    """

    def __init__(self, *, random_state: int | np.random.Generator = 0) -> None:
        self.random_state = random_state

    def scores(self, seen: Outlook) -> Array:
        """Uniform numbers (n_items, n_concepts)."""
        return np.random.default_rng(self.random_state).random(seen.probabilities.shape[:2])


class Uncertainty(Policy):
    """How uncertain a concept is: the entropy of its values over its largest possible (log 2 for
    two values), so 0 to 1.

    Source: Shin et al. 2023, arXiv 2302.14260 (UCP).
    """

    def scores(self, seen: Outlook) -> Array:
        """Normalised entropies (n_items, n_concepts)."""
        return np.asarray(entropy(seen.probabilities) / np.log(np.maximum(seen.n_values, 2)))


class Contribution(Policy):
    """What a concept adds to the logits: the sum over the classes of how far its expected value
    pushes a class from their mean.

    Source: Shin et al. 2023, arXiv 2302.14260 (CCTP).
    """

    def scores(self, seen: Outlook) -> Array:
        """Contributions (n_items, n_concepts), in logits."""
        centred = seen.pushes - seen.pushes.mean(axis=2, keepdims=True)
        return np.asarray(
            np.abs(np.einsum("ngv,gvc->ngc", seen.probabilities, centred)).sum(axis=2)
        )


class Influence(Policy):
    """How much an answer is expected to change the label's probabilities: half the sum of the
    changes, so 0 to 1.

    Source: Chauhan et al. 2023, arXiv 2212.07430 (importance of a concept to the label).
    """

    def scores(self, seen: Outlook) -> Array:
        """Expected total variations (n_items, n_concepts)."""
        return seen.expected(np.abs(seen.given - seen.label[:, None, None, :]).sum(axis=3) / 2)


class ExpectedLoss(Policy):
    """How much an answer is expected to lower the label's loss.

    Parameters
    ----------
    loss : callable, default entropy
        Probabilities (..., n_classes) -> expected loss (...): :func:`entropy` (log loss) or
        :func:`doubt` (errors). Under ``doubt`` many concepts tie at zero, since one answer alone
        often changes no decision.

    Notes
    -----
    Under exact mixtures the gain of ``entropy`` is the mutual information of concept and label:
    never negative, and equal to the expected Kullback-Leibler change of the prediction.

    Source: Shin et al. 2023, arXiv 2302.14260 (EUDTP, and ECTP which is the same under mixtures).
    """

    def __init__(self, *, loss: Callable[[Array], Array] = entropy) -> None:
        self.loss = loss

    def scores(self, seen: Outlook) -> Array:
        """Expected gains (n_items, n_concepts), in units of the loss."""
        return np.asarray(self.loss(seen.label)[:, None] - seen.expected(self.loss(seen.given)))


@dataclass(frozen=True)
class Question:
    """What to ask about one item.

    Attributes
    ----------
    concept : int
    name : str
    score : float
        By the policy.
    label : ndarray (n_classes,)
        Probabilities of the classes before the answer.
    given : ndarray (n_values, n_classes)
        The same for each possible answer.
    """

    concept: int
    name: str
    score: float
    label: Array
    given: Array


def next_question(
    beliefs: Beliefs,
    head: Bottleneck,
    *,
    policy: Policy,
    item: int = 0,
    asked: Collection[int] = (),
) -> Question:
    """The concept to ask about next for one item.

    Parameters
    ----------
    beliefs : Beliefs
        With the answers so far (:meth:`Beliefs.answered`).
    head : Bottleneck
    policy : Policy
    item : int, default 0
        Row of the beliefs.
    asked : collection of int
        Concepts that have been asked about.

    Raises
    ------
    InputError
        When all concepts have been asked about.

    Examples
    --------
    >>> from begriff.bottlenecks import Beliefs, ExpectedLoss, SparseLinear, next_question
    >>> head = SparseLinear.from_weights([[0.0, 0.0], [4.0, 0.1]], [0.0, 0.0], [0, 1])
    >>> b = Beliefs.presence([[0.6, 0.5]], [1.0, 1.0], names=["service", "parking"])
    >>> next_question(b, head, policy=ExpectedLoss()).name
    'service'
    """
    left = [g for g in range(len(beliefs.names)) if g not in set(asked)]
    if not left:
        raise InputError(
            f"all {len(beliefs.names)} concepts have been asked about: nothing is left to ask"
        )
    seen = outlook(beliefs[item : item + 1], head)
    scores = policy.scores(seen)[0]
    best = max(left, key=lambda g: scores[g])
    return Question(
        best,
        beliefs.names[best],
        float(scores[best]),
        seen.label[0],
        seen.given[0, best, : seen.n_values[best]],
    )


@dataclass(frozen=True)
class Curves:
    """Error against corrections, of several policies.

    Attributes
    ----------
    policies : tuple of str
    error : ndarray (n_policies, n_questions + 1)
        Share of wrong labels after 0, 1, ... corrections of each item.
    loss : ndarray (n_policies, n_questions + 1)
        Mean log loss, in nats.
    cost : ndarray (n_policies, n_questions + 1)
        Mean cost spent for an item; the number of corrections where every concept costs 1.
    asked : ndarray (n_policies, n_items, n_questions), int64
        Concepts in the order of asking.
    """

    policies: tuple[str, ...]
    error: Array
    loss: Array
    cost: Array
    asked: NDArray[np.int64]

    def needed(self, error: float) -> dict[str, float]:
        """For each policy the cost at which its error first falls to ``error``, between corrections
        linearly; NaN if it never does.
        """
        return {
            name: _reached(c, e, error)
            for name, c, e in zip(self.policies, self.cost, self.error, strict=True)
        }

    def area(self) -> dict[str, float]:
        """For each policy its mean error over the cost spent: the lower, the sooner the errors are
        gone.
        """
        return {
            n: _mean_over(c, e)
            for n, c, e in zip(self.policies, self.cost, self.error, strict=True)
        }


def replay(
    beliefs: Beliefs,
    head: Bottleneck,
    true: Any,
    y: Any,
    policies: Mapping[str, Policy],
    *,
    n_questions: int | None = None,
    costs: ArrayLike | None = None,
) -> Curves:
    """Correct concepts one after the other in each policy's order, and watch the label's error.

    Parameters
    ----------
    beliefs : Beliefs
    head : Bottleneck
    true : array_like (n_items, n_concepts), int
        Position of the true value; -1 where a person cannot say (asking costs, and changes
        nothing).
    y : array_like (n_items,)
        Labels.
    policies : mapping of str to Policy
    n_questions : int, optional
        Corrections of each item; all concepts when not given.
    costs : array_like (n_concepts,), optional
        Of asking; 1 each when not given.

    Raises
    ------
    InputError
        For other numbers of items or concepts, or more questions than concepts.
    """
    n_items, n_concepts = beliefs.probabilities.shape[:2]
    steps = n_concepts if n_questions is None else n_questions
    price = np.ones(n_concepts) if costs is None else np.asarray(costs, dtype=np.float64)
    labels = label_index(head, y)
    if not 0 <= steps <= n_concepts or price.shape != (n_concepts,) or labels.shape != (n_items,):
        raise InputError(
            f"{steps} questions, costs {price.shape}, labels {labels.shape} for {n_items} items and"
            f" {n_concepts} concepts: give a label an item, a cost a concept and at most as many"
            " questions as concepts"
        )
    runs = [_run(beliefs, head, np.asarray(true), labels, p, steps) for p in policies.values()]
    asked = np.array([r[2] for r in runs], dtype=np.int64).reshape(len(runs), n_items, steps)
    spent = np.concatenate(
        [np.zeros((len(runs), 1)), price[asked].mean(axis=1).cumsum(axis=1)], axis=1
    )
    return Curves(
        tuple(policies),
        np.array([r[0] for r in runs]),
        np.array([r[1] for r in runs]),
        spent,
        asked,
    )


def _run(
    beliefs: Beliefs,
    head: Bottleneck,
    true: NDArray[Any],
    labels: NDArray[np.int64],
    policy: Policy,
    steps: int,
) -> tuple[list[float], list[float], NDArray[np.int64]]:
    """Errors, losses (steps + 1 each) and concepts asked about (n_items, steps) of one policy."""
    rows = np.arange(len(labels))
    done = np.zeros(beliefs.probabilities.shape[:2], dtype=bool)
    order = np.zeros((len(labels), steps), dtype=np.int64)
    errors, losses = [], []
    for step in range(steps + 1):
        seen = outlook(beliefs.answered(true, done), head, foresee=step < steps)
        errors.append(float((seen.label.argmax(axis=1) != labels).mean()))
        # guards log of zero
        losses.append(float(-np.log(np.maximum(seen.label[rows, labels], 1e-12)).mean()))
        if step < steps:
            order[:, step] = np.where(done, -np.inf, policy.scores(seen)).argmax(axis=1)
            done[rows, order[:, step]] = True
    return errors, losses, order


def _reached(cost: Array, error: Array, wanted: float) -> float:
    below = np.flatnonzero(error <= wanted)
    if not len(below):
        return float("nan")
    k = int(below[0])
    if k == 0:
        return float(cost[0])
    return float(
        cost[k - 1] + (cost[k] - cost[k - 1]) * (error[k - 1] - wanted) / (error[k - 1] - error[k])
    )


def _mean_over(cost: Array, error: Array) -> float:
    if cost[-1] <= 0:
        return float(error.mean())
    return float(np.trapezoid(error, cost) / cost[-1])
