"""What distinguishes these items from those: concepts that are more frequent in one of
two groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from begriff.analysis.depth import compare_depth, depth
from begriff.analysis.differences import Differences, compare, counts
from begriff.analysis.near_duplicates import groups_of_duplicates, template
from begriff.errors import InputError
from begriff.reports.concept_columns import examples_of
from begriff.reports.confounding import Confounder, confounders, mentioned
from begriff.reports.diff_documents import Change, Depth, Diff, GroupInfo
from begriff.reports.groups import Group, Side, two_groups

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["Change", "Depth", "diff", "Diff", "GroupInfo"]

_SAMPLE = 600
_READ = 100
_REPEATED = 0.2


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
