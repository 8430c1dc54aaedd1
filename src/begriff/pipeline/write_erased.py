"""Writing a version of an atlas from whose vectors a concept is gone, and going back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import AtlasError, BegriffError, InputError
from begriff.kinds.checks import Floats, Progress, row_batches
from begriff.linalg.sampling import at_most
from begriff.store.journal import open_journal
from begriff.store.manifest import Manifest
from begriff.store.stages import PATIENCE, Store, digest, new_array, write_json

if TYPE_CHECKING:
    from begriff.kinds import Eraser
    from begriff.pipeline.plan import Meter
    from begriff.store.snapshot import Snapshot

__all__ = ["Erasing", "undo", "write_erased"]

_BATCH = 8192
_MOST = 50_000
_LATER = {"dictionary": "the refit after it"}


@dataclass(frozen=True)
class Erasing:
    """What is to go, and how.

    Attributes
    ----------
    concept : str
        What people call it.
    method : str
        Name of the eraser.
    make : callable
        Gives an unfitted eraser.
    rows : ndarray (n_labelled,)
        Positions of the labelled items, rising.
    labels : ndarray (n_labelled,)
    """

    concept: str
    method: str
    make: Callable[[], Eraser]
    rows: NDArray[np.int64]
    labels: NDArray[Any]

    def fit(self, vectors: Floats, of: NDArray[np.int64]) -> Eraser:
        """An eraser learnt from vectors (n, n_dims) of items at positions ``of`` (n,), in batches
        where it streams.
        """
        place = np.full(int(max(of.max(), self.rows.max())) + 1, -1)
        place[self.rows] = np.arange(len(self.rows))
        known = np.flatnonzero(place[of] >= 0)
        eraser = self.make()
        if not eraser.streams:
            at = known[at_most(self.labels[place[of[known]]], _MOST, np.random.default_rng(0))]
            return eraser.fit(np.asarray(vectors[at], dtype=np.float64), self.labels[place[of[at]]])
        fitter = eraser.fitter(np.unique(self.labels))
        for _, at in row_batches(known, _BATCH):
            fitter.update(np.asarray(vectors[at], dtype=np.float64), self.labels[place[of[at]]])
        return fitter.eraser()


def write_erased(
    atlas: Snapshot,
    erasing: Erasing,
    report: Callable[[int], dict[str, Any]],
    *,
    who: str | None = None,
    progress: Meter | None = None,
) -> int:
    """Publish a version whose vectors, codes and names are without a concept; returns the number of
    the edit in the journal.

    What ``report`` says, given that number, is kept beside the vectors.

    Vectors of passages, and of items where these have several, are each edited by an eraser that
    was fitted on themselves. The dictionary stays; codes, frequencies, examples and scores of names
    follow the new vectors. The version before is kept in the folder.

    Raises
    ------
    AtlasError
        When another process writes, or the atlas was changed since it was opened.
    OSError
        When the disk is full; the version before is as it was.
    """
    from begriff.pipeline.build import run
    from begriff.pipeline.plan import with_map

    store = Store(atlas.path)
    with store.lock(wait=PATIENCE):
        manifest = store.require()
        if manifest["version"] != atlas.version:
            raise AtlasError(
                f"{store.path} was written since it was opened (version {manifest['version']}):"
                " open it again"
            )
        journal = open_journal(store)
        record: dict[str, Any] = {
            "number": len(journal.entries()) + 1,
            "concept": erasing.concept,
            "method": erasing.method,
            "items": len(erasing.rows),
            "who": who,
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        stages = manifest["stages"]
        labelled = digest(erasing.method, erasing.rows.tolist(), erasing.labels.tolist())
        vectors = digest("erase", stages["vectors"], labelled, record["number"])
        keys = {
            **{s: stages[s] for s in ("items", "words", "phrases", "dictionary")},
            "vectors": vectors,
        }
        keys |= {
            "codes": digest(vectors, stages["dictionary"]),
            "identity": digest(vectors, stages.get("identity")),
        }
        keys |= {"names": digest(vectors, stages["names"])}
        job = _job(atlas, store, manifest, record, progress)
        try:
            store.begin()
            folder = store.path / f"vectors-{vectors}"
            _write_vectors(atlas, erasing, folder, job.progress("vectors"))
            write_json(folder / f"report-{record['number']}.json", report(record["number"]))
            store.finish("vectors", vectors)
            run(job, with_map(keys, None, "map" in stages and find_spec("umap") is not None))
        except (OSError, BegriffError):
            store.abandon()
            raise
        with contextlib.suppress(OSError):  # it is published: whoever edits next writes the entry
            open_journal(store)
    return int(record["number"])


def undo(store: Store, number: int | None, who: str | None) -> dict[str, Any]:
    """Take back an edit, and with an erasure its version; the lock is held.

    Raises
    ------
    InputError
        When there is no such edit, or another erasure came after the one to be undone.
    """
    manifest = store.require()
    journal, erased = open_journal(store), manifest.get("erased") or []
    entry = journal.find(number)
    if entry["action"] == "erase" and entry["number"] in [e["number"] for e in erased]:
        if erased[-1]["number"] != entry["number"]:
            raise InputError(
                f"edit {entry['number']} is not the last erasure: undo edit {erased[-1]['number']}"
                " first"
            )
        kept = manifest["kept"]
        store.publish({**kept, "version": manifest["version"] + 1})
        later = [
            what
            for stage, what in _LATER.items()
            if manifest["stages"].get(stage) != kept["stages"].get(stage)
        ]
        journal.undo(entry["number"], who=who)
        return {**entry, "also": later} if later else entry
    return journal.undo(entry["number"], who=who)


def _job(
    atlas: Snapshot,
    store: Store,
    manifest: Manifest,
    record: dict[str, Any],
    meter: Meter | None,
) -> Any:
    from sklearn.base import clone

    from begriff.pipeline.plan import Job, namer_of

    made = manifest["made"]
    known = atlas.given_encoder or (atlas.encoder if made["encoder"] is not None else None)
    erased = (*manifest.get("erased", ()), record)
    return Job(
        store=store,
        encoder=known,
        dictionary=clone(atlas.dictionary),
        namer=namer_of(made),
        random_state=made["random_state"],
        meter=meter,
        asked=manifest.get("asked"),
        erased=erased,
        kept=manifest,
    )


def _write_vectors(
    atlas: Snapshot, erasing: Erasing, folder: Path, progress: Progress | None
) -> None:
    """The files of the stage: vectors, spans, and the erasers and reports of all
    erasures so far.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = atlas.store.folder("vectors")
    for path in [*before.glob("*-*.safetensors"), *before.glob("report-*.json")]:
        (folder / path.name).write_bytes(path.read_bytes())
    number = 1 + len(list(before.glob("passages-*.safetensors")))
    np.save(folder / "spans.npy", atlas.spans)
    parts = [("passages", "vectors", atlas.vectors, np.asarray(atlas.spans[:, 0]))]
    if len(atlas.spans) != atlas.n_items:
        parts.append(("items", "items", atlas.item_vectors, np.arange(atlas.n_items)))
    total = sum(len(p[2]) for p in parts)
    done = 0
    for what, name, vectors, of in parts:
        eraser = erasing.fit(vectors, of)
        eraser.save(folder / f"{what}-{number:03d}.safetensors")
        out = new_array(folder / f"{name}.npy", vectors.shape, np.float32)
        for start, part in row_batches(vectors, _BATCH):
            out[start : start + len(part)] = eraser.transform(np.asarray(part, dtype=np.float64))
            done += len(part)
            if progress is not None:
                progress(done, total)
        out.flush()
