"""What else an erasure took: neighbours, other concepts, other labels, distance moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.documents.models import Document
from begriff.kinds.checks import Floats
from begriff.metrics.ranking import auroc

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas
    from begriff.reports.labels import Labels

__all__ = ["Cost", "costs"]

_QUERIES = 400
_CORPUS = 20_000
_NEAREST = 10
_CONCEPTS = 10
_PROBED = 2000
_FEWEST = 30
_CLASSES = 60


class Cost(Document):
    """A figure with the vectors as they were (None where it only compares both) and as they are."""

    name: str
    before: float | None
    after: float
    note: str = ""


def costs(
    atlas: Atlas,
    before: Floats,
    after: Floats,
    rows: NDArray[np.int64],
    erased: Labels,
    *,
    random_state: int = 0,
) -> list[Cost]:
    """Figures over a sample of items.

    Parameters
    ----------
    atlas : Atlas
        As it was.
    before, after : ndarray (n, n_dims)
        Vectors of the same items.
    rows : ndarray (n,)
        Their positions.
    erased : Labels
        What is erased, which is not among what should stay.
    random_state : int
    """
    rng = np.random.default_rng(random_state)
    out = [_moved(before, after), _neighbours(before, after, rng)]
    at = rng.permutation(len(rows))[: 2 * _PROBED]
    train, held = at[: len(at) // 2], at[len(at) // 2 :]
    out += _concepts(atlas, before, after, rows, train, held, erased.concept)
    return out + _columns(atlas, before, after, rows, train, held, erased.name)


def _moved(before: Floats, after: Floats) -> Cost:
    centred = before - before.mean(0)
    # guards items that are all equal
    share = float(((after - before) ** 2).sum() / max(float((centred**2).sum()), 1e-12))
    return Cost(
        name="distance moved",
        before=None,
        after=round(share, 4),
        note="mean square, as a share of the variance",
    )


def _neighbours(before: Floats, after: Floats, rng: np.random.Generator) -> Cost:
    corpus = rng.permutation(len(before))[:_CORPUS]
    asked = corpus[: min(_QUERIES, len(corpus))]
    kept = [
        len(set(a.tolist()) & set(b.tolist()))
        for a, b in zip(*(_nearest(v[corpus], v[asked]) for v in (before, after)), strict=True)
    ]
    note = f"of {_NEAREST} nearest items, {len(asked)} items asked"
    return Cost(
        name="neighbours kept",
        before=None,
        after=round(float(np.mean(kept)) / _NEAREST, 4),
        note=note,
    )


def _nearest(corpus: Floats, asked: Floats) -> NDArray[np.int64]:
    """Places of the nearest (n_asked, 10); each item's first is itself, in both spaces, and left
    out.
    """
    scores = asked @ corpus.T
    scores[np.arange(len(asked)), np.arange(len(asked))] = -np.inf
    k = min(_NEAREST, len(corpus) - 1)
    return np.asarray(np.argpartition(-scores, k, axis=1)[:, :k])


def _concepts(
    atlas: Atlas,
    before: Floats,
    after: Floats,
    rows: NDArray[np.int64],
    train: NDArray[np.int64],
    held: NDArray[np.int64],
    erased: int | None,
) -> list[Cost]:
    """AUROC of probes for the most frequent well-named concepts, which of them lost most, and the
    mean.
    """
    from begriff.probes import Logistic

    codes = atlas.snapshot.merged_codes[rows][:, : len(atlas.snapshot.concept_records)].tocsc()
    shown = sorted(
        (
            c
            for c in atlas.snapshot.concept_records
            if c.well_named and not c.hidden and c.id != erased
        ),
        key=lambda c: -c.frequency,
    )
    found: list[tuple[str, float, float]] = []
    for concept in shown:
        active = np.zeros(len(rows), dtype=bool)
        active[codes.indices[codes.indptr[concept.row] : codes.indptr[concept.row + 1]]] = True
        if min(active[train].sum(), active[held].sum()) < _FEWEST or len(found) == _CONCEPTS:
            continue
        scores = [
            Logistic(C=0.1).fit(v[train], active[train]).decision_function(v[held])
            for v in (before, after)
        ]
        was, now = (auroc(s[active[held]], s[~active[held]]) for s in scores)
        found.append((concept.label, was, now))
    if not found:
        return []
    most = max(found, key=lambda f: f[1] - f[2])
    was, now = (round(float(np.mean([f[i] for f in found])), 4) for i in (1, 2))
    name = f"probes of {len(found)} other concepts, AUROC"
    return [
        Cost(
            name=name,
            before=was,
            after=now,
            note=f"most lost: {most[0]} ({most[1]:.3f} to {most[2]:.3f})",
        )
    ]


def _columns(
    atlas: Atlas,
    before: Floats,
    after: Floats,
    rows: NDArray[np.int64],
    train: NDArray[np.int64],
    held: NDArray[np.int64],
    erased: str,
) -> list[Cost]:
    """Accuracy of a logistic classifier of the first other category column that has classes to tell
    apart.
    """
    from sklearn.linear_model import LogisticRegression

    for name, kind in atlas.columns.items():
        if kind != "category" or name == erased:
            continue
        values = atlas.snapshot.column(name)[rows]
        known: Any = np.array([v is not None for v in values])
        labels = np.where(known, values, "").astype(str)
        a, b = train[known[train]], held[known[held]]
        classes, counts = np.unique(labels[a], return_counts=True)
        if not 2 <= len(classes) <= _CLASSES or counts.min() < 2 or len(b) < _FEWEST:
            continue
        fits = [
            LogisticRegression(C=10.0, max_iter=1000, tol=1e-3)
            .fit(v[a], labels[a])
            .score(v[b], labels[b])
            for v in (before, after)
        ]
        return [
            Cost(
                name=f"accuracy for {name}",
                before=round(float(fits[0]), 4),
                after=round(float(fits[1]), 4),
            )
        ]
    return []
