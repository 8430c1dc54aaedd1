"""What a difference answers: groups and changes, as a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from begriff.documents.models import Document, Example
from begriff.reports.confounding import Confounder
from begriff.reports.report import Cells, ConceptRef, Report, Table, chance, percent, shorten
from begriff.reports.trend_words import times

if TYPE_CHECKING:
    pass

__all__ = ["Change", "Depth", "Diff", "FAR_APART", "GroupInfo"]

FAR_APART = 0.4


class GroupInfo(Document):
    """A group of items: its condition or atlas, their number, the most and the least
    central items.
    """

    name: str
    items: int
    central: list[Example]
    outlying: list[Example]


class Change(Document):
    """How much more often group B holds a concept than group A.

    ``verdict`` is "more in A", "more in B", "only in A" or "only in B" (no item of the other group
    holds it); "rose" or "fell" where A and B are periods of time, A before B. ``ratio`` is the
    share of B over that of A with half an item added to every cell, ``effect`` Cohen's h with its
    95 % interval, ``q`` the p-value corrected for all concepts tested. ``flags`` says what else may
    drive the difference: near-duplicates, a template.
    """

    concept: ConceptRef
    verdict: str
    share_a: float
    share_b: float
    effect: float
    low: float
    high: float
    ratio: float
    q: float
    flags: list[str]
    examples_a: list[Example]
    examples_b: list[Example]


class Depth(Document):
    """Rank-sum test on depth: does B lie further out than A, seen from A, and the reverse; ``rank``
    is .5 when both are alike.
    """

    rank_b_in_a: float
    p_b_outlies_a: float
    rank_a_in_b: float
    p_a_outlies_b: float


class Diff(Report):
    """Concepts by which two groups differ, largest effect first."""

    a: GroupInfo
    b: GroupInfo
    changes: list[Change]
    called: int
    tested: int
    untestable: int
    alpha: float
    depth: Depth
    confounders: list[Confounder] = Field(default_factory=list)

    def tables(self) -> list[Table]:
        """Concepts with shares, effect and verdict."""
        headings = ("difference", "concept", "share A", "share B", "q", "an example", "but")
        shown = Cells(headings, [_shown(c) for c in self.changes])
        return [Table("Concepts that differ", _COLUMNS, [_row(c) for c in self.changes], shown)]

    def summary(self) -> list[str]:
        """Groups, counts, what else differs."""
        called = f"{self.called} of {self.tested} concepts differ"
        few = (
            f"; no verdict on {self.untestable}, too rare here for any test to call them different"
            if self.untestable
            else ""
        )
        dated = any(c.verdict in ("rose", "fell") for c in self.changes)
        return [
            (
                f"A: {self.a.name} ({self.a.items:,} items); B: {self.b.name} ({self.b.items:,}"
                " items)."
            ),
            f"{called} at a false discovery rate of {self.alpha:.0%}{few}.",
            *(["Rose and fell are from A to B, the later period."] if dated else []),
            *map(str, self.confounders),
            *self._apart(),
        ]

    def _apart(self) -> list[str]:
        """How far the groups lie apart as a whole, where they do."""
        d = self.depth
        sides = (
            ("B", "A", d.rank_b_in_a, d.p_b_outlies_a),
            ("A", "B", d.rank_a_in_b, d.p_a_outlies_b),
        )
        said = [
            f"an average item of {other} lies further from the middle of {here} than {1 - rank:.0%}"
            f" of the items of {here}"
            for other, here, rank, p in sides
            if p <= self.alpha and rank <= FAR_APART
        ]
        return (
            [
                f"As a whole the groups are about different things: {'; '.join(said)} (50% if they"
                " were alike)."
            ]
            if said
            else []
        )

    def plot(self) -> Any:
        """Effects with intervals, the 40 largest."""
        from begriff.plots.figures import forest

        shown = self.changes[:40]
        return forest(
            [f"{c.concept.name}: {_worded(c)}" for c in shown],
            [c.effect for c in shown],
            [c.low for c in shown],
            [c.high for c in shown],
            title=f"A: {self.a.name}\nB: {self.b.name}",
            x="left: more in A; right: more in B (effect h, 95 % interval)",
        )


_COLUMNS = (
    "verdict",
    "concept",
    "id",
    "share_a",
    "share_b",
    "ratio",
    "effect",
    "effect_low",
    "effect_high",
    "q",
    "example_id",
    "example",
    "but",
)


def _row(c: Change) -> tuple[Any, ...]:
    numbers = (c.share_a, c.share_b, c.ratio, c.effect, c.low, c.high, c.q)
    example = _example(c)
    return (
        c.verdict,
        c.concept.name,
        c.concept.id,
        *numbers,
        example and example.id,
        example and example.text,
        "; ".join(c.flags) or None,
    )


def _shown(c: Change) -> tuple[Any, ...]:
    example = _example(c)
    return (
        _worded(c),
        c.concept.name,
        percent(c.share_a),
        percent(c.share_b),
        chance(c.q),
        example and f"[{example.id}] {shorten(example.text, 50)}",
        "; ".join(c.flags) or None,
    )


def _worded(c: Change) -> str:
    """The verdict with how many times as often."""
    low, high = sorted((c.share_a, c.share_b))
    if low == 0:
        return c.verdict
    return f"{c.verdict} ({times(high, low, '÷' if c.verdict == 'fell' else '×')})"


def _example(c: Change) -> Example | None:
    shown = (c.examples_b if c.effect > 0 else c.examples_a) or c.examples_a or c.examples_b
    return shown[0] if shown else None
