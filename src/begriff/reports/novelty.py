"""Is this new? Distance to what is there, rare concepts, and combinations that have not
been seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.analysis.network import cooccurrence
from begriff.documents.models import Document
from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.linalg.sparse_sums import sum_columns
from begriff.reports.concept_columns import examples_of, ref
from begriff.reports.periods import cut
from begriff.reports.report import Cells, ConceptRef, Report, Table, percent, shorten

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["Combination", "Near", "novelty", "Novelty", "RareConcept"]

_NEAREST = 10
_JUDGED = 400
_SPANS = 4
_STRONGEST = 8
_SAME = 0.97


class Near(Document):
    """An item close to the text, with the concepts that both hold."""

    id: str
    text: str
    cosine: float
    shared: list[ConceptRef]


class RareConcept(Document):
    """A concept of the text, and the share of items that hold it."""

    concept: ConceptRef
    strength: float
    frequency: float


class Combination(Document):
    """Two concepts of the text: items that hold both, and how many would if the concepts were
    independent.
    """

    a: ConceptRef
    b: ConceptRef
    seen: int
    expected: float


class Novelty(Report):
    """How new a text is, beside recent items judged against their own past.

    ``score`` is the share of those items that were less new when they appeared, 0 for a text that
    is there already; ``by_distance`` and ``by_combination`` are the same for each of its two parts.
    """

    text: str
    score: float
    by_distance: float
    by_combination: float
    distance: float
    surprise: float
    judged: int
    by: str | None
    known: str | None
    nearest: list[Near]
    concepts: list[RareConcept]
    combinations: list[Combination]

    def tables(self) -> list[Table]:
        """Nearest items, concepts, combinations."""
        near = [
            (n.id, n.cosine, n.text, [s.name for s in n.shared], [s.id for s in n.shared])
            for n in self.nearest
        ]
        shown_near = [
            (
                n.cosine,
                f"[{n.id}] {shorten(n.text, 60)}",
                ", ".join(s.name for s in n.shared[:4]) or None,
            )
            for n in self.nearest
        ]
        held = [(c.concept.name, c.concept.id, c.strength, c.frequency) for c in self.concepts]
        pairs = [
            (c.a.name, c.a.id, c.b.name, c.b.id, c.seen, c.expected) for c in self.combinations
        ]
        return [
            Table(
                "Nearest items",
                ("id", "cosine", "text", "shared", "shared_ids"),
                near,
                Cells(("cosine", "item", "concepts in common"), shown_near),
            ),
            Table(
                "Its concepts, the rarest first",
                ("concept", "id", "strength", "share"),
                held,
                Cells(
                    ("concept", "activation", "on items"),
                    [(name, strength, percent(share)) for name, _, strength, share in held],
                ),
            ),
            Table(
                "Its combinations, the least seen first",
                ("concept", "id", "with", "with_id", "seen", "expected"),
                pairs,
                Cells(
                    ("concept", "with", "seen together", "if independent"),
                    [(a, b, s, f"{e:.1f}") for a, _, b, _, s, e in pairs],
                ),
            ),
        ]

    def summary(self) -> list[str]:
        """The verdict in sentences."""
        against = (
            f"recent items (by {self.by}) against their own past"
            if self.by
            else "random items against all others"
        )
        out = [] if self.known is None else [f"It is there already, or nearly: {self.known}."]
        return [
            *out,
            f"Newer than {self.score:.0%} of {self.judged} {against}.",
            (
                f"By distance to the {_NEAREST} nearest: {self.by_distance:.0%}; by its"
                f" combinations of concepts: {self.by_combination:.0%}."
            ),
        ]

    def plot(self) -> Any:
        """Rarity of its concepts."""
        from begriff.plots.figures import bars

        shown = self.concepts[:20]
        return bars(
            [c.concept.name for c in shown],
            [100 * c.frequency for c in shown],
            title="concepts of the text",
            x="% of items that hold it",
        )


@dataclass(frozen=True)
class _Past:
    """What was there before: positions, and on how many of these items concepts were active
    together (n_core, n_core).
    """

    rows: NDArray[np.int64]
    together: NDArray[np.int64]


def novelty(atlas: Atlas, text: str, *, by: str | None = None, k: int = 5) -> Novelty:
    """How new a text is among the items of an atlas, and in what.

    Parameters
    ----------
    atlas : Atlas
    text : str
        As an abstract.
    by : str, optional
        A number or date column: recent items are then judged against earlier ones only, which is
        what the score is calibrated on. Without it, random items are judged against all others.
    k : int
        Nearest items listed.

    Raises
    ------
    InputError
        For an empty text, or a column that is neither number nor date.

    Notes
    -----
    Distance is one less the mean cosine with the ten nearest items. Surprise is the mean, over the
    three most surprising pairs of the eight strongest concepts of the core, of log2 of expected
    over seen items (both + 1). The score averages the ranks of both among the judged items and is
    itself a rank among their averages.

    Source: Uzzi et al. 2013, "Atypical combinations and scientific impact" (pairs against
    independence).
    """
    if not text.strip():
        raise InputError("the text is empty: give an abstract, or a few sentences")
    if k < 1:
        raise InputError(f"k={k}: must be at least 1")
    vector = atlas.snapshot.encode_query(text)
    codes = _core_of(atlas, vector)
    judged, everything = _judge_recent(atlas, by)
    here = np.array(
        [_distance(np.asarray(atlas.item_vectors @ vector), None), _surprise(codes, everything)]
    )
    ranks = np.stack([_ranks(judged[:, i], judged[:, i]) for i in (0, 1)], 1).mean(1)
    own = [float(_ranks(judged[:, i], here[i : i + 1])[0]) for i in (0, 1)]
    nearest = _nearest(atlas, vector, codes, k)
    known = (
        f"[{nearest[0].id}] {shorten(nearest[0].text, 80)}" if nearest[0].cosine >= _SAME else None
    )
    return Novelty(
        text=" ".join(text.split())[:300],
        score=0.0 if known else float(_ranks(ranks, np.array([np.mean(own)]))[0]),
        by_distance=own[0],
        by_combination=own[1],
        distance=float(here[0]),
        surprise=float(here[1]),
        judged=len(judged),
        by=by,
        known=known,
        nearest=nearest,
        concepts=_concepts(atlas, codes, everything),
        combinations=_combinations(atlas, codes, everything),
    )


def _core_of(atlas: Atlas, vector: Floats) -> csr_array:
    from begriff.pipeline.learn import code, reference_rows

    whole = code(atlas.dictionary, vector[None, :], reference_rows(atlas.item_vectors))
    return csr_array(
        sum_columns(whole, atlas.snapshot.target)[:, : len(atlas.snapshot.concept_records)]
    )


def _judge_recent(atlas: Atlas, by: str | None) -> tuple[Floats, _Past]:
    """Distance and surprise (n_judged, 2) of recent items against their own past, and everything
    there is now.
    """
    core = csr_array(atlas.snapshot.merged_codes[:, : len(atlas.snapshot.concept_records)])
    everything = _Past(np.arange(atlas.n_items), cooccurrence(core))
    rng = np.random.default_rng(0)
    if by is None:
        rows = rng.choice(atlas.n_items, min(_JUDGED, atlas.n_items), replace=False)
        return _judge(atlas, core, rows, everything, leave_out=True), everything
    of = cut(atlas, by).of
    recent = [p for p in np.unique(of[of >= 0])[::-1] if (of[of >= 0] < p).sum() >= _NEAREST][
        :_SPANS
    ]
    if not recent:
        raise InputError(
            f"too few items before the last period of {by!r} to judge others against their past:"
            " leave it out"
        )
    parts = []
    for p in recent:
        rows = np.flatnonzero(of == p)
        picked = rng.choice(rows, min(-(-_JUDGED // len(recent)), len(rows)), replace=False)
        past = np.flatnonzero((of >= 0) & (of < p))
        parts.append(
            _judge(
                atlas,
                core,
                picked,
                _Past(past, cooccurrence(csr_array(core[past]))),
                leave_out=False,
            )
        )
    return np.concatenate(parts), everything


def _judge(
    atlas: Atlas, core: csr_array, rows: NDArray[np.int64], past: _Past, *, leave_out: bool
) -> Floats:
    rows = np.sort(rows)
    there = np.asarray(
        atlas.item_vectors if len(past.rows) == atlas.n_items else atlas.item_vectors[past.rows]
    )
    out = np.empty((len(rows), 2))
    for start in range(0, len(rows), 64):
        part = rows[start : start + 64]
        cosines = np.asarray(atlas.item_vectors[part]) @ there.T
        for i, row in enumerate(part):
            out[start + i] = (
                _distance(cosines[i], int(row) if leave_out else None),
                _surprise(csr_array(core[[row]]), past, leave_out=leave_out),
            )
    return out


def _distance(cosines: Floats, without: int | None) -> float:
    if without is not None:
        cosines = np.delete(cosines, without)
    n = min(_NEAREST, len(cosines))
    return float(1 - np.partition(cosines, -n)[-n:].mean())


def _pairs(
    codes: csr_array, past: _Past, *, leave_out: bool = False
) -> list[tuple[int, int, int, float]]:
    """(a, b, seen, expected) of the strongest concepts' pairs."""
    active = codes.indices[np.argsort(-codes.data, kind="stable")][:_STRONGEST]
    n, own = max(len(past.rows) - int(leave_out), 1), int(leave_out)
    count = np.diag(past.together) - own
    return [
        (int(a), int(b), int(past.together[a, b]) - own, float(count[a]) * float(count[b]) / n)
        for a, b in combinations(active, 2)
    ]


def _surprise(codes: csr_array, past: _Past, *, leave_out: bool = False) -> float:
    values = sorted(
        (np.log2((e + 1) / (s + 1)) for _, _, s, e in _pairs(codes, past, leave_out=leave_out)),
        reverse=True,
    )
    return float(np.mean(values[:3])) if values else 0.0


def _ranks(judged: Floats, values: Floats) -> Floats:
    """Share of judged values below each value, ties counted half."""
    ordered = np.sort(judged)
    return (
        np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
    ) / (2 * max(len(ordered), 1))


def _nearest(atlas: Atlas, vector: Floats, codes: csr_array, k: int) -> list[Near]:
    cosines = np.asarray(atlas.item_vectors @ vector)
    rows = np.argsort(-cosines, kind="stable")[: min(k, atlas.n_items)]
    mine = set(codes.indices.tolist()) & set(atlas.snapshot.well_named)
    out = []
    for row, example in zip(rows, examples_of(atlas, rows), strict=True):
        theirs = atlas.snapshot.merged_codes[[row]]
        both = [
            int(j)
            for j in theirs.indices[np.argsort(-theirs.data, kind="stable")]
            if int(j) in mine
        ]
        out.append(
            Near(
                id=example.id,
                text=example.text,
                cosine=float(cosines[row]),
                shared=[ref(atlas, j) for j in both],
            )
        )
    return out


def _concepts(atlas: Atlas, codes: csr_array, now: _Past) -> list[RareConcept]:
    count = np.diag(now.together)
    order = sorted(
        zip(codes.indices.tolist(), codes.data.tolist(), strict=True),
        key=lambda pair: int(count[pair[0]]),
    )
    named = [(j, v) for j, v in order if j in atlas.snapshot.well_named]
    return [
        RareConcept(
            concept=ref(atlas, j), strength=float(v), frequency=float(count[j]) / atlas.n_items
        )
        for j, v in named[:10]
    ]


def _combinations(atlas: Atlas, codes: csr_array, now: _Past) -> list[Combination]:
    keep = np.isin(codes.indices, list(atlas.snapshot.well_named))
    named = csr_array(
        (codes.data[keep], codes.indices[keep], [0, int(keep.sum())]), shape=codes.shape
    )
    found = sorted(_pairs(named, now), key=lambda p: (p[2] + 1) / (p[3] + 1))
    return [
        Combination(a=ref(atlas, a), b=ref(atlas, b), seen=s, expected=e)
        for a, b, s, e in found[:8]
    ]
