"""What is new: how often concepts occur over time, and in what company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.analysis.differences import wilson
from begriff.analysis.network import cooccurrence, npmi, rarefied
from begriff.analysis.trends import Reach, bursts, change_points, cycles, slopes, tally
from begriff.atlas.documents import Document
from begriff.base import Floats
from begriff.errors import InputError
from begriff.findings.columns import Columns, concept_columns
from begriff.findings.periods import Periods, cut
from begriff.findings.report import ConceptRef, Report, Table, chance, percent

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["Burst", "count", "Counts", "Link", "Network", "Phases", "Trend", "trends", "Trends"]

_FEWEST = 50
_DRAWN = 30
_SHARE = 0.25
_SAMPLE = 2000
_BATCH = 1024


class Burst(Document):
    """The period in which a concept stands out most from all others.

    ``z`` and ``q`` compare how strongly items lean towards the concept's direction (:class:`begriff.analysis.trends.Reach`), which
    shows more than the shares.
    """

    period: str
    share: float
    elsewhere: float
    z: float
    q: float


class Phases(Document):
    """Adoption of a concept: from ``integrated`` on it is in use, from ``explored`` on its company widens.

    In use: the share's interval reaches a quarter of its peak. Wider: the expected number of different companions among 30
    co-occurrences, which
    does not grow with the corpus, rises after a change point.
    """

    integrated: str
    explored: str | None
    companions_before: float | None
    companions_after: float | None


class Trend(Document):
    """One concept over time.

    ``kind`` is emerging, fading, rising, falling (a significant slope; emerging and fading at least double or halve between the first
    and the last third),
    cyclic, or burst (one period alone stands out), or None.
    ``first`` and ``last`` are shares of the first and last third of the periods, ``slope`` is the change of the log-odds from one
    period to the next.
    """

    concept: ConceptRef
    kind: str | None
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


class Link(Document):
    """Two concepts that occur together more often than chance: normalised pointwise mutual information."""

    a: ConceptRef
    b: ConceptRef
    items: int
    npmi: float


class Network(Document):
    """The strongest links of a span of periods."""

    periods: list[str]
    items: int
    links: list[Link]


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

    def tables(self) -> list[Table]:
        """Concepts, then the links of every span."""
        columns = ("kind", "concept", "first third", "last third", "q", "stands out", "new levels")
        rows = [_row(t) for t in self.trends]
        out = [Table(f"Concepts by {self.by}", columns, rows)]
        for n in self.networks:
            links = [(link.a.name, link.b.name, link.items, link.npmi) for link in n.links]
            title = f"Together in {n.periods[0]} to {n.periods[-1]} ({n.items:,} items)"
            out.append(Table(title, ("concept", "with", "items", "npmi"), links))
        return out

    def summary(self) -> list[str]:
        """Periods, counts, and how many concepts moved."""
        counted: dict[str, int] = {}
        for t in self.trends:
            if t.kind:
                counted[t.kind] = counted.get(t.kind, 0) + 1
        said = ", ".join(f"{v} {k}" for k, v in sorted(counted.items())) or "none moves"
        lost = f"; {self.left_out:,} items have no {self.by}" if self.left_out else ""
        return [
            f"{sum(self.items):,} items in {len(self.periods)} periods of {self.by} ({self.periods[0]} to {self.periods[-1]}){lost}.",
            f"Of {self.tested} concepts, the {len(self.trends)} with the strongest evidence: {said} (FDR {self.alpha:.0%}).",
            "Shares are of each period's items, so a corpus that grows is no trend.",
        ]

    def plot(self) -> Any:
        """Shares of the first 12 concepts with 95 % intervals and change points."""
        from begriff.plots.figures import lines

        place = {p: i for i, p in enumerate(self.periods)}
        panels = [
            (
                f"{t.concept.name} ({t.kind or 'steady'})",
                np.array(t.shares),
                np.array(t.low),
                np.array(t.high),
                [place[c] for c in t.changes],
            )
            for t in self.trends[:12]
        ]
        return lines(panels, self.periods, title=f"share of items by {self.by}, 95 % interval; dashed: a new level begins")


@dataclass(frozen=True)
class Counts:
    """Items per period of a column: active (n_periods, n_columns), totals (n_periods,)."""

    by: str
    columns: Columns
    periods: Periods
    active: NDArray[np.int64]
    totals: NDArray[np.int64]


def trends(
    atlas: Atlas,
    by: str,
    *,
    period: str | None = None,
    bins: int | None = None,
    where: str | None = None,
    alpha: float = 0.05,
    limit: int = 40,
    spans: int = 3,
    links: int = 15,
) -> Trends:
    """Which concepts emerge, fade, return or stand out over a column of numbers or dates.

    Parameters
    ----------
    atlas : Atlas
    by : str
        A number or date column.
    period : {"year", "quarter", "month", "week", "day"}, optional
        Length of a period, for dates.
    bins : int, optional
        Number of periods, for numbers.
    where : str, optional
        SQL condition on the items looked at, as one venue, whose share of the corpus then is no trend.
    alpha : float
        False discovery rate.
    limit : int
        Concepts listed.
    spans : int
        Parts of equal size into which time is cut for the networks of co-occurrence.
    links : int
        Links of each network.

    Returns
    -------
    Trends

    Raises
    ------
    InputError
        For a column that is missing or neither number nor date, fewer than 3 periods with items, or fewer than 50 items.

    Source: Sun et al. 2024, "Knowledge graph in astronomical research with large language models" (phases of adoption).
    """
    if not 0 < alpha < 1 or limit < 1 or spans < 0 or links < 0:
        raise InputError(
            f"alpha={alpha}, limit={limit}, spans={spans}, links={links}: alpha lies in (0, 1), limit is at least 1, the others 0"
        )
    counts = count(atlas, by, period, bins, where)
    line = slopes(counts.active, counts.totals)
    stands_out = bursts(_reach(atlas, counts))
    length, cyclic = cycles(counts.active, counts.totals)
    evidence = np.where(counts.active.sum(0) > 0, np.maximum(np.abs(line.z), np.abs(stands_out[0]).max(0)), -1.0)
    ranked = np.argsort(-evidence, kind="stable")[: min(limit, int((evidence >= 0).sum()))]
    levels = change_points(counts.active[:, ranked], counts.totals, alpha=alpha)
    companions = _companions(counts, ranked)
    found = [
        _trend(counts, int(j), line.slope[j], line.q[j], stands_out, (length[j], cyclic[j]), levels[i], companions[i], alpha)
        for i, j in enumerate(ranked)
    ]
    return Trends(
        by=by,
        periods=counts.periods.labels,
        items=counts.totals.tolist(),
        left_out=int((counts.periods.of < 0).sum()),
        trends=found,
        tested=int((counts.active.sum(0) > 0).sum()),
        alpha=alpha,
        networks=_networks(counts, spans, links),
    )


def count(atlas: Atlas, by: str, period: str | None = None, bins: int | None = None, where: str | None = None) -> Counts:
    """Items that hold each concept in each period of a column, cut as :func:`trends` does.

    Raises
    ------
    InputError
        For a column that is missing or no time, fewer than 3 periods with items, or fewer than 50 items.
    """
    periods = cut(atlas, by, period, bins)
    if where is not None:
        periods = Periods(periods.labels, np.where(atlas.where(where), periods.of, -1))
    totals = np.bincount(periods.of[periods.of >= 0], minlength=len(periods.labels))
    inside = np.flatnonzero(totals)
    if len(inside):  # without periods before the first and after the last item
        first, last = int(inside[0]), int(inside[-1])
        periods = Periods(periods.labels[first : last + 1], np.where(periods.of >= 0, periods.of - first, -1))
        totals = totals[first : last + 1]
    if totals.sum() < _FEWEST or (totals > 0).sum() < 3:
        raise InputError(
            f"{int(totals.sum())} items in {int((totals > 0).sum())} periods of {by!r}: trends need at least {_FEWEST} items in 3 periods"
        )
    columns = concept_columns(atlas)
    item = np.repeat(np.arange(atlas.n_items), np.diff(columns.codes.indptr))
    held = columns.codes.data > 0
    active = tally(columns.codes.indices[held], periods.of, len(periods.labels), columns.codes.shape[1], item[held])
    return Counts(by, columns, periods, active, totals)


def _reach(atlas: Atlas, counts: Counts) -> Reach:
    """The reach of every period, in one pass over the vectors."""
    rows = np.flatnonzero(counts.periods.of >= 0)
    sample = np.asarray(atlas.item_vectors[rows[:: max(1, len(rows) // _SAMPLE)]])
    reach = Reach.start(counts.columns.directions, sample, len(counts.totals))
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        reach.add(np.asarray(atlas.item_vectors[part]), counts.periods.of[part])
    return reach


def _trend(
    counts: Counts,
    j: int,
    slope: float,
    q: float,
    stands_out: tuple[Floats, Floats],
    cycle: tuple[float, float],
    levels: list[int],
    companions: Floats,
    alpha: float,
) -> Trend:
    active, totals, labels = counts.active[:, j], counts.totals, counts.periods.labels
    low, high = wilson(active, totals)
    shares = active / np.maximum(totals, 1)
    at = int(np.abs(stands_out[0][:, j]).argmax())
    rest = float((active.sum() - active[at]) / max(int(totals.sum() - totals[at]), 1))
    ends = _thirds(active, totals)
    z, burst_q = float(stands_out[0][at, j]), float(stands_out[1][at, j])
    returns = bool(cycle[1] <= alpha)
    return Trend(
        concept=counts.columns.concepts[j],
        kind=_kind(ends, slope, bool(q <= alpha), returns, burst_q <= alpha),
        first=ends[0],
        last=ends[1],
        shares=[float(s) for s in shares],
        low=[float(v) for v in low],
        high=[float(v) for v in high],
        slope=float(slope),
        q=float(q),
        changes=[labels[c] for c in levels],
        cycle=float(cycle[0]) if returns else None,
        burst=Burst(period=labels[at], share=float(shares[at]), elsewhere=rest, z=z, q=burst_q),
        phases=_phases(shares, high, companions, labels) if slope > 0 and q <= alpha else None,
    )


def _kind(ends: tuple[float, float], slope: float, trend: bool, returns: bool, burst: bool) -> str | None:
    if trend:
        early, late = ends
        if slope > 0:
            return "emerging" if late >= 2 * early else "rising"
        return "fading" if late <= early / 2 else "falling"
    return "cyclic" if returns else "burst" if burst else None


def _thirds(active: NDArray[np.int64], totals: NDArray[np.int64]) -> tuple[float, float]:
    """Shares in the first and in the last third of the periods."""
    third = max(1, len(totals) // 3)
    ends = slice(None, third), slice(-third, None)
    first, last = (float(active[e].sum() / max(int(totals[e].sum()), 1)) for e in ends)
    return first, last


def _companions(counts: Counts, ranked: NDArray[np.int64]) -> Floats:
    """Expected number of different companions (n_ranked, n_periods) among 30 co-occurrences; NaN where there are fewer."""
    codes, out = counts.columns.codes, np.full((len(ranked), len(counts.totals)), np.nan)
    for t in np.flatnonzero(counts.totals):
        here = csr_array(codes[np.flatnonzero(counts.periods.of == t)])
        binary = csr_array((np.ones(here.nnz, np.int32), here.indices, here.indptr), shape=here.shape)
        together = (csr_array(binary[:, ranked]).T @ binary).toarray()
        together[np.arange(len(ranked)), ranked] = 0
        out[:, t] = rarefied(together, _DRAWN)
    return out


def _phases(shares: Floats, high: Floats, companions: Floats, labels: list[str]) -> Phases | None:
    """In use from the first period that may reach a quarter of the peak for good; explored from where company widens."""
    from scipy.stats import spearmanr

    used = high >= _SHARE * shares.max()
    start = len(used) - int(np.argmin(used[::-1])) if not used.all() else 0
    after = companions[start:]
    known = np.flatnonzero(~np.isnan(after))
    if start >= len(labels):
        return None
    if len(known) < 5 or not spearmanr(known, after[known], alternative="greater").pvalue <= 0.05:
        return Phases(integrated=labels[start], explored=None, companions_before=None, companions_after=None)
    level = after[known]
    gain = [len(level[:i]) * level[:i].mean() ** 2 + len(level[i:]) * level[i:].mean() ** 2 for i in range(1, len(level))]
    split = int(np.argmax(gain)) + 1
    explored = labels[start + int(known[split])]
    before, later = float(level[:split].mean()), float(level[split:].mean())
    return Phases(integrated=labels[start], explored=explored, companions_before=before, companions_after=later)


def _networks(counts: Counts, spans: int, links: int) -> list[Network]:
    """Links between well-named concepts in parts of time that hold equally many items."""
    if spans == 0 or links == 0:
        return []
    named = np.flatnonzero(counts.columns.named)
    before = np.concatenate([[0], np.cumsum(counts.totals)])[:-1] / counts.totals.sum()
    part = np.minimum((before * spans).astype(int), spans - 1)
    out = []
    for s in np.unique(part):
        inside = np.flatnonzero(part == s)
        rows = np.flatnonzero(np.isin(counts.periods.of, inside))
        together = cooccurrence(csr_array(counts.columns.codes[rows][:, named]))
        names = [counts.columns.concepts[j] for j in named]
        labels = [counts.periods.labels[i] for i in inside]
        out.append(Network(periods=labels, items=len(rows), links=_links(together, len(rows), names, links)))
    return out


def _links(together: NDArray[np.int64], n_items: int, names: list[ConceptRef], most: int) -> list[Link]:
    value = npmi(together, max(n_items, 2))
    least = max(5, n_items // 2000)
    i, j = np.nonzero(np.triu(together >= least, 1))
    best = np.argsort(-value[i, j], kind="stable")[:most]
    return [
        Link(a=names[i[b]], b=names[j[b]], items=int(together[i[b], j[b]]), npmi=float(value[i[b], j[b]]))
        for b in best
        if value[i[b], j[b]] > 0
    ]


def _row(t: Trend) -> tuple[Any, ...]:
    changes = ", ".join(t.changes[:3]) + (", ..." if len(t.changes) > 3 else "")
    return (
        t.kind,
        t.concept.name,
        percent(t.first),
        percent(t.last),
        chance(t.q),
        f"{t.burst.period} (z {t.burst.z:+.1f})",
        changes or None,
    )
