"""Seeded concepts: what a person means, from words or from items that are and are not it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.analysis.differences import wilson
from begriff.documents.models import Seed, Steer
from begriff.errors import InputError
from begriff.kinds.checks import Floats, row_batches
from begriff.metrics.ranking import auroc
from begriff.search.steer import Direction, Resolver
from begriff.store.journal import Journal
from begriff.store.names import as_written
from begriff.store.record_edits import record
from begriff.store.stages import digest, write_json

if TYPE_CHECKING:
    from begriff.kinds import Probe
    from begriff.store.snapshot import Snapshot

__all__ = [
    "Answered",
    "fit_seed",
    "Fitted",
    "learn_seed",
    "read_seeds",
    "resolver_of",
    "seed",
    "seeds_of",
]

_RECIPE = 2
_BACKGROUND = 1000
_PRIOR = 10.0
_SHARE = 0.02
_FEWEST = 4
_FOLDS = 5
_MARGIN = 0.005
_NEARLY = 0.7
_DIGITS = 2
_ROUNDING = 1e-5
"""Products of the same vectors differ by less than this, however they are summed."""
_BATCH = 65_536


@dataclass(frozen=True)
class Fitted:
    """A seed as a direction to steer by, and what is known of it."""

    seed: Seed
    direction: Direction


def seed(
    atlas: Snapshot,
    name: str,
    words: str | Sequence[str] | None,
    yes: Sequence[str],
    no: Sequence[str],
    probe: str | None = None,
    who: str | None = None,
) -> Seed:
    """See :meth:`begriff.atlas.edits.Seeds.fit`."""
    name = name.strip()
    if not name or len(name) > 200 or not name.isprintable() or name.removeprefix("#").isdigit():
        raise InputError(
            f"name {name[:40]!r}: must be 1 to 200 printable characters, and no number"
        )
    taken = [
        c
        for c in atlas.concept_records
        if (c.well_named or c.renamed) and as_written(c.name or "") == as_written(name)
    ]
    if taken:
        raise InputError(
            f"concept {taken[0].id} has the name {taken[0].label!r}: give the seeded one another"
        )
    before = {as_written(d["name"]): d for d in _definitions(atlas)}.get(as_written(name))
    definition = _merge(
        before, name, [words] if isinstance(words, str) else list(words or []), list(yes), list(no)
    )
    if probe is not None:
        definition["probe"] = check_probe(probe, definition)
    for id in {*yes, *no}:
        atlas.row_of(id)
    fitted = fit_seed(atlas, definition)
    record(atlas, "seed", who=who, **definition)
    return fitted.seed


def seeds_of(atlas: Snapshot) -> list[Direction]:
    """Concepts that people seeded, as directions to steer by."""
    return [f.direction for f in atlas.derived(read_seeds)]


def resolver_of(atlas: Snapshot) -> Resolver:
    """Finds concepts by id, name or words."""
    return atlas.derived(_resolver)


def _resolver(atlas: Snapshot) -> Resolver:
    encode = atlas.encode_query if atlas.steerable else None
    return Resolver(
        atlas.concept_records,
        atlas.components,
        atlas.vectors,
        atlas.region_codes,
        encode,
        seeds_of(atlas),
    )


def read_seeds(atlas: Snapshot) -> list[Fitted]:
    """All seeds, as last defined; what was fitted before for the same vectors is read from
    ``seeds/``.

    Answers about items that the corpus no longer holds are left out; a seed that has nothing else
    is kept in the journal alone.
    """
    return [fit_seed(atlas, d) for d in _definitions(atlas) if d["words"] or d["yes"]]


def fit_seed(atlas: Snapshot, definition: dict[str, Any]) -> Fitted:
    """Fit a definition, or read what an earlier fit left; concepts that are near are looked up
    anew, since people rename them.
    """
    key = digest(_RECIPE, definition, atlas.store.require()["stages"]["vectors"])
    path = atlas.path / "seeds" / f"{key}.json"
    try:
        kept = json.loads(path.read_text())
        made, vector, active = (
            Seed(**kept["seed"]),
            np.array(kept["vector"], np.float32),
            (kept["active"][0], kept["active"][1]),
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        made, vector, active = _fit(atlas, definition)
        # kept to be faster next time; a folder may be read-only or full
        with contextlib.suppress(OSError):
            path.parent.mkdir(exist_ok=True)
            write_json(
                path,
                {
                    "seed": made.model_dump(mode="json"),
                    "vector": vector.tolist(),
                    "active": list(active),
                },
            )
    vector = vector.astype(np.float32)
    return Fitted(
        made.model_copy(update={"near": _near(atlas, vector)}), _direction(made, vector, *active)
    )


def _definitions(atlas: Snapshot) -> list[dict[str, Any]]:
    """The last definition of every name, in the order of their first, without items
    that are gone.
    """
    out: dict[str, dict[str, Any]] = {}
    for entry in Journal(atlas.path / "journal.jsonl").active():
        if entry["action"] == "seed":
            keys = ("name", "words", "yes", "no", *(("probe",) if entry.get("probe") else ()))
            out[as_written(entry["name"])] = {k: entry[k] for k in keys}
    answered = {i for d in out.values() for i in (*d["yes"], *d["no"])}
    there = atlas.known(answered) if answered else set()
    return [
        {**d, **{k: [i for i in d[k] if i in there] for k in ("yes", "no")}} for d in out.values()
    ]


def _merge(
    before: dict[str, Any] | None, name: str, words: list[str], yes: list[str], no: list[str]
) -> dict[str, Any]:
    """A definition with more words and items; a new answer about an item replaces the old one."""
    both = set(yes) & set(no)
    if both:
        raise InputError(f"{sorted(both)[0]!r} is given as yes and as no: choose one")
    old: dict[str, Any] = before or {"words": [], "yes": [], "no": []}
    kept = [[i for i in old[k] if i not in {*yes, *no}] for k in ("yes", "no")]
    made = {
        "name": name,
        "words": list(dict.fromkeys([*old["words"], *(w.strip() for w in words if w.strip())])),
        "yes": list(dict.fromkeys([*kept[0], *yes])),
        "no": list(dict.fromkeys([*kept[1], *no])),
        **({"probe": old["probe"]} if "probe" in old else {}),
    }
    if not made["words"] and not made["yes"]:
        raise InputError("a seeded concept needs words, or at least one item that is it (yes)")
    return made


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


def _fit(atlas: Snapshot, definition: dict[str, Any]) -> tuple[Seed, Floats, tuple[float, float]]:
    yes, no = (
        np.array([atlas.row_of(i) for i in definition[k]], dtype=np.int64) for k in ("yes", "no")
    )
    learnt = learn_seed(atlas, definition["words"], yes, no, definition.get("probe"))
    made = Seed(
        **{k: v for k, v in definition.items() if k != "probe"},
        method=learnt.method,
        score=round(learnt.scores[learnt.method], _DIGITS) if learnt.scores else None,
        interval=learnt.interval,
        compared={k: round(v, _DIGITS) for k, v in learnt.scores.items()},
        frequency=learnt.frequency,
    )
    return made, learnt.vector, (learnt.threshold, learnt.scale)


def _near(atlas: Snapshot, vector: Floats) -> list[tuple[int, str, float]]:
    """Named concepts whose directions are nearly the same, nearest first: id, name, cosine."""
    named = [c for c in atlas.concept_records if c.name and not c.hidden]
    cosines = atlas.components[[c.row for c in named]] @ vector if named else np.empty(0)
    order = [int(i) for i in np.argsort(-cosines, kind="stable")[:3] if cosines[i] >= _NEARLY]
    return [(named[i].id, named[i].label, round(float(cosines[i]), 2)) for i in order]


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
    return round(float(low.mean()), _DIGITS), round(float(high.mean()), _DIGITS)


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
    """Median strength of the codes, which a seed's activations are scaled to, so that weights mean
    the same for both.
    """
    data = atlas.item_codes.data
    return float(np.median(data[:: max(1, len(data) // 100_000)])) if len(data) else 1.0


def _direction(made: Seed, vector: Floats, threshold: float, scale: float) -> Direction:
    steer = Steer(given=made.name, concept=None, name=made.name, weight=0.0, seeded=True)
    return Direction(steer, vector, (), float(threshold), float(scale))
