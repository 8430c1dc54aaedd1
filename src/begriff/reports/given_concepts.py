"""Concepts that somebody gives: reading them, and what is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from begriff.documents.models import Document
from begriff.errors import InputError
from begriff.reports.report import Cells, Report, Table, chance

if TYPE_CHECKING:
    pass

__all__ = ["Agreement", "Conceptualized", "GivenConcept", "GivenConcepts", "read_concepts"]


@dataclass(frozen=True)
class GivenConcepts:
    """Concepts of a list, with the depth of each and the position of the one above it (-1 at the
    top).
    """

    names: list[str]
    depth: list[int]
    parent: list[int]


class GivenConcept(Document):
    """A given concept.

    For a text or item ``value`` is its activation in standard deviations of the corpus. For one
    corpus, and for two encoders of the same items, ``value`` (and ``other``) is how much items
    differ along the concept, a standard deviation of cosines, and ``agreement`` the correlation
    over the items that both hold. For two corpora they are mean cosines (with two encoders, mean
    profiles: standard deviations among the concepts), ``difference`` is Cohen's d, and ``q`` its
    p-value corrected for all concepts.
    """

    name: str
    value: float
    other: float | None = None
    difference: float | None = None
    q: float | None = None
    agreement: float | None = None


class Agreement(Document):
    """How much of the original vectors the space of given concepts keeps.

    ``similarity`` is the rank correlation of cosines over random pairs, ``neighbours`` the share of
    the ten nearest items that stay; ``random_*`` the same for as many random directions, which keep
    distances too, without meaning anything.
    """

    similarity: float
    neighbours: float
    random_similarity: float
    random_neighbours: float


class Conceptualized(Report):
    """A text, an item, a corpus or two in a space of given concepts."""

    subject: str
    other: str | None
    concepts: list[GivenConcept]
    dimensions: int
    agreement: Agreement
    between: float | None

    def tables(self) -> list[Table]:
        """Concepts, strongest first."""
        extra = [
            ("other", "other"),
            ("difference", "difference d"),
            ("q", "q"),
            ("agreement", "agreement"),
        ]
        extra = [
            (field, label)
            for field, label in extra
            if any(getattr(c, field) is not None for c in self.concepts)
        ]
        rows = [
            (c.name, c.value, *(getattr(c, field) for field, _ in extra)) for c in self.concepts
        ]
        columns, headings = (("concept", "value", *(pair[i] for pair in extra)) for i in (0, 1))
        at = columns.index("q") if "q" in columns else len(columns)
        shown = [
            (*r[:at], *(chance(v) if v is not None else None for v in r[at : at + 1]), *r[at + 1 :])
            for r in rows
        ]
        return [
            Table(
                f"{self.subject} in {self.dimensions} given concepts",
                columns,
                rows,
                Cells(headings, shown),
            )
        ]

    def summary(self) -> list[str]:
        """What was rewritten, and how much of the original it keeps."""
        a = self.agreement
        out = [
            f"{self.subject}, in {self.dimensions} given concepts.",
            (
                f"The space keeps the order of cosines at a rank correlation of {a.similarity:.3f}"
                f" and {a.neighbours:.0%} of ten nearest items ({a.random_similarity:.3f} and"
                f" {a.random_neighbours:.0%} for as many random directions)."
            ),
        ]
        if self.between is not None:
            out.append(
                "Cosines of the same items in this space under both encoders: rank correlation"
                f" {self.between:.3f}."
            )
        return out

    def plot(self) -> Any:
        """The 30 strongest concepts."""
        from begriff.plots.figures import bars

        shown = self.concepts[:30]
        values = [c.value if c.difference is None else c.difference for c in shown]
        return bars(
            [c.name for c in shown],
            values,
            title=self.subject,
            x="strength" if self.other is None else "difference",
        )


def read_concepts(source: str | Path | Sequence[str]) -> GivenConcepts:
    """Concepts from a file, one a line, or a list; deeper indentation means below the line above.

    Raises
    ------
    InputError
        For a missing file, an empty list, or a name given twice.
    """
    if isinstance(source, str | Path):
        try:
            lines = Path(source).read_text().splitlines()
        except (OSError, UnicodeDecodeError) as e:
            raise InputError(
                f"no readable list of concepts at {str(source)!r} ({e}): give a text file with one"
                " concept a line"
            ) from e
    else:
        lines = list(source)
    kept = [line.expandtabs(4) for line in lines if line.strip()]
    names = [line.strip() for line in kept]
    if len(names) < 2:
        raise InputError(f"{len(names)} concepts: give at least 2, one a line")
    twice = sorted({n for n in names if names.count(n) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise InputError(f"concept {twice[0]!r} is given twice: every name once")
    indents, depth, parent = [len(line) - len(line.lstrip()) for line in kept], [], []
    above: list[tuple[int, int]] = []
    for i, indent in enumerate(indents):
        while above and above[-1][0] >= indent:
            above.pop()
        depth.append(len(above))
        parent.append(above[-1][1] if above else -1)
        above.append((indent, i))
    return GivenConcepts(names, depth, parent)
