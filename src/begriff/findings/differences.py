"""What distinguishes these items from those: concepts that rose, fell, are missing or exaggerated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.analysis.depth import compare_depth, depth
from begriff.analysis.differences import Differences, compare, counts
from begriff.analysis.duplicates import groups_of_duplicates, template
from begriff.atlas.documents import Document, Example
from begriff.errors import InputError
from begriff.findings.columns import examples_of
from begriff.findings.groups import Group, Side, two_groups
from begriff.findings.report import ConceptRef, Report, Table, chance, percent

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["Change", "Depth", "diff", "Diff", "GroupInfo"]

_SAMPLE = 600
_READ = 100
_REPEATED = 0.2


class GroupInfo(Document):
    """A group of items: its condition or atlas, their number, the most and the least central items."""

    name: str
    items: int
    central: list[Example]
    outlying: list[Example]


class Change(Document):
    """How much more often group B holds a concept than group A.

    ``verdict`` follows the interval of the ratio of shares: new (all of it at least 10), exaggerated (2), rose, fell, suppressed
    (at most a half), missing (a tenth). ``effect`` is Cohen's h with its 95 % interval, ``q`` the p-value
    corrected for all concepts tested. ``flags`` says what else may drive the difference: near-duplicates, a template.
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
    """Rank-sum test on depth: does B lie further out than A, seen from A, and the reverse; ``rank`` is .5 when both are alike."""

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

    def tables(self) -> list[Table]:
        """Concepts with shares, effect and verdict."""
        columns = ("verdict", "concept", "share A", "share B", "effect h", "q", "an example", "but")
        rows = [
            (
                c.verdict,
                c.concept.name,
                percent(c.share_a),
                percent(c.share_b),
                f"{c.effect:+.2f} ± {c.high - c.effect:.2f}",
                chance(c.q),
                _example(c),
                "; ".join(c.flags) or None,
            )
            for c in self.changes
        ]
        return [Table("Concepts that differ", columns, rows)]

    def summary(self) -> list[str]:
        """Groups, counts, depth."""
        d = self.depth
        called = f"{self.called} of {self.tested} concepts differ"
        few = f"; no verdict on {self.untestable}, too rare here for any test to call them different" if self.untestable else ""
        out = [
            f"A: {self.a.name} ({self.a.items:,} items); B: {self.b.name} ({self.b.items:,} items).",
            f"{called} at a false discovery rate of {self.alpha:.0%}{few}.",
            _depth_sentence("B", "A", d.rank_b_in_a, d.p_b_outlies_a, self.alpha),
            _depth_sentence("A", "B", d.rank_a_in_b, d.p_a_outlies_b, self.alpha),
        ]
        return out

    def plot(self) -> Any:
        """Effects with intervals, the 40 largest."""
        from begriff.plots.figures import forest

        shown = self.changes[:40]
        return forest(
            [f"{c.concept.name} ({c.verdict})" for c in shown],
            [c.effect for c in shown],
            [c.low for c in shown],
            [c.high for c in shown],
            title=f"A: {self.a.name}   B: {self.b.name}",
            x="effect h (right: more often in B), 95 % interval",
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
        Group B comes from this atlas, made with the same encoder; its items are coded by the first one's dictionary.
    a, b : str, sequence of str or ndarray of bool (n_items,), optional
        An SQL condition on the columns, ids of items, or a mask; by default all items of an atlas, or all that the other group
        does not hold.
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
        For an empty group, groups that share items, atlases of different encoders, or a parameter out of range.

    Examples
    --------
    >>> import begriff as bg
    >>> report = bg.diff(bg.open("papers.atlas"), a="year < 2015", b="year >= 2020")  # doctest: +SKIP
    >>> print(report.to_markdown())  # doctest: +SKIP
    """
    if not 0 < alpha < 1:
        raise InputError(f"alpha={alpha}: a rate, above 0 and below 1")
    if limit < 1 or examples < 0:
        raise InputError(f"limit={limit}, examples={examples}: limit must be at least 1, examples at least 0")
    left, right = two_groups(atlas, other, a, b, where)
    found = compare(counts(left.codes), counts(right.codes), len(left.rows), len(right.rows), alpha=alpha)
    called = np.flatnonzero(np.nan_to_num(found.q, nan=1.0) <= alpha)
    ranked = called[np.argsort(-np.abs(found.effect[called]), kind="stable")][:limit]
    strong = [[_strongest(g, int(j)) for g in (left, right)] for j in ranked]
    for g, rows in ((left, [s[0] for s in strong]), (right, [s[1] for s in strong])):
        g.read([r[: max(_READ, examples)] for r in rows])
    changes = [_change(found, int(j), left, right, s, alpha, examples) for j, s in zip(ranked, strong, strict=True)]
    here, there = compare_depth(left.vectors(), right.vectors()), compare_depth(right.vectors(), left.vectors())
    return Diff(
        a=_info(left, examples),
        b=_info(right, examples),
        changes=changes,
        called=len(called),
        tested=int(found.testable.sum()),
        untestable=int((~found.testable).sum()),
        alpha=alpha,
        depth=Depth(rank_b_in_a=here.rank, p_b_outlies_a=here.p, rank_a_in_b=there.rank, p_a_outlies_b=there.p),
    )


def _change(found: Differences, j: int, a: Group, b: Group, strong: list[NDArray[np.int64]], alpha: float, n_examples: int) -> Change:
    return Change(
        concept=a.columns.concepts[j],
        verdict=_verdict(found, j),
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


def _verdict(found: Differences, j: int) -> str:
    low, high = found.ratio_low[j], found.ratio_high[j]
    if found.effect[j] > 0:
        return "new" if low >= 10 else "exaggerated" if low >= 2 else "rose"
    return "missing" if high <= 0.1 else "suppressed" if high <= 0.5 else "fell"


def _strongest(group: Group, j: int) -> NDArray[np.int64]:
    """Rows of the items that hold column j, strongest first, a sample's worth."""
    codes = group.by_column
    part = slice(codes.indptr[j], codes.indptr[j + 1])
    order = np.argsort(-codes.data[part], kind="stable")[:_SAMPLE]
    return group.rows[codes.indices[part][order]]


def _flags(found: Differences, j: int, a: Group, b: Group, strong: list[NDArray[np.int64]], alpha: float) -> list[str]:
    """Near-duplicates and templates on the side that holds the concept more often."""
    flags = []
    kept = [len(np.unique(groups_of_duplicates(g.vectors(rows)))) / max(len(rows), 1) for g, rows in zip((a, b), strong, strict=True)]
    side, group = (1, b) if found.effect[j] > 0 else (0, a)
    if kept[side] < 1:
        single = [
            round(share * len(g.rows) * part) for share, g, part in zip((found.share_a[j], found.share_b[j]), (a, b), kept, strict=True)
        ]
        again = compare(np.array([single[0]]), np.array([single[1]]), len(a.rows), len(b.rows), alpha=alpha)
        repeated = f"{1 - kept[side]:.0%} of its items in {'AB'[side]} repeat others"
        if not again.p[0] * found.q[j] / max(found.p[j], 1e-300) <= alpha or np.sign(again.effect[0]) != np.sign(found.effect[j]):
            flags.append(f"driven by near-duplicates: {repeated}")
        elif 1 - kept[side] >= _REPEATED:
            flags.append(f"near-duplicates: {repeated}")
    texts = [[g.texts[int(r)] for r in rows[:_READ]] for g, rows in zip((a, b), strong, strict=True)]
    words = template(texts[side], texts[1 - side])
    return [*flags, f'template in {group.name}: "{words}"'] if words else flags


def _info(group: Group, n: int) -> GroupInfo:
    """The items that lie deepest in the group, and those that lie furthest out."""
    vectors = group.vectors()
    order = np.argsort(-depth(vectors, vectors, own=True), kind="stable")
    ends = [examples_of(group.atlas, group.rows[places]) for places in (order[:n], order[::-1][:n])]
    return GroupInfo(name=group.name, items=len(group.rows), central=ends[0], outlying=ends[1])


def _depth_sentence(other: str, reference: str, rank: float, p: float, alpha: float) -> str:
    found = "lies further out than" if p <= alpha else "does not lie further out than"
    return f"Depth: seen from {reference}, {other} {found} {reference} itself (mean rank {rank:.3f} of .5, rank-sum p {p:.2g})."


def _example(c: Change) -> str | None:
    shown = (c.examples_b if c.effect > 0 else c.examples_a) or c.examples_a or c.examples_b
    return f"[{shown[0].id}] {shown[0].text[:60]}" if shown else None
