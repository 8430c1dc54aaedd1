"""Which concept of an item a person should be asked about next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from begriff import catalog
from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.kinds.policy import Policy
from begriff.reports.report import ConceptRef
from begriff.tasks.classify.documents import Question

__all__ = ["Held", "make_policy", "questions"]

_ASKED = 5


@dataclass(frozen=True)
class Held:
    """The concepts of one item that may be asked about.

    Attributes
    ----------
    now : ndarray (n_concepts,)
        Activations.
    on, off : ndarray (n_concepts,)
        Activations above which concepts are active, and those that they have where they are not.
    typical : ndarray (n_concepts,)
        Activations that the concepts have where they are active.
    present : ndarray (n_concepts,)
        How probable it is that each is active.
    coef : ndarray (n_classes, n_concepts)
    """

    now: Floats
    on: Floats
    off: Floats
    typical: Floats
    present: Floats
    coef: Floats


def questions(
    held: Held,
    refs: Sequence[ConceptRef],
    classes: Sequence[str],
    logits: Floats,
    calibrated: Callable[[Floats], NDArray[np.float64]],
    policy: str | Policy = "influence",
) -> list[Question]:
    """The concepts that a policy scores highest, at most 5; by default those whose other answer
    would move the prediction most, times the chance of that answer.

    Parameters
    ----------
    held : Held
    refs : sequence of ConceptRef (n_concepts,)
    classes : sequence of str
    logits : ndarray (1, n_classes)
        As they are now.
    calibrated : callable
        Logits (n, n_classes) -> probabilities (n, n_classes).
    policy : str or Policy
        By its name in the catalogue, or ready to score.

    Raises
    ------
    InputError
        For a name that is not in the catalogue, or a policy that has to be fitted first.

    Notes
    -----
    Source: Chauhan et al. 2023, "Interactive concept bottleneck models", arXiv 2212.07430.
    """
    from begriff.bottlenecks import Outlook

    ready = make_policy(policy)
    if not len(refs):
        return []
    active = held.now > held.on
    other = np.where(active, held.off, held.typical)
    label = calibrated(logits)
    then = calibrated(logits + (other - held.now)[:, None] * held.coef.T)
    sure = np.where(active, held.present, 1 - held.present)
    seen = Outlook(
        label=label,
        given=np.stack([np.broadcast_to(label, then.shape), then], axis=1)[None],
        probabilities=np.stack([sure, 1 - sure], axis=1)[None],
        n_values=np.full(len(refs), 2),
        pushes=np.stack([held.now, other], axis=1)[:, :, None] * held.coef.T[:, None, :],
    )
    expected = ready.scores(seen)[0]
    change = np.abs(then - label).sum(axis=1) / 2
    return [
        Question(
            concept=refs[i],
            active=bool(active[i]),
            probability=float(held.present[i]),
            change=float(change[i]),
            expected=float(expected[i]),
            would_be=classes[int(then[i].argmax())],
        )
        for i in np.argsort(-expected, kind="stable")[:_ASKED]
    ]


def make_policy(policy: str | Policy) -> Policy:
    """A policy by its name, ready to score; an object stays.

    Raises
    ------
    InputError
        For a name that is not in the catalogue, or a policy that has to be fitted first.
    """
    if isinstance(policy, Policy):
        return policy
    method = catalog.find("policies", policy)
    if method.needs_fit:
        ready = [m.name for m in catalog.methods("policies") if not m.tags["needs_fit"]]
        raise InputError(
            f"policy={policy!r}: {method.__name__} has to be fitted on validation items first: fit"
            f" it and give the object in Python, or choose {', '.join(ready)}"
        )
    made: Policy = method()
    return made
