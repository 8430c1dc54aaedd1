"""What an answer about a missing item says, as a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from begriff.documents.models import Document
from begriff.reports.report import Cells, ConceptRef, Report, Table

if TYPE_CHECKING:
    pass

__all__ = ["Lack", "LARGEST_WEIGHT", "Step", "WhyNot", "Word"]

LARGEST_WEIGHT = 3.0


class Lack(Document):
    """What a concept adds to the document's score, to that of the hits above it on average, and the
    difference.
    """

    concept: ConceptRef
    here: float
    above: float
    difference: float


class Word(Document):
    """A word of the query: what it adds to a search by words, here and on average in the hits
    above.
    """

    word: str
    here: float
    above: float


class Step(Document):
    """Steering that brings the document to ``rank``: ``more`` or ``less`` of concepts, each with
    ``weight``; ``kept`` is the share of the former hits that are among the first k then.
    """

    kind: str
    concepts: list[ConceptRef]
    weight: float
    rank: int
    kept: float = 1.0


class WhyNot(Report):
    """Where a document stands, what cost it the rank, and what would bring it up.

    ``steps`` are those that still ask the same question: a fifth of the former hits stay.
    ``elsewhere`` says that there is none, and that the document is far down by vectors and by
    words: it is about something else.
    """

    query: str
    id: str
    title: str
    k: int
    rank: int
    rank_by_words: int | None
    score: float
    needed: float
    lacks: list[Lack]
    rest: float
    words: list[Word]
    steps: list[Step]
    filtered: str | None
    elsewhere: bool = False

    def tables(self) -> list[Table]:
        """Concepts, words, steering."""
        lacks = [(c.concept.name, c.concept.id, c.here, c.above, c.difference) for c in self.lacks]
        costs = [
            (name, here, above, f"{difference:+.3f}") for name, _, here, above, difference in lacks
        ]
        words = [(w.word, w.here, w.above) for w in self.words]
        columns = ("kind", "concepts", "ids", "weight", "rank")
        steps = [
            (s.kind, [c.name for c in s.concepts], [c.id for c in s.concepts], s.weight, s.rank)
            for s in self.steps
        ]
        options = [
            (
                f"--{s.kind} "
                + f" --{s.kind} ".join(f'"{c.name}:{s.weight:.3f}"' for c in s.concepts),
                s.rank,
            )
            for s in self.steps
        ]
        return [
            Table(
                "Concepts that cost it the rank",
                ("concept", "id", "here", "hits_above", "difference"),
                lacks,
                Cells(("concept", "here", "hits above", "difference"), costs),
            ),
            Table("Words of the query", ("word", "here", "hits above"), words),
            Table(
                "The smallest steering that brings it up",
                columns,
                steps,
                Cells(("option", "rank then"), options),
            ),
        ]

    def summary(self) -> list[str]:
        """The verdict in sentences."""
        if self.filtered is not None:
            return [f"{self.id} ({self.title}) cannot be found: it does not meet {self.filtered}."]
        by_words = (
            f"; by words alone it is number {self.rank_by_words}"
            if self.rank_by_words
            else "; by words alone it is not found"
        )
        if self.rank <= self.k:
            return [
                f"{self.id} ({self.title}) is found: number {self.rank} for"
                f" {self.query!r}{by_words}."
            ]
        out = [
            f"{self.id} ({self.title}) is number {self.rank:,} for {self.query!r}{by_words}.",
            (
                f"Its score is {self.score:.3f}; the top {self.k} begins at {self.needed:.3f}. What"
                f" no concept explains adds {self.rest:+.3f}."
            ),
        ]
        if self.elsewhere:
            return [
                *out,
                (
                    f"It is about something else (rank {self.rank:,}): steering that brings it up"
                    " would ask another question."
                ),
            ]
        return (
            out
            if self.steps
            else [
                *out,
                (
                    "No steering by one or two of its concepts (weights up to"
                    f" {LARGEST_WEIGHT:g}) brings it up."
                ),
            ]
        )

    def plot(self) -> Any:
        """What each concept cost or gave."""
        from begriff.plots.figures import bars

        return bars(
            [c.concept.name for c in self.lacks],
            [c.difference for c in self.lacks],
            title=f"{self.id} against the hits above it, for {self.query!r}",
            x="difference of the concept's contribution",
        )
