"""What a model through concepts says: of its classes, of an item, of what to ask next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from begriff.documents.models import Document
from begriff.frames import Frame
from begriff.reports.report import Cells, ConceptRef, Report, Table, percent, shorten

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import RenderableType

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
        """Accuracy beside its controls, abstention, edits, what was left out."""
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


class Part(Document):
    """A concept's part of a logit: strength times weight.

    ``corrected`` where a person set the strength.
    """

    concept: ConceptRef
    strength: float
    weight: float
    value: float
    corrected: bool = False


class Question(Document):
    """A concept to ask a person about: whether the item holds it, how probable that is, what the
    opposite would change.

    ``change`` is how much probability would move between classes, ``expected`` the same times the
    chance that it does.
    """

    concept: ConceptRef
    active: bool
    probability: float
    change: float
    expected: float
    would_be: str


ALONE = (
    "A correction changes the prediction of this item alone: the model is not fitted again, and"
    " other items stay as they are."
)


class Decision(Report):
    """Why an item is given a class: intercept + parts + rest = logit, exactly; ``other`` parts are
    those beyond the listed ones.

    ``label`` is what it is known to be; ``answered`` is False where the promised accuracy does not
    hold.
    """

    model: str
    item: str
    text: str
    label: str | None
    predicted: str
    probability: float
    answered: bool
    probabilities: dict[str, float]
    of: str
    logit: float
    intercept: float
    parts: list[Part]
    other: float
    rest: float
    questions: list[Question]

    def tables(self) -> list[Table]:
        """Parts of the logit, then questions."""
        rows: list[tuple[Any, ...]] = [
            (
                p.concept.name,
                p.concept.id,
                p.strength,
                p.weight,
                p.value,
                "set by a person" if p.corrected else None,
            )
            for p in self.parts
        ]
        rows += [("(other concepts)", None, None, None, self.other, None)] if self.other else []
        rows += [("(the vector itself)", None, None, None, self.rest, None)] if self.rest else []
        rows += [
            ("(without any concept)", None, None, None, self.intercept, None),
            ("= logit", None, None, None, self.logit, None),
        ]
        asks = [
            (q.concept.name, q.concept.id, q.active, q.probability, q.change, q.would_be)
            for q in self.questions
        ]
        parts = Cells(("concept", "strength", "weight", "adds", ""), [(r[0], *r[2:]) for r in rows])
        shown = Cells(
            ("is it about", "computed", "probability", "the other answer would move", "then"),
            [
                (
                    q.concept.name,
                    "yes" if q.active else "no",
                    percent(q.probability),
                    percent(q.change),
                    q.would_be,
                )
                for q in self.questions
            ],
        )
        return [
            Table(
                f"Why {self.of}",
                ("concept", "id", "strength", "weight", "adds", "corrected"),
                rows,
                parts,
            ),
            Table(
                "What to ask next",
                ("concept", "id", "active", "probability", "change", "would_be"),
                asks,
                shown,
            ),
        ]

    def summary(self) -> list[str]:
        """What is predicted, and whether it is answered."""
        top = ", ".join(f"{k} {percent(v)}" for k, v in list(self.probabilities.items())[:3])
        known = "" if self.label is None else f" It is labelled {self.label}."
        sure = "" if self.answered else " Too unsure to promise: a person should confirm a concept."
        said = [
            f"{self.item}: {shorten(self.text, 120)}",
            f"Predicted {self.predicted} ({top}).{known}{sure}",
        ]
        return [*said, ALONE] if any(p.corrected for p in self.parts) else said

    def plot(self) -> Any:
        """The parts of the logit."""
        from begriff.plots.figures import bars

        return bars(
            [p.concept.name for p in self.parts],
            [p.value for p in self.parts],
            title=f"{self.item}: why {self.of}",
            x="added to the logit",
        )


class DecisionRow(Document):
    """An item with what is predicted."""

    id: str
    text: str
    label: str | None
    predicted: str
    probability: float
    answered: bool
    corrected: bool


class DecisionList(Document, Frame):
    """Items with predictions, a page of them; ``total`` counts all."""

    model: str
    items: list[DecisionRow]
    total: int
    next: int | None

    def table(self) -> Table:
        """A row an item.

        As CSV, with labels put right, it is a file that ``classify`` takes for its labels.
        """
        columns = ("id", "label", "predicted", "probability", "answered", "corrected", "text")
        rows = [
            (r.id, r.label, r.predicted, r.probability, r.answered, r.corrected, r.text)
            for r in self.items
        ]
        shown = Cells(
            ("id", "predicted", "probability", "label", "text"),
            [
                (r.id, r.predicted, percent(r.probability), r.label, shorten(r.text, 80))
                for r in self.items
            ],
        )
        return Table(f"Items of the model {self.model!r}", columns, rows, shown)

    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table."""
        return self.table().to_arrow()

    def _repr_html_(self) -> str:
        return self.table().to_html()

    def __rich__(self) -> RenderableType:
        return self.table().__rich__()
