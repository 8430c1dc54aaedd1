"""Why a document that should have been found was not, and the smallest steering that
brings it up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.kinds.checks import Floats
from begriff.linalg.sparse_sums import sum_columns
from begriff.reports.concept_columns import ref
from begriff.reports.report import ConceptRef, shorten
from begriff.reports.why_not_documents import LARGEST_WEIGHT, Lack, Step, WhyNot, Word
from begriff.search.rank import dense_scores
from begriff.search.seeds import resolver_of, seeds_of
from begriff.search.steer import Direction, Given
from begriff.search.steered import WEIGHT

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["Lack", "smallest_weight", "Step", "why_not", "WhyNot", "Word"]

_TRIED = 12
_PAIRED = 5
_CHECKED = 8
_KEPT = 0.2
_FAR = 10


@dataclass(frozen=True)
class _Scene:
    """One search: scores (n_items,), best passages, the steered query with its length before it was
    normalised, the document's position.
    """

    atlas: Atlas
    text: str
    more: dict[str, float]
    less: dict[str, float]
    where: str | None
    length: float
    query: Floats
    scores: Floats
    passages: NDArray[np.int64]
    row: int

    def vectors(self, rows: NDArray[np.int64]) -> Floats:
        return np.asarray(self.atlas.vectors[self.passages[rows]])


@dataclass(frozen=True)
class _Gain:
    """What more or less of some concepts adds to the score of every item (n_items,), per unit of
    weight.
    """

    kind: str
    concepts: list[Direction]
    values: Floats


def why_not(
    atlas: Atlas,
    query: str,
    id: str,
    *,
    k: int = 10,
    more: Given = None,
    less: Given = None,
    where: str | None = None,
) -> WhyNot:
    """Which concepts and words cost a document its rank, against the hits above it, and what brings
    it into the top k.

    Parameters
    ----------
    atlas : Atlas
    query : str
    id : str
        The document that was expected.
    k : int
    more, less, where
        As in the search that did not find it.

    Returns
    -------
    WhyNot

    Raises
    ------
    InputError
        For an unknown id, and for what :meth:`begriff.Atlas.search` refuses.

    Notes
    -----
    For one concept all scores are linear in the weight, so the weight at which the document enters
    the top k is found exactly, from the points at which it passes others or others pass it, and
    rounded up to three digits. Where items have several passages, or ``less`` is combined with
    ``more``, that is an approximation; every step is checked by a search with it, and one that
    fails is left out.
    """
    # refuses what a search refuses
    atlas.search(query, k=k, more=more, less=less, where=where, explain=False)
    row = atlas.snapshot.row_of(id)
    title = shorten(atlas.snapshot.records([row])[0].text, 80)
    dense = dense_scores(atlas.snapshot, query, more, less, where)
    ups, downs = (
        dict(resolver_of(atlas.snapshot).weights(g, WEIGHT, o))
        for g, o in ((more, "more"), (less, "less"))
    )
    steered = dense.plain + sum(
        (w * resolver_of(atlas.snapshot).direction(g, w).vector for g, w in ups.items()),
        np.zeros_like(dense.plain),
    )
    length = float(np.linalg.norm(steered))
    scene = _Scene(
        atlas, query, ups, downs, where, length, dense.query, dense.scores, dense.passages, row
    )
    met = bool(np.isfinite(dense.scores[row]))
    rank = _rank(dense.scores, row)
    above = _top(dense.scores, k)
    lacks, rest, steps = ([], 0.0, []) if not met or rank <= k else _explain(scene, above, k)
    by_words = _rank_by_words(atlas, query, row, where)
    return WhyNot(
        query=query,
        id=id,
        title=title,
        k=k,
        rank=rank,
        rank_by_words=by_words,
        score=float(dense.scores[row]) if met else 0.0,
        needed=float(dense.scores[above[-1]]) if len(above) else 0.0,
        lacks=lacks,
        rest=rest,
        words=_words(atlas, query, row, above),
        steps=steps,
        filtered=None if met else str(where),
        elsewhere=met
        and not steps
        and rank > _FAR * k
        and (by_words is None or by_words > _FAR * k),
    )


def _explain(
    scene: _Scene, above: NDArray[np.int64], k: int
) -> tuple[list[Lack], float, list[Step]]:
    atlas = scene.atlas
    along = atlas.components @ scene.query
    rows = np.append(above, scene.row)
    values = sum_columns(
        csr_array(atlas.region_codes[scene.passages[rows]] * along), atlas.snapshot.target
    ).toarray()
    here, there = values[-1], values[:-1].mean(0)
    order = np.argsort(here - there, kind="stable")
    known = [
        j
        for j in order
        if j < len(atlas.snapshot.concept_records) and not atlas.snapshot.concept_records[j].hidden
    ]
    chosen = [j for j in known if here[j] - there[j] < 0][:8] + [
        j for j in known[::-1] if here[j] - there[j] > 0
    ][:4]
    lacks = [
        Lack(
            concept=ref(atlas, j),
            here=float(here[j]),
            above=float(there[j]),
            difference=float(here[j] - there[j]),
        )
        for j in chosen
    ]
    lacks = [*_penalties(scene, rows), *lacks]
    scores = scene.vectors(rows) @ scene.query
    rest = float(scores[-1] - here.sum() - (scores[:-1].mean() - there.sum()))
    return lacks, rest, _steps(scene, above, k)


def _penalties(scene: _Scene, rows: NDArray[np.int64]) -> list[Lack]:
    """What every ``less`` takes off, here (the last row) and above."""
    out = []
    for given, weight in scene.less.items():
        d = resolver_of(scene.atlas.snapshot).direction(given, weight)
        taken = -weight * d.activations(
            scene.vectors(rows), scene.atlas.region_codes[scene.passages[rows]]
        )
        ref = ConceptRef(id=d.steer.concept, name=f"less {d.steer.name}", seeded=d.steer.seeded)
        here, above = float(taken[-1]), float(taken[:-1].mean())
        out.append(Lack(concept=ref, here=here, above=above, difference=here - above))
    return [c for c in out if c.here or c.above]


def _steps(scene: _Scene, above: NDArray[np.int64], k: int) -> list[Step]:
    """More of what the document holds, less of what the hits above hold and it does not; pairs
    where no single one does.
    """
    ups, downs = _candidates(scene, above)
    atlas, every = scene.atlas, scene.vectors(np.arange(len(scene.passages)))
    gains = [_Gain("more", [d], _pull(scene, d.vector)) for d in ups]
    gains += [
        _Gain("less", [d], -d.activations(every, atlas.region_codes[scene.passages])) for d in downs
    ]
    found = _enter(scene, gains, k)
    if not found:
        pairs = [
            _Gain("more", [a, b], _pull(scene, a.vector + b.vector))
            for a, b in combinations(ups[:_PAIRED], 2)
        ]
        found = _enter(scene, pairs, k)
    return sorted(found, key=lambda s: s.weight)[:5]


def _enter(scene: _Scene, gains: list[_Gain], k: int) -> list[Step]:
    found = []
    for g in gains:
        weight = smallest_weight(scene.scores, g.values, scene.row, k)
        if weight is not None and weight <= LARGEST_WEIGHT:
            found.append((math.ceil(weight * 1000) / 1000, g))
    found.sort(key=lambda pair: pair[0])
    steps = [_checked(scene, g, weight, k) for weight, g in found[:_CHECKED]]
    return [s for s in steps if s.rank <= k and s.kept >= _KEPT]


def _checked(scene: _Scene, gain: _Gain, weight: float, k: int) -> Step:
    """The step with the rank that a search with it gives."""
    refs = [
        ConceptRef(id=d.steer.concept, name=d.steer.name, seeded=d.steer.seeded)
        for d in gain.concepts
    ]
    added = {r.name if r.id is None else str(r.id): weight for r in refs}
    options = {"more": dict(scene.more), "less": dict(scene.less)}
    for name, w in added.items():
        options[gain.kind][name] = options[gain.kind].get(name, 0.0) + w
    scores = dense_scores(
        scene.atlas.snapshot, scene.text, options["more"], options["less"], scene.where
    ).scores
    kept = np.isin(_top(scene.scores, k), _top(scores, k)).mean()
    return Step(
        kind=gain.kind,
        concepts=refs,
        weight=weight,
        rank=_rank(scores, scene.row),
        kept=float(kept),
    )


def smallest_weight(scores: Floats, gain: Floats, row: int, k: int) -> float | None:
    """The smallest weight >= 0 at which item ``row`` is among the k best of scores + weight x gain,
    or None.

    Parameters
    ----------
    scores, gain : ndarray (n_items,)
        Items at -inf do not compete.
    """
    ahead = np.delete(np.asarray(scores, dtype=np.float64) - scores[row], row)
    speed = np.delete(gain[row] - np.asarray(gain, dtype=np.float64), row)
    speed = speed[np.isfinite(ahead)]
    ahead = ahead[np.isfinite(ahead)]
    n_above = int((ahead >= 0).sum())
    if n_above < k:
        return 0.0
    passes, passed = (ahead >= 0) & (speed > 0), (ahead < 0) & (speed < 0)
    at = np.concatenate([ahead[passes] / speed[passes], ahead[passed] / speed[passed]])
    change = np.concatenate([np.full(int(passes.sum()), -1), np.full(int(passed.sum()), 1)])
    order = np.lexsort((-change, at))  # who comes ahead at a weight counts before who falls behind
    counts = n_above + np.cumsum(change[order])
    enough = np.flatnonzero(counts < k)
    if not len(enough):
        return None
    # past the tie, and past float32 noise
    return float(np.nextafter(np.float32(at[order[enough[0]]]), np.float32(np.inf))) + 1e-4


def _candidates(scene: _Scene, above: NDArray[np.int64]) -> tuple[list[Direction], list[Direction]]:
    atlas = scene.atlas
    n_core = len(atlas.snapshot.concept_records)
    rows = np.append(above, scene.row)
    codes = sum_columns(
        csr_array(atlas.region_codes[scene.passages[rows]]), atlas.snapshot.target
    ).toarray()[:, :n_core]
    here, there = codes[-1], codes[:-1].mean(0)
    named = sorted(atlas.snapshot.well_named)
    ups = sorted((j for j in named if here[j] > 0), key=lambda j: -float(here[j]))[:_TRIED]
    downs = sorted(
        (j for j in named if there[j] > 0 and here[j] == 0), key=lambda j: -float(there[j])
    )[:_TRIED]
    seeds = [
        s
        for s in seeds_of(atlas.snapshot)
        if float(s.activations(scene.vectors(np.array([scene.row])), atlas.region_codes[[0]])[0])
        > 0
    ]
    make = resolver_of(atlas.snapshot).direction
    return [make(str(atlas.snapshot.ids[j]), 0.0) for j in ups] + seeds, [
        make(str(atlas.snapshot.ids[j]), 0.0) for j in downs
    ]


def _pull(scene: _Scene, direction: Floats) -> Floats:
    """What a direction adds to the score of every item's passage (n_items,), per unit of weight."""
    return (
        np.asarray(scene.atlas.snapshot.scores(direction.astype(np.float32))[scene.passages])
        / scene.length
    )


def _rank(scores: Floats, row: int) -> int:
    return int((scores > scores[row]).sum()) + 1


def _top(scores: Floats, k: int) -> NDArray[np.int64]:
    from begriff.linalg.topk import top_rows

    return top_rows(scores, k)


def _rank_by_words(atlas: Atlas, query: str, row: int, where: str | None) -> int | None:
    mask = None if where is None else atlas.snapshot.where(where)
    rows, _ = atlas.snapshot.words.search(query, min(1000, atlas.n_items), mask=mask)
    found = np.flatnonzero(rows == row)
    return int(found[0]) + 1 if len(found) else None


def _words(atlas: Atlas, query: str, row: int, above: NDArray[np.int64]) -> list[Word]:
    terms = [dict(t) for t in atlas.snapshot.words.terms(query, np.append(above, row))]
    known = list(dict.fromkeys(w for t in terms for w in t))
    n = max(len(above), 1)
    out = [
        Word(word=w, here=terms[-1].get(w, 0.0), above=sum(t.get(w, 0.0) for t in terms[:-1]) / n)
        for w in known
    ]
    return sorted(out, key=lambda w: w.here - w.above)
