"""Why an item is given its class, as a report; lists of items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from begriff.documents.models import Document
from begriff.frames import Frame
from begriff.reports.report import Cells, ConceptRef, Report, Table, percent, shorten

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import RenderableType

__all__ = ["Decision", "DecisionList", "DecisionRow", "Part", "Question"]


class Part(Document):
    """A concept's part of a logit: activation times weight.

    ``corrected`` where a person set the activation.
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
        parts = Cells(
            ("concept", "activation", "weight", "adds", ""), [(r[0], *r[2:]) for r in rows]
        )
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
