"""What distinguishes these items from those: concepts that are more frequent in one of
two groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from begriff.analysis.depth import compare_depth, depth
from begriff.analysis.differences import Differences, compare, counts
from begriff.analysis.near_duplicates import groups_of_duplicates, template
from begriff.documents.models import Document, Example
from begriff.errors import InputError
from begriff.reports.concept_columns import examples_of
from begriff.reports.confounding import Confounder, confounders, mentioned
from begriff.reports.groups import Group, Side, two_groups
from begriff.reports.report import Cells, ConceptRef, Report, Table, chance, percent, shorten
from begriff.reports.trend_words import times

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["Change", "Depth", "diff", "Diff", "GroupInfo"]

_SAMPLE = 600
_READ = 100
_REPEATED = 0.2
_APART = 0.4


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
            if p <= self.alpha and rank <= _APART
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


def diff(
    atlas: Atlas,
    other: Atlas | None = None,
    *,
    a: Side = None,
    b: Side = None,
    where: str | None = None,
    alpha: float = 0.05,
    limit: int = 40,
    examples: int = 2,
) -> Diff:
    """Which concepts distinguish group B from group A.

    Parameters
    ----------
    atlas : Atlas
    other : Atlas, optional
        Group B comes from this atlas, made with the same encoder; its items are coded by the first
        one's dictionary.
    a, b : str, sequence of str or ndarray of bool (n_items,), optional
        An SQL condition on the columns, ids of items, or a mask; by default all items of an atlas,
        or all that the other group does not hold.
    where : str, optional
        A condition on both groups, as a venue within which years are compared.
    alpha : float
        False discovery rate.
    limit : int
        Concepts listed, largest effect first.
    examples : int
        Items of each side for every concept.

    Returns
    -------
    Diff

    Raises
    ------
    InputError
        For an empty group, groups that share items, atlases of different encoders, or a parameter
        out of range.

    Examples
    --------
    >>> import begriff as bg
    >>> report = bg.diff(
    ...     bg.open("papers.atlas"), a="year < 2015", b="year >= 2020"
    ... )  # doctest: +SKIP
    >>> print(report.to_markdown())  # doctest: +SKIP
    """
    if not 0 < alpha < 1:
        raise InputError(f"alpha={alpha}: a rate, above 0 and below 1")
    if limit < 1 or examples < 0:
        raise InputError(
            f"limit={limit}, examples={examples}: limit must be at least 1, examples at least 0"
        )
    left, right = two_groups(atlas, other, a, b, where)
    dated = other is None and _dated(atlas, left, right, a, b)
    found = compare(
        counts(left.codes), counts(right.codes), len(left.rows), len(right.rows), alpha=alpha
    )
    called = np.flatnonzero(np.nan_to_num(found.q, nan=1.0) <= alpha)
    ranked = called[np.argsort(-np.abs(found.effect[called]), kind="stable")][:limit]
    strong = [[_strongest(g, int(j)) for g in (left, right)] for j in ranked]
    for g, rows in ((left, [s[0] for s in strong]), (right, [s[1] for s in strong])):
        g.read([r[: max(_READ, examples)] for r in rows])
    changes = [
        _change(found, int(j), left, right, s, alpha, examples, dated)
        for j, s in zip(ranked, strong, strict=True)
    ]
    here, there = (
        compare_depth(left.vectors(), right.vectors()),
        compare_depth(right.vectors(), left.vectors()),
    )
    return Diff(
        a=_info(left, examples),
        b=_info(right, examples),
        changes=changes,
        called=len(called),
        tested=int(found.testable.sum()),
        untestable=int((~found.testable).sum()),
        alpha=alpha,
        depth=Depth(
            rank_b_in_a=here.rank,
            p_b_outlies_a=here.p,
            rank_a_in_b=there.rank,
            p_a_outlies_b=there.p,
        ),
        confounders=_confounders(atlas, left, right, a, b, where) if other is None else [],
    )


def _dated(atlas: Atlas, left: Group, right: Group, a: Side, b: Side) -> bool:
    """Whether A and B are periods of time, A before B: conditions on one column of time alone,
    whose values do not overlap.
    """
    conditions = [side for side in (a, b) if side is not None]
    if not all(isinstance(side, str) for side in conditions):
        return False
    named = mentioned(atlas, *map(str, conditions))
    if len(named) != 1 or not named <= set(atlas.snapshot.times):
        return False
    values = atlas.snapshot.column(named.pop())
    # NaN and NaT differ from themselves
    known = [v[v == v] for v in (np.asarray(values)[g.rows] for g in (left, right))]
    return all(map(len, known)) and bool(known[0].max() < known[1].min())


def _confounders(
    atlas: Atlas, left: Group, right: Group, a: Side, b: Side, where: str | None
) -> list[Confounder]:
    conditions = [side for side in (a, b, where) if isinstance(side, str)]
    named = mentioned(atlas, *conditions)
    # what changes with time is no other cause than time
    dated = bool(named & set(atlas.snapshot.times))
    group = np.full(atlas.n_items, -1)
    group[left.rows], group[right.rows] = 0, 1
    return confounders(atlas, group, ["A", "B"], without=named, numbers=not dated, balanced=True)


def _change(
    found: Differences,
    j: int,
    a: Group,
    b: Group,
    strong: list[NDArray[np.int64]],
    alpha: float,
    n_examples: int,
    dated: bool,
) -> Change:
    return Change(
        concept=a.columns.concepts[j],
        verdict=_verdict(found, j, dated),
        share_a=float(found.share_a[j]),
        share_b=float(found.share_b[j]),
        effect=float(found.effect[j]),
        low=float(found.effect_low[j]),
        high=float(found.effect_high[j]),
        ratio=float(found.ratio[j]),
        q=float(found.q[j]),
        flags=_flags(found, j, a, b, strong, alpha),
        examples_a=a.examples(strong[0][:n_examples]),
        examples_b=b.examples(strong[1][:n_examples]),
    )


def _verdict(found: Differences, j: int, dated: bool) -> str:
    more, other = ("B", found.share_a[j]) if found.effect[j] > 0 else ("A", found.share_b[j])
    if other == 0:
        return f"only in {more}"
    return ("rose" if more == "B" else "fell") if dated else f"more in {more}"


def _strongest(group: Group, j: int) -> NDArray[np.int64]:
    """Rows of the items that hold column j, strongest first, a sample's worth."""
    codes = group.by_column
    part = slice(codes.indptr[j], codes.indptr[j + 1])
    order = np.argsort(-codes.data[part], kind="stable")[:_SAMPLE]
    return group.rows[codes.indices[part][order]]


def _flags(
    found: Differences, j: int, a: Group, b: Group, strong: list[NDArray[np.int64]], alpha: float
) -> list[str]:
    """Near-duplicates and templates on the side that holds the concept more often."""
    flags = []
    kept = [
        len(np.unique(groups_of_duplicates(g.vectors(rows)))) / max(len(rows), 1)
        for g, rows in zip((a, b), strong, strict=True)
    ]
    side, group = (1, b) if found.effect[j] > 0 else (0, a)
    if kept[side] < 1:
        single = [
            round(share * len(g.rows) * part)
            for share, g, part in zip(
                (found.share_a[j], found.share_b[j]), (a, b), kept, strict=True
            )
        ]
        again = compare(
            np.array([single[0]]), np.array([single[1]]), len(a.rows), len(b.rows), alpha=alpha
        )
        repeated = f"{1 - kept[side]:.0%} of its items in {'AB'[side]} repeat others"
        if not again.p[0] * found.q[j] / max(found.p[j], 1e-300) <= alpha or np.sign(
            again.effect[0]
        ) != np.sign(found.effect[j]):
            flags.append(f"driven by near-duplicates: {repeated}")
        elif 1 - kept[side] >= _REPEATED:
            flags.append(f"near-duplicates: {repeated}")
    texts = [
        [g.texts[int(r)] for r in rows[:_READ]] for g, rows in zip((a, b), strong, strict=True)
    ]
    words = template(texts[side], texts[1 - side])
    return [*flags, f'template in {group.name}: "{words}"'] if words else flags


def _info(group: Group, n: int) -> GroupInfo:
    """The items that lie deepest in the group, and those that lie furthest out."""
    vectors = group.vectors()
    order = np.argsort(-depth(vectors, vectors, own=True), kind="stable")
    ends = [examples_of(group.atlas, group.rows[places]) for places in (order[:n], order[::-1][:n])]
    return GroupInfo(name=group.name, items=len(group.rows), central=ends[0], outlying=ends[1])


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
