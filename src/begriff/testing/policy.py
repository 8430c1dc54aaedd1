"""What every question policy promises."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from begriff.kinds.policy import Outlook, Policy
from begriff.testing.rules import Rules, documented, equal, must

__all__ = ["check_policy"]

rules = Rules("policies")


@dataclass
class _Case:
    make: Callable[[], Policy]
    seen: Outlook


def check_policy(make: Callable[[], Policy], *, skip: Collection[str] = ()) -> None:
    """Check what :class:`begriff.kinds.Policy` promises.

    Parameters
    ----------
    make : callable
        Makes the policy, ready to score: its class, or a function without arguments.
    skip : collection of str
        Rules that do not hold, for a reason that the caller knows.

    Raises
    ------
    AssertionError
        For the first rule that breaks.

    Examples
    --------
    >>> from begriff.bottlenecks import Influence
    >>> from begriff.testing import check_policy
    >>> check_policy(Influence)
    """
    rng = np.random.default_rng(0)
    p = rng.dirichlet([1, 1], size=(12, 4))
    given = rng.dirichlet([1, 1, 1], size=(12, 4, 2))
    label = (p[..., None] * given).sum(axis=2).mean(axis=1)
    seen = Outlook(label, given, p, np.full(4, 2), rng.normal(size=(4, 2, 3)))
    rules.check(_Case(make, seen), type(make()).__name__, skip)


@rules
def a_score_for_every_concept(c: _Case) -> None:
    """scores gives finite numbers (n_items, n_concepts)."""
    scores = np.asarray(c.make().scores(c.seen))
    must(scores.shape == (12, 4), f"shape {scores.shape}")
    must(np.isfinite(scores).all(), "scores that are not finite")


@rules
def equal_policies_score_equally(c: _Case) -> None:
    """Two policies made alike give the same scores, and leave what they see as it is."""
    before = [np.array(a, copy=True) for a in vars(c.seen).values()]
    equal(c.make().scores(c.seen), c.make().scores(c.seen), "scores")
    for name, kept in zip(vars(c.seen), before, strict=True):
        equal(getattr(c.seen, name), kept, f"{name} before and after")


@rules
def it_is_documented(c: _Case) -> None:
    """The docstring has a first sentence."""
    method: Any = type(c.make())
    must((method.__doc__ or "").strip(), "it has no docstring")
    if "Source:" in (method.__doc__ or ""):
        documented(method)
