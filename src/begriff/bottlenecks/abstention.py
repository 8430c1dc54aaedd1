"""Ask a person about the items on which a safeguard abstains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from begriff.bottlenecks.beliefs import Beliefs, label_index, outlook
from begriff.bottlenecks.safeguard import Safeguard, at_least, group_index
from begriff.errors import InputError
from begriff.kinds import Bottleneck
from begriff.kinds.policy import Outlook, Policy

__all__ = ["confirm", "Confirmed", "Lift"]

Array = NDArray[np.float64]


class Lift(Policy):
    """The probability that an answer lifts an item over a safeguard's threshold; among equals, the
    larger expected confidence.

    Parameters
    ----------
    safeguard : Safeguard
        Fitted.

    Source: Joren et al. 2024, "Classification with Conceptual Safeguards" (which concepts to
    confirm).
    """

    needs_fit: ClassVar[bool] = True

    def __init__(self, safeguard: Safeguard) -> None:
        self.safeguard = safeguard

    def scores(self, seen: Outlook) -> Array:
        """Expected coverage (n_items, n_concepts), plus a thousandth of the expected confidence."""
        sure = self.safeguard.predict_proba(seen.given).max(axis=3)
        return seen.expected((sure >= self.safeguard.threshold_) + 1e-3 * sure)


@dataclass(frozen=True)
class Confirmed:
    """What questions on the abstained items bought.

    Attributes
    ----------
    promised : float
        Accuracy that was promised on what is answered.
    coverage : tuple of 2 float
        Share of items answered before and after the questions.
    accuracy : tuple of 2 float
        On the items answered before and after; NaN where none is.
    bound : tuple of 2 float
        Upper binomial bounds on those accuracies: below the promise only if it is broken by more
        than chance.
    asked : ndarray (n_items, n_questions), int64
        Concepts asked about; -1 for items answered without a question.
    probabilities : ndarray (n_items, n_classes), float64
        Of the label after the questions, not calibrated.
    """

    promised: float
    coverage: tuple[float, float]
    accuracy: tuple[float, float]
    bound: tuple[float, float]
    asked: NDArray[np.int64]
    probabilities: Array


def confirm(
    beliefs: Beliefs,
    head: Bottleneck,
    true: Any,
    y: Any,
    *,
    safeguard: Safeguard,
    after: Safeguard | None = None,
    policy: Policy | None = None,
    n_questions: int = 1,
    groups: Any = None,
) -> Confirmed:
    """Ask a person about every item on which a safeguard abstains, and count what is answered then.

    Parameters
    ----------
    beliefs : Beliefs
    head : Bottleneck
    true : array_like (n_items, n_concepts), int
        Positions of the true values; -1 where a person cannot say.
    y : array_like (n_items,)
        Labels.
    safeguard : Safeguard
        Fitted on items like these without questions.
    after : Safeguard, optional
        Decides which items are answered after the questions; ``safeguard`` when not given, which
        then says whom to ask and promises nothing about the items that were asked: fit a second one
        on ``probabilities`` of other validation items (see the example).
    policy : Policy, optional
        Which concept to ask about; :class:`Lift` when not given.
    n_questions : int, default 1
        For each abstained item.
    groups : array_like (n_items,), optional
        Items that belong together, for the bounds.

    Raises
    ------
    InputError
        For more questions than concepts, or a number of labels that is not that of the items.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.bottlenecks import Beliefs, SparseLinear, confirm, outlook, Safeguard
    >>> head = SparseLinear.from_weights([[0.0, 0.0], [6.0, 3.0]], [4.5, 0.0], [0, 1])
    >>> rng = np.random.default_rng(0)
    >>> p = rng.beta(0.5, 0.5, (3000, 2))
    >>> true = (rng.random((3000, 2)) < p).astype(int)
    >>> y, b = (true @ [6, 3] > 4.5).astype(int), Beliefs.presence(p, [1.0, 1.0])
    >>> one, two, new = slice(0, 1000), slice(1000, 2000), slice(2000, 3000)
    >>> guard = Safeguard(accuracy=0.95).fit(outlook(b[one], head).label, y[one])
    >>> tried = confirm(b[two], head, true[two], y[two], safeguard=guard)
    >>> after = Safeguard(accuracy=0.95).fit(tried.probabilities, y[two])
    >>> got = confirm(b[new], head, true[new], y[new], safeguard=guard, after=after)
    >>> got.coverage[1] > got.coverage[0] + 0.2, min(got.bound) > 0.95
    (True, True)
    """
    labels = label_index(head, y)
    if not 0 <= n_questions <= len(beliefs.names) or labels.shape != (len(beliefs),):
        raise InputError(
            f"{n_questions} questions and labels {labels.shape} for {len(beliefs)} items of"
            f" {len(beliefs.names)} concepts: give a label an item and at most as many questions as"
            " concepts"
        )
    rule = Lift(safeguard) if policy is None else policy
    start = outlook(beliefs, head, foresee=False).label
    open_ = np.flatnonzero(~safeguard.answers(start))
    order, now = _questions(beliefs[open_], head, np.asarray(true)[open_], rule, n_questions)
    asked, P = np.full((len(labels), n_questions), -1, dtype=np.int64), start.copy()
    asked[open_], P[open_] = order, now
    before, later = safeguard.predict(start), (after or safeguard).predict(P)
    together = group_index(groups, len(labels))
    counts = [_counts(said, labels, together) for said in (before, later)]
    return Confirmed(
        safeguard.accuracy,
        (counts[0][0], counts[1][0]),
        (counts[0][1], counts[1][1]),
        (counts[0][2], counts[1][2]),
        asked,
        P,
    )


def _questions(
    beliefs: Beliefs, head: Bottleneck, true: NDArray[Any], policy: Policy, n_questions: int
) -> tuple[NDArray[np.int64], Array]:
    """Concepts asked about (n_items, n_questions), and the label's probabilities then (n_items,
    n_classes).
    """
    done = np.zeros(true.shape, dtype=bool)
    order = np.zeros((len(true), n_questions), dtype=np.int64)
    for step in range(n_questions):
        seen = outlook(beliefs.answered(true, done), head)
        order[:, step] = np.where(done, -np.inf, policy.scores(seen)).argmax(axis=1)
        done[np.arange(len(true)), order[:, step]] = True
    return order, outlook(beliefs.answered(true, done), head, foresee=False).label


def _counts(
    said: NDArray[np.int64], labels: NDArray[np.int64], group: NDArray[np.int64]
) -> tuple[float, float, float]:
    """Coverage, accuracy on what is answered and the upper binomial bound on it."""
    answered = said >= 0
    if not answered.any():
        return 0.0, float("nan"), float("nan")
    right = (said == labels)[answered]
    return float(answered.mean()), float(right.mean()), 1 - at_least(~right, groups=group[answered])
