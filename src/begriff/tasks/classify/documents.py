"""What a model through concepts says: of its classes, of an item, of what to ask next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from begriff.documents.models import Document
from begriff.reports.report import Cells, ConceptRef, Report, Table, percent
from begriff.tasks.classify.decision_documents import (
    Decision,
    DecisionList,
    DecisionRow,
    Part,
    Question,
)

if TYPE_CHECKING:
    pass

__all__ = [
    "Accuracy",
    "ClassView",
    "Decision",
    "DecisionList",
    "DecisionRow",
    "Model",
    "ModelList",
    "Part",
    "Question",
    "Weight",
]

SHOWN = 32
"""Concepts that are shown at once: people do not use more (Ramaswamy et al.

2023, arXiv 2207.09615).
"""


class Weight(Document):
    """What a concept does to a class: its weight, what it adds where it is as strong as it
    typically is, how often that happens.
    """

    concept: ConceptRef
    weight: float
    effect: float
    share: float
    edited: bool = False


class ClassView(Document):
    """A class: its items among those fitted on, the share of held-out ones that are found, its
    concepts.

    Concepts come in the order of what they add or take on average, in the class's items or in all.
    """

    name: str
    items: int
    recall: float | None
    intercept: float
    concepts: list[Weight]
    used: int


class Accuracy(Document):
    """Held-out accuracy with at most so many concepts a class; ``frozen`` with concepts of a frozen
    random decoder in their place.
    """

    most: int
    concepts: float
    frozen: float | None


class Model(Report):
    """A classifier through concepts, with its controls.

    ``probe`` is a linear probe of the whole vector, ``hybrid`` the same concepts with a linear part
    on the vector, ``majority`` the largest class. ``by_name`` reads every concept by the vector of
    its name instead of its direction, ``by_shuffled_name`` by another's: where both are alike, the
    names mean nothing. ``unlabelled`` is the share of the hybrid's decisions that this part
    carries. ``coverage`` is the share of held-out items that it answers: those above ``threshold``,
    where the promised accuracy holds. Where no threshold keeps the promise, ``threshold`` is None,
    ``coverage`` 0, it abstains on every item, and ``reachable`` is the highest accuracy that can be
    promised instead, with its coverage (None where that is not above .5).
    """

    name: str
    label: str
    concepts: str
    version: int
    items: int
    held: int
    n_concepts: int
    n_active: int
    hybrid_used: bool
    accuracy: float
    accuracies: list[Accuracy]
    probe: float
    hybrid: float
    majority: float
    by_name: float | None
    by_shuffled_name: float | None
    unlabelled: float
    promised: float
    threshold: float | None
    coverage: float
    reachable: tuple[float, float] | None = None
    classes: list[ClassView]
    unknown_ids: list[str]
    small: dict[str, int]
    corrections: int = 0
    weights_edited: int = 0

    def tables(self) -> list[Table]:
        """Concepts of every class, then accuracies."""
        columns = (
            "class",
            "items",
            "recall",
            "intercept",
            "concepts",
            "ids",
            "effects",
            "concepts_used",
        )
        rows = [
            (
                c.name,
                c.items,
                c.recall,
                c.intercept,
                [w.concept.name for w in c.concepts],
                [w.concept.id for w in c.concepts],
                [w.effect for w in c.concepts],
                c.used,
            )
            for c in self.classes
        ]
        headings = ("class", "items", "recognised", "concepts and what they add", "concepts used")
        shown = [
            (
                c.name,
                c.items,
                None if c.recall is None else percent(c.recall),
                _strongest(c),
                c.used,
            )
            for c in self.classes
        ]
        return [
            Table(
                f"{self.label} through concepts (recognised: share of a class's held-out items that"
                " are predicted right)",
                columns,
                rows,
                Cells(headings, shown),
            ),
            self._accuracies(),
        ]

    def _accuracies(self) -> Table:
        rows: list[tuple[Any, ...]] = [
            (f"at most {a.most} concepts a class", a.concepts, a.frozen) for a in self.accuracies
        ]
        rows += [
            ("concepts and the vector itself (hybrid)", self.hybrid, None),
            ("linear probe of the whole vector", self.probe, None),
        ]
        if self.by_name is not None:
            rows.append(
                (
                    "concepts read by their names (control: shuffled names)",
                    self.by_name,
                    self.by_shuffled_name,
                )
            )
        rows.append(("the largest class", self.majority, None))
        headings = ("model", "accuracy", "control: frozen decoder")
        shown = [
            (name, *(None if v is None else percent(v) for v in values)) for name, *values in rows
        ]
        return Table(
            f"Accuracy on {self.held:,} held-out items",
            ("model", "accuracy", "control"),
            rows,
            Cells(headings, shown),
        )

    def summary(self) -> list[str]:
        """Accuracy with its controls, abstention, edits, what was left out."""
        out = [
            (
                f"Model {self.name!r}: {self.label} through {self.n_concepts:,} {self.concepts}"
                f" concepts, fitted on {self.items:,} items."
            ),
            (
                f"Accuracy {percent(self.accuracy)} on {self.held:,} held-out items; a linear probe"
                f" of the whole vector reaches {percent(self.probe)}, the largest class"
                f" {percent(self.majority)}."
            ),
            (
                f"With a linear part on the vector: {percent(self.hybrid)};"
                f" {percent(self.unlabelled)} of its decisions come from it, which has no names."
            ),
        ]
        if self.threshold is None:
            out.append(self.abstains)
        else:
            promised = f"at a promised accuracy of {percent(self.promised)}"
            out.append(
                f"It answers {percent(self.coverage)} of the items, {promised}, and asks about the"
                " others."
            )
        if self.corrections or self.weights_edited:
            out.append(
                f"People corrected {self.corrections} concepts of items and {self.weights_edited}"
                " weights (*)."
            )
        if self.small:
            out.append(
                "Classes left out, too few items: "
                + ", ".join(f"{k!r} ({v})" for k, v in list(self.small.items())[:10])
                + "."
            )
        if self.unknown_ids:
            out.append(
                f"{len(self.unknown_ids):,} labelled ids belong to no item:"
                f" {', '.join(map(repr, self.unknown_ids[:10]))}."
            )
        return out

    @property
    def abstains(self) -> str:
        """Why it answers nothing, and what can be promised instead."""
        instead = "not even 50% can be promised: label more items, or take coarser labels"
        if self.reachable is not None:
            accuracy, coverage = self.reachable
            instead = (
                f"{accuracy:.0%} can be promised, on {percent(coverage)} of the items: fit it again"
                f" with promise={accuracy:g}"
            )
        return (
            f"Model {self.name!r} abstains on every item: no threshold keeps the promised accuracy"
            f" of {percent(self.promised)}; {instead}."
        )

    def plot(self) -> Any:
        """Effects of the concepts of the largest classes."""
        from begriff.plots.figures import bars

        shown = [
            (f"{c.name}: {w.concept.name}", w.effect)
            for c in sorted(self.classes, key=lambda c: -c.items)[:5]
            for w in c.concepts[:6]
        ]
        return bars(
            [n for n, _ in shown],
            [v for _, v in shown],
            title=f"{self.label} through concepts",
            x="added to the logit",
        )


def _strongest(c: ClassView) -> str | None:
    return (
        ", ".join(
            f"{w.concept.name} {w.effect:+.1f}{'*' if w.edited else ''}" for w in c.concepts[:6]
        )
        or None
    )


class ModelList(Document):
    """The models of an atlas."""

    models: list[str]
