"""The probe that a seeded concept is learnt by, compared with others on held-out items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.analysis.differences import wilson
from begriff.errors import InputError
from begriff.kinds.checks import Floats, row_batches
from begriff.metrics.ranking import auroc

if TYPE_CHECKING:
    from begriff.kinds import Probe
    from begriff.store.snapshot import Snapshot

__all__ = ["Answered", "check_probe", "DIGITS", "learn_seed"]

DIGITS = 2
"""Of scores that are shown."""


_BACKGROUND = 1000

_PRIOR = 10.0

_SHARE = 0.02

_FEWEST = 4

_FOLDS = 5

_MARGIN = 0.005

_ROUNDING = 1e-5
"""Products of the same vectors differ by less than this, however they are summed."""

_BATCH = 65_536


@dataclass(frozen=True)
class Answered:
    """What answers about items lead to: a direction, where it is active, and how the methods
    compare on held-out items.
    """

    method: str
    scores: dict[str, float]
    interval: tuple[float, float] | None
    vector: Floats
    threshold: float
    scale: float
    frequency: float


def check_probe(probe: str, definition: dict[str, Any]) -> str:
    """The name of a probe of the catalogue that a seeded concept asks for.

    Raises
    ------
    InputError
        For a name that is not in the catalogue, or a seed of too few items to learn from.
    """
    from begriff import catalog

    method = catalog.find("probes", probe)
    if len(definition["yes"]) < _FEWEST:
        raise InputError(
            f"probe={probe!r} learns from items, and {definition['name']!r} has"
            f" {len(definition['yes'])} that are it: give at least {_FEWEST}, or leave the probe"
            " out"
        )
    return next(m.name for m in catalog.methods("probes") if m.class_name == method.__name__)


def learn_seed(
    atlas: Snapshot,
    words: Sequence[str],
    yes: NDArray[np.int64],
    no: NDArray[np.int64],
    probe: str | None = None,
) -> Answered:
    """The probe that holds up best on held-out items, its threshold, and the scale of its
    activations.

    The threshold lies above every item that was said not to be it, so none of them is active.

    Parameters
    ----------
    words : sequence of str
    yes, no : ndarray
        Rows of items.
    probe : str, optional
        A probe of the catalogue that is taken whatever the others score.
    """
    rng = np.random.default_rng(0)
    others = np.setdiff1d(
        rng.choice(atlas.n_items, min(_BACKGROUND, atlas.n_items), replace=False),
        np.concatenate([yes, no]),
    )
    mean = np.asarray(atlas.item_vectors[np.sort(others)]).mean(0)
    start = _from_words(atlas, list(words), mean) if words else None
    X = np.asarray(atlas.item_vectors[np.concatenate([yes, no, others])])
    kind = np.repeat([1, 0, -1], [len(yes), len(no), len(others)])
    probes = _probes(start, probe)
    scores, held = _compare(X, kind, start, probes) if len(yes) >= _FEWEST else ({}, {})
    if scores:
        method = _choose(scores) if probe is None else probe
    else:
        method = "words" if start is not None and not len(yes) else "examples"
    vector = _vector(method, X, kind, start, probes)
    along = X @ vector
    if method in held:
        threshold = _threshold(held[method], kind) + float(
            np.median(along) - np.median(held[method])
        )
    else:
        threshold = float(np.quantile(along[kind < 1], 1 - _SHARE))
    if len(no):
        threshold = max(threshold, float(along[kind == 0].max()) + _ROUNDING)
    active = along[along > threshold] - threshold
    # guards activations of zero
    scale = _typical(atlas) / max(float(np.median(active)) if len(active) else 1.0, 1e-6)
    interval = _interval(held[method], kind) if method in held else None
    return Answered(
        method, scores, interval, vector, threshold, scale, _share(atlas, vector, threshold)
    )


def _share(atlas: Snapshot, vector: Floats, threshold: float) -> float:
    """Share of all items on which a direction is active."""
    return (
        sum(int((X @ vector > threshold).sum()) for _, X in row_batches(atlas.item_vectors, _BATCH))
        / atlas.n_items
    )


def _probes(start: Floats | None, wanted: str | None) -> dict[str, Probe]:
    """The probes that are compared, simplest first, and the one that was asked for."""
    from begriff import catalog
    from begriff.probes import ConceptVector, DiffMean, Logistic

    usual: dict[str, Probe] = {
        "difference of means": DiffMean(),
        "optimised vector": ConceptVector(start=start),
        "logistic": Logistic(),
    }
    return usual if wanted is None else {**usual, wanted: catalog.find("probes", wanted)()}


def _vector(
    method: str,
    X: Floats,
    kind: NDArray[np.int64],
    start: Floats | None,
    probes: dict[str, Probe],
) -> Floats:
    """Unit direction by a method; "examples" is for too few of them to compare methods on."""
    if method == "words":
        assert start is not None
        return start
    probe = probes.get(method, probes["optimised vector"])
    return probe.fit(X, (kind == 1).astype(int), _weights(kind)).direction_


def _weights(kind: NDArray[np.int64]) -> Floats:
    """Items said to be not it weigh as much together as the random background does."""
    counts = {k: max(int((kind == k).sum()), 1) for k in (1, 0, -1)}
    return np.array([1 / counts[int(k)] for k in kind])


def _compare(
    X: Floats, kind: NDArray[np.int64], start: Floats | None, probes: dict[str, Probe]
) -> tuple[dict[str, float], dict[str, Floats]]:
    """AUROC of every method on items that it was not fitted on, and those items' places along the
    direction.
    """
    rng = np.random.default_rng(0)
    fold = np.empty(len(X), dtype=np.int64)
    for k in (1, 0, -1):
        rows = np.flatnonzero(kind == k)
        fold[rng.permutation(rows)] = np.arange(len(rows)) % _FOLDS
    held: dict[str, Floats] = {
        name: np.zeros(len(X)) for name in ([] if start is None else ["words"]) + list(probes)
    }
    for f in range(_FOLDS):
        train, test = fold != f, fold == f
        for name in held:
            held[name][test] = X[test] @ _vector(name, X[train], kind[train], start, probes)
    return {name: _score(along, kind) for name, along in held.items()}, held


def _score(along: Floats, kind: NDArray[np.int64]) -> float:
    return float(np.mean(list(_scores(along, kind).values())))


def _scores(along: Floats, kind: NDArray[np.int64]) -> dict[int, float]:
    """AUROC of what is it against what is said not to be (0), and against the corpus (-1)."""
    return {k: auroc(along[kind == 1], along[kind == k]) for k in (0, -1) if (kind == k).any()}


def _interval(along: Floats, kind: NDArray[np.int64]) -> tuple[float, float]:
    """95 % interval of the score: Wilson's of a share of as many cases as the smaller side has,
    which also holds for 1 of 5 of 5.
    """
    scores, n_yes = _scores(along, kind), int((kind == 1).sum())
    n = np.array([min(n_yes, int((kind == k).sum())) for k in scores])
    low, high = wilson(np.array(list(scores.values())) * n, n)
    return round(float(low.mean()), DIGITS), round(float(high.mean()), DIGITS)


def _choose(scores: dict[str, float]) -> str:
    """The simplest method that is as good as the best."""
    best = max(scores.values())
    return next(name for name, score in scores.items() if score >= best - _MARGIN)


def _threshold(along: Floats, kind: NDArray[np.int64]) -> float:
    """The cut with the best F1 on held-out items, where ten times as many of the corpus are not it
    as are.
    """
    weight = np.where(kind == -1, _PRIOR * (kind == 1).sum() / max(int((kind == -1).sum()), 1), 1.0)
    order = np.argsort(-along, kind="stable")
    hit = np.cumsum((kind[order] == 1).astype(float))
    f1 = 2 * hit / (np.cumsum(weight[order]) + hit[-1])
    best = int(f1.argmax())
    return float((along[order[best]] + along[order[min(best + 1, len(order) - 1)]]) / 2)


def _from_words(atlas: Snapshot, words: list[str], mean: Floats) -> Floats:
    vector = np.mean([atlas.encode_query(w) for w in words], axis=0) - mean
    # guards words that mean the corpus itself
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)


def _typical(atlas: Snapshot) -> float:
    """Median activation of the codes, which a seed's activations are scaled to, so that weights
    mean the same for both.
    """
    data = atlas.item_codes.data
    return float(np.median(data[:: max(1, len(data) // 100_000)])) if len(data) else 1.0
