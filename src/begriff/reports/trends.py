"""What is new: how often concepts occur over time, and in what company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.analysis.differences import compare, wilson
from begriff.analysis.network import rarefied
from begriff.analysis.time_series import Reach, Slopes, bursts, change_points, cycles, slopes, tally
from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.reports.concept_columns import Columns, concept_columns
from begriff.reports.confounding import confounders, mentioned
from begriff.reports.networks import networks
from begriff.reports.periods import Periods, cut
from begriff.reports.trend_documents import _SHARE, Burst, Phases, Trend, Trends
from begriff.reports.trend_words import ENOUGH, Course, describe, peaks

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["Burst", "count", "Counts", "Phases", "Trend", "trends", "Trends"]

_FEWEST = 50
_DRAWN = 30
_SAMPLE = 2000
_BATCH = 1024


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
        Number of parts of a number that is no time, each with about as many items; of years, number
        of spans.
    where : str, optional
        SQL condition on the items looked at, as one venue, whose share of the corpus then is no
        trend.
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
        For a column that is missing or neither number nor date, fewer than 3 periods with items, or
        fewer than 50 items.

    Source: Sun et al. 2024, "Knowledge graph in astronomical research with large language models"
    (phases of adoption).
    """
    if not 0 < alpha < 1 or limit < 1 or spans < 0 or links < 0:
        raise InputError(
            f"alpha={alpha}, limit={limit}, spans={spans}, links={links}: alpha lies in (0, 1),"
            " limit is at least 1, the others 0"
        )
    counts = count(atlas, by, period, bins, where)
    few = (counts.totals > 0).sum() < ENOUGH
    line = _last_against_first(counts) if few else slopes(counts.active, counts.totals)
    length, cyclic = cycles(counts.active, counts.totals)
    top = _tops(atlas, counts, alpha)
    evidence = np.maximum(
        np.abs(np.nan_to_num(line.z)), np.where(top.stands_out & (not few), top.lead, 0)
    )
    evidence = np.where(counts.active.sum(0) > 0, evidence, -1.0)
    ranked = np.argsort(-evidence, kind="stable")[: min(limit, int((evidence >= 0).sum()))]
    levels = change_points(counts.active[:, ranked], counts.totals, alpha=alpha)
    companions = _companions(counts, ranked)
    found = [
        _trend(
            counts,
            int(j),
            line,
            top,
            float(length[j]) if cyclic[j] <= alpha else None,
            levels[i],
            companions[i],
            alpha,
        )
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
        networks=networks(
            counts.columns,
            counts.periods.of,
            counts.periods.labels,
            counts.totals,
            spans=spans,
            links=links,
        ),
        time=counts.periods.time,
        confounders=confounders(
            atlas,
            counts.periods.of,
            counts.periods.labels,
            without=[by, *mentioned(atlas, where)],
            numbers=False,
        ),
    )


def count(
    atlas: Atlas,
    by: str,
    period: str | None = None,
    bins: int | None = None,
    where: str | None = None,
) -> Counts:
    """Items that hold each concept in each period of a column, cut as :func:`trends` does.

    Raises
    ------
    InputError
        For a column that is missing or no time, fewer than 3 periods with items, or fewer than 50
        items.
    """
    inside = np.ones(atlas.n_items, dtype=bool) if where is None else atlas.snapshot.where(where)
    periods = cut(atlas, by, period, bins).inside(inside)
    totals = np.bincount(periods.of[periods.of >= 0], minlength=len(periods.labels))
    if totals.sum() < _FEWEST or (totals > 0).sum() < 3:
        raise InputError(
            f"{int(totals.sum())} items in {int((totals > 0).sum())} periods of {by!r}: trends need"
            f" at least {_FEWEST} items in 3 periods"
        )
    columns = concept_columns(atlas)
    item = np.repeat(np.arange(atlas.n_items), np.diff(columns.codes.indptr))
    held = columns.codes.data > 0
    active = tally(
        columns.codes.indices[held],
        periods.of,
        len(periods.labels),
        columns.codes.shape[1],
        item[held],
    )
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


def _last_against_first(counts: Counts) -> Slopes:
    """The difference of the last period from the first, for periods that are too few
    for a slope.
    """
    there = np.flatnonzero(counts.totals)[[0, -1]]
    found = compare(*counts.active[there], *counts.totals[there].tolist())
    z = found.effect / np.sqrt((1 / counts.totals[there]).sum())
    with np.errstate(divide="ignore"):  # a ratio is above 0
        return Slopes(np.log(found.ratio) / max(int(there[1] - there[0]), 1), z, found.q)


@dataclass(frozen=True)
class _Tops:
    """The period with the highest share of every concept, arrays (n_concepts,): its lead in
    standard errors, z and q of the reach there.
    """

    at: NDArray[np.int64]
    stands_out: NDArray[np.bool_]
    lead: Floats
    z: Floats
    q: Floats


def _tops(atlas: Atlas, counts: Counts, alpha: float) -> _Tops:
    z, q = bursts(_reach(atlas, counts))
    at, leads, lead = peaks(counts.active, counts.totals)
    every = np.arange(len(at))
    return _Tops(
        at, leads & (z[at, every] > 0) & (q[at, every] <= alpha), lead, z[at, every], q[at, every]
    )


def _trend(
    counts: Counts,
    j: int,
    line: Slopes,
    top: _Tops,
    cycle: float | None,
    levels: list[int],
    companions: Floats,
    alpha: float,
) -> Trend:
    active, totals, labels = counts.active[:, j], counts.totals, counts.periods.labels
    low, high = wilson(active, totals)
    shares = active / np.maximum(totals, 1)
    at, slope, certain = int(top.at[j]), float(line.slope[j]), bool(line.q[j] <= alpha)
    course = Course(
        active,
        totals,
        labels,
        at,
        int(np.sign(slope)) * certain,
        cycle,
        bool(top.stands_out[j]),
        counts.periods.time,
    )
    kind, words = describe(course)
    rest = float((active.sum() - active[at]) / max(int(totals.sum() - totals[at]), 1))
    return Trend(
        concept=counts.columns.concepts[j],
        kind=kind,
        course=words,
        first=course.ends[0],
        last=course.ends[1],
        shares=shares.tolist(),
        low=low.tolist(),
        high=high.tolist(),
        slope=slope,
        q=float(line.q[j]),
        changes=[labels[c] for c in levels],
        cycle=cycle,
        burst=Burst(
            period=labels[at],
            share=float(shares[at]),
            elsewhere=rest,
            z=float(top.z[j]),
            q=float(top.q[j]),
        ),
        phases=(
            _phases(shares, high, companions, labels)
            if slope > 0 and certain and counts.periods.time
            else None
        ),
    )


def _companions(counts: Counts, ranked: NDArray[np.int64]) -> Floats:
    """Expected number of different companions (n_ranked, n_periods) among 30 co-occurrences; NaN
    where there are fewer.
    """
    codes, out = counts.columns.codes, np.full((len(ranked), len(counts.totals)), np.nan)
    for t in np.flatnonzero(counts.totals):
        here = csr_array(codes[np.flatnonzero(counts.periods.of == t)])
        binary = csr_array(
            (np.ones(here.nnz, np.int32), here.indices, here.indptr), shape=here.shape
        )
        together = (csr_array(binary[:, ranked]).T @ binary).toarray()
        together[np.arange(len(ranked)), ranked] = 0
        out[:, t] = rarefied(together, _DRAWN)
    return out


def _phases(shares: Floats, high: Floats, companions: Floats, labels: list[str]) -> Phases | None:
    """In use from the first period that may reach a quarter of the peak for good; explored from
    where company widens.
    """
    from scipy.stats import spearmanr

    used = high >= _SHARE * shares.max()
    start = len(used) - int(np.argmin(used[::-1])) if not used.all() else 0
    after = companions[start:]
    known = np.flatnonzero(~np.isnan(after))
    if start >= len(labels):
        return None
    if len(known) < 5 or not spearmanr(known, after[known], alternative="greater").pvalue <= 0.05:
        return Phases(
            integrated=labels[start], explored=None, companions_before=None, companions_after=None
        )
    level = after[known]
    gain = [
        len(level[:i]) * level[:i].mean() ** 2 + len(level[i:]) * level[i:].mean() ** 2
        for i in range(1, len(level))
    ]
    split = int(np.argmax(gain)) + 1
    explored = labels[start + int(known[split])]
    before, later = float(level[:split].mean()), float(level[split:].mean())
    return Phases(
        integrated=labels[start],
        explored=explored,
        companions_before=before,
        companions_after=later,
    )
