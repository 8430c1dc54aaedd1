"""Learning a dictionary again without shuffling people's concepts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from sklearn.base import clone

from begriff import catalog
from begriff.errors import InputError
from begriff.kinds import Dictionary
from begriff.kinds.encoder import Encoder
from begriff.pipeline.build import run, writing
from begriff.pipeline.map import lay_out
from begriff.pipeline.plan import (
    Job,
    Meter,
    identity_keys,
    input_keys,
    map_key,
    namer_of,
    plan_job,
    with_map,
)
from begriff.store.snapshot import Snapshot
from begriff.store.stages import Store, digest

__all__ = ["lay_out_map", "relearn"]


def relearn(
    opened: Snapshot,
    source: Any = None,
    *,
    vectors: str | Path | NDArray[Any] | None = None,
    encoder: Encoder | None = None,
    random_state: int | None = None,
    warm: bool | None = None,
    max_rejected: float = 0.05,
    progress: Meter | None = None,
) -> None:
    """Publish the next version; see :func:`begriff.refit`."""
    store = Store(opened.path)
    manifest = store.require()
    made = manifest["made"]
    seed = made["random_state"] if random_state is None else random_state
    known = encoder or (opened.encoder if made["encoder"] is not None else None)
    namer = namer_of(made)
    dictionary: Dictionary = clone(opened.dictionary).reseeded(seed)
    warm = _can_go_on(dictionary) if warm is None else warm and _can_go_on(dictionary, refused=True)
    if source is None:
        if vectors is not None:
            raise InputError(
                "vectors were given without a source: give the rows that they belong to, too"
            )
        job = Job(
            store=store,
            encoder=known,
            dictionary=dictionary,
            namer=namer,
            random_state=seed,
            meter=progress,
            warm=warm,
            asked=manifest.get("asked"),
            erased=tuple(manifest.get("erased", ())),
            kept=manifest.get("kept"),
        )
        keys = {s: manifest["stages"][s] for s in ("items", "words", "vectors", "phrases")}
        if manifest.get("grown"):
            keys["phrases"] = digest("phrases", keys["vectors"], seed)
    elif manifest.get("erased"):
        raise InputError(
            f"{manifest['erased'][0]['concept']!r} was erased from {opened.path}, and new rows"
            " would bring it back: `begriff undo` the erasure, refit, and erase it again"
        )
    else:
        was = made["source"]
        planned = plan_job(
            source,
            text=was["text"],
            out=opened.path,
            id=was["id"],
            encoder=known,
            vectors=vectors,
            dictionary=dictionary,
            namer=namer,
            types=was.get("types"),
            max_rejected=max_rejected,
            random_state=seed,
            meter=progress,
            on_duplicate=was.get("on_duplicate", "error"),
        )
        job = replace(planned, warm=warm, asked=manifest.get("asked"))
        keys = input_keys(job)
    before = manifest["stages"]
    keys["dictionary"] = digest(
        "refit", keys["phrases"], before["dictionary"], warm, seed, dictionary.get_params()
    )
    with writing(store):
        run(job, with_map(identity_keys(keys, manifest, namer), manifest))


def _can_go_on(dictionary: Dictionary, refused: bool = False) -> bool:
    """Whether a dictionary can start from an older one; where it cannot, that may be refused."""
    if refused and not dictionary.warm_start:
        able = [
            n for n in catalog.names("dictionaries") if catalog.find("dictionaries", n).warm_start
        ]
        raise InputError(
            f"{type(dictionary).__name__} cannot start from the old dictionary: refit with"
            " warm=False (--scratch), which matches the concepts all the same. Those that can:"
            f" {', '.join(able)}"
        )
    return dictionary.warm_start


def lay_out_map(path: str | Path, progress: Meter | None = None) -> None:
    """Publish a version with a map; see :func:`begriff.atlas.making.add_map`."""
    store = Store(path)
    manifest = store.require()
    key = map_key(manifest["stages"]["vectors"])
    meter = None if progress is None else lambda done, total: progress("map", done, total)
    with store.lock():
        lay_out(
            Snapshot(path).item_vectors,
            store.path / f"map-{key}",
            manifest["made"]["random_state"],
            meter,
        )
        store.publish(
            {
                **manifest,
                "version": manifest["version"] + 1,
                "stages": {**manifest["stages"], "map": key},
            }
        )
