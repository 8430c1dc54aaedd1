"""What trends answer: concepts with their phases and bursts, as a report."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from begriff.documents.models import Document
from begriff.reports.confounding import Confounder
from begriff.reports.networks import Network
from begriff.reports.periods import joined
from begriff.reports.report import Cells, ConceptRef, Report, Table, chance, percent
from begriff.reports.trend_words import ENOUGH, ends

if TYPE_CHECKING:
    pass

__all__ = ["Burst", "Phases", "Trend", "Trends"]


_SHARE = 0.25


class Burst(Document):
    """The period with the highest share of a concept, and the share of all other periods together.

    ``z`` and ``q`` compare how strongly its items lean towards the concept's direction with those
    of all other periods (:class:`begriff.analysis.time_series.Reach`), which shows more than the
    shares.
    """

    period: str
    share: float
    elsewhere: float
    z: float
    q: float


class Phases(Document):
    """Adoption of a concept: from ``integrated`` on it is in use, from ``explored`` on its company
    widens.

    In use: the share's interval reaches a quarter of its peak. Wider: the expected number of
    different companions among 30 co-occurrences, which does not grow with the corpus, rises after a
    change point.
    """

    integrated: str
    explored: str | None
    companions_before: float | None
    companions_after: float | None


class Trend(Document):
    """One concept over time.

    ``kind`` is emerging, rising, fading, falling (a significant slope, and shares that differ the
    same way; emerging and fading at least double or halve between the first and the last third),
    cyclic, peak (one period stands out, without a trend), or None. Where fewer than 6 periods have
    items it is higher or lower: the last period against the first. ``course`` says it in words.
    ``first`` and ``last`` are shares of the first and last third of the periods, ``slope`` is the
    change of the log-odds from one period to the next, ``q`` that of the slope, or of the
    difference of the last period from the first.
    """

    concept: ConceptRef
    kind: str | None
    course: str = ""
    first: float
    last: float
    shares: list[float]
    low: list[float]
    high: list[float]
    slope: float
    q: float
    changes: list[str]
    cycle: float | None
    burst: Burst
    phases: Phases | None


class Trends(Report):
    """Concepts over time, strongest evidence first."""

    by: str
    periods: list[str]
    items: list[int]
    left_out: int
    trends: list[Trend]
    tested: int
    alpha: float
    networks: list[Network]
    time: bool = True
    confounders: list[Confounder] = Field(default_factory=list)

    def tables(self) -> list[Table]:
        """Concepts, then the links of every span."""
        spans = [
            joined(self.periods[e][0], self.periods[e][-1]) for e in ends(np.array(self.items))
        ]
        headings = ("course", "concept", *spans, "q", "highest", "new levels from")
        shown = Cells(headings, [_shown(t) for t in self.trends])
        out = [Table(f"Concepts by {self.by}", _COLUMNS, [_row(t) for t in self.trends], shown)]
        for n in self.networks:
            links = [
                (link.a.name, link.a.id, link.b.name, link.b.id, link.items, link.npmi)
                for link in n.links
            ]
            title = f"Together in {n.periods[0]} to {n.periods[-1]} ({n.items:,} items)"
            shown = Cells(
                ("concept", "with", "items", "npmi"),
                [(a, b, items, npmi) for a, _, b, _, items, npmi in links],
            )
            out.append(
                Table(title, ("concept", "id", "with", "with_id", "items", "npmi"), links, shown)
            )
        return out

    def summary(self) -> list[str]:
        """Periods, counts, and how many concepts moved."""
        counted = Counter(t.kind or "without a clear change" for t in self.trends)
        said = ", ".join(f"{n} {kind}" for kind, n in counted.most_common())
        lost = f"; {self.left_out:,} items have no {self.by}" if self.left_out else ""
        n = sum(i > 0 for i in self.items)
        what = f"periods of {self.by}" if self.time else f"ranges of {self.by}, which is no time"
        few = (
            f"{n} periods are too few to show a trend: higher and lower compare {self.periods[-1]}"
            f" with {self.periods[0]}, nothing more."
        )
        return [
            (
                f"{sum(self.items):,} items in {len(self.periods)} {what} ({self.periods[0]} to"
                f" {self.periods[-1]}){lost}."
            ),
            *([few] if n < ENOUGH else []),
            (
                f"Of {self.tested} concepts, the {len(self.trends)} with the strongest evidence:"
                f" {said} (FDR {self.alpha:.0%})."
            ),
            *map(str, self.confounders),
            "Shares are of each period's items, so a corpus that grows is no trend.",
        ]

    def plot(self) -> Any:
        """Shares of the first 12 concepts with 95 % intervals and change points."""
        from begriff.plots.figures import lines

        place = {p: i for i, p in enumerate(self.periods)}
        panels = [
            (
                f"{t.concept.name}: {t.course}",
                np.array(t.shares),
                np.array(t.low),
                np.array(t.high),
                [place[c] for c in t.changes],
            )
            for t in self.trends[:12]
        ]
        return lines(
            panels,
            self.periods,
            title=f"share of items by {self.by}, 95 % interval; dashed: a new level begins",
        )


_COLUMNS = (
    "kind",
    "concept",
    "id",
    "course",
    "first",
    "last",
    "slope",
    "q",
    "highest_in",
    "highest_share",
    "share_elsewhere",
    "lean_z",
    "lean_q",
    "cycle",
    "new_levels",
)


def _row(t: Trend) -> tuple[Any, ...]:
    b = t.burst
    head = (t.kind, t.concept.name, t.concept.id, t.course, t.first, t.last, t.slope, t.q)
    return (*head, b.period, b.share, b.elsewhere, b.z, b.q, t.cycle, t.changes)


def _shown(t: Trend) -> tuple[Any, ...]:
    changes = ", ".join(t.changes[:3]) + (", ..." if len(t.changes) > 3 else "")
    highest = f"{t.burst.period} ({percent(t.burst.share)})"
    return (
        t.course,
        t.concept.name,
        percent(t.first),
        percent(t.last),
        chance(t.q),
        highest,
        changes or None,
    )
