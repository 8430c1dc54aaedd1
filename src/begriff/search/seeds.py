"""Seeded concepts: what a person means, from words or from items that are and are not it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from begriff.documents.models import Seed, Steer
from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.search.seed_probes import DIGITS, Answered, check_probe, learn_seed
from begriff.search.steer import Direction, Resolver
from begriff.store.journal import Journal
from begriff.store.names import as_written
from begriff.store.record_edits import record
from begriff.store.stages import digest, write_json

if TYPE_CHECKING:
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
_NEARLY = 0.7


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


def _fit(atlas: Snapshot, definition: dict[str, Any]) -> tuple[Seed, Floats, tuple[float, float]]:
    yes, no = (
        np.array([atlas.row_of(i) for i in definition[k]], dtype=np.int64) for k in ("yes", "no")
    )
    learnt = learn_seed(atlas, definition["words"], yes, no, definition.get("probe"))
    made = Seed(
        **{k: v for k, v in definition.items() if k != "probe"},
        method=learnt.method,
        score=round(learnt.scores[learnt.method], DIGITS) if learnt.scores else None,
        interval=learnt.interval,
        compared={k: round(v, DIGITS) for k, v in learnt.scores.items()},
        frequency=learnt.frequency,
    )
    return made, learnt.vector, (learnt.threshold, learnt.scale)


def _near(atlas: Snapshot, vector: Floats) -> list[tuple[int, str, float]]:
    """Named concepts whose directions are nearly the same, nearest first: id, name, cosine."""
    named = [c for c in atlas.concept_records if c.name and not c.hidden]
    cosines = atlas.components[[c.row for c in named]] @ vector if named else np.empty(0)
    order = [int(i) for i in np.argsort(-cosines, kind="stable")[:3] if cosines[i] >= _NEARLY]
    return [(named[i].id, named[i].label, round(float(cosines[i]), 2)) for i in order]


def _direction(made: Seed, vector: Floats, threshold: float, scale: float) -> Direction:
    steer = Steer(given=made.name, concept=None, name=made.name, weight=0.0, seeded=True)
    return Direction(steer, vector, (), float(threshold), float(scale))
