"""What makes an atlas again of a file of items and vectors: its dictionary, ids, names and edits,
in a folder beside the file.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from begriff.errors import InputError
from begriff.kinds import Dictionary
from begriff.kinds.encoder import Encoder
from begriff.pipeline.build import run, writing
from begriff.pipeline.plan import Job, Meter, input_keys, namer_of, with_map
from begriff.readers import Reader, open_source
from begriff.readers.sources import stem_of
from begriff.store.row_plan import Plan, columns_of
from begriff.store.snapshot import encoder_of
from begriff.store.stages import Store, digest, sum_of, write_json

if TYPE_CHECKING:
    from begriff.store.snapshot import Snapshot

__all__ = ["added_names", "beside", "OWN_ID", "read_back", "write_beside"]

OWN_ID = "own_id"
"""Column of a file for a column ``id`` of the items where their ids are those of another one."""

_ADDED = ("concepts", "code_concepts", "code_strengths", "vector")

_STAGES = ("dictionary", "identity", "names")


def added_names(columns: Collection[str]) -> dict[str, str]:
    """What begriff adds to the rows of a file -> its name there, which begins with ``begriff_``
    where the items have that column.
    """
    names = {}
    for added in _ADDED:
        names[added] = added
        while names[added] in columns:
            names[added] = f"begriff_{names[added]}"
    return names


def beside(path: str | Path) -> Path:
    """The folder that belongs to a file of items: ``items.parquet.concepts``."""
    return Path(f"{path}.concepts")


def write_beside(atlas: Snapshot, path: Path) -> None:
    """Write the folder, whole or not at all; none for an atlas from which something was erased,
    since a file would bring it back.
    """
    if atlas.erased:
        shutil.rmtree(beside(path), ignore_errors=True)
        return
    partial = path.with_name(f".{path.name}.concepts.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        for stage in _STAGES:
            shutil.copytree(atlas.store.folder(stage), partial / stage)
        records = atlas.store.json("names", "concepts")
        # rows of items, which may be others now
        write_json(partial / "names" / "concepts.json", [{**r, "fails": []} for r in records])
        journal = atlas.path / "journal.jsonl"
        if journal.exists():
            shutil.copyfile(journal, partial / journal.name)
        manifest = atlas.store.require()
        meta = {
            "made": manifest["made"],
            "asked": manifest.get("asked"),
            "columns": atlas.store.json("items", "columns"),
        }
        write_json(partial / "meta.json", meta)
        shutil.rmtree(beside(path), ignore_errors=True)
        partial.replace(beside(path))
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def read_back(
    path: str | Path, out: str | Path | None, encoder: Encoder | None, progress: Meter | None
) -> Path:
    """Publish an atlas of an exported file, and return its folder; see
    :func:`begriff.import_items`.
    """
    folder, reader = beside(path), open_source(str(path))
    try:
        meta = json.loads((folder / "meta.json").read_text())
        made, columns = meta["made"], meta["columns"]
        plan = Plan(columns_of(columns), tuple(columns["text"]), columns["id"] or "id")
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise InputError(
            f"{str(folder)!r}, which holds the concepts of {Path(path).name}, cannot be read ({e}):"
            " export with --vectors, and keep both; or build from the file, which learns concepts"
            " anew"
        ) from e
    reader = _as_before(reader, plan.id or "id")
    known = encoder or encoder_of(made["encoder"])
    dictionary = Dictionary.load(folder / "dictionary")
    store = Store(out or f"{stem_of(path)}.atlas")
    job = Job(
        store=store,
        reader=reader,
        plan=plan,
        encoder=known,
        vectors=added_names(columns["kinds"])["vector"],
        dictionary=dictionary,
        namer=namer_of(made),
        max_rejected=0.05,
        random_state=made["random_state"],
        meter=progress,
        asked=meta["asked"],
    )
    keys = {
        **input_keys(job),
        **{s: digest("import", s, sum_of(folder / s / "sums.json")) for s in _STAGES},
    }
    keys["codes"] = digest(keys["vectors"], keys["dictionary"])
    if (
        store.path.exists()
        and any(store.path.iterdir())
        and (store.published or store.building)["stages"].get("names") != keys["names"]
    ):
        raise InputError(f"{str(store.path)!r} holds something else: give another --out")
    with writing(store):
        _place(folder, store, keys)
        run(job, with_map(keys, store.published, None))
    return store.path


def _as_before(reader: Reader, id: str) -> Reader:
    """The reader with ids in the column that they were in, as they were: in a file they are text,
    and in the column ``id``.
    """

    def row_of(row: dict[str, Any]) -> dict[str, Any]:
        own = {"id": row[OWN_ID]} if OWN_ID in row else {}
        return {**row, **own, id: row.get("id")}

    return replace(
        reader, rows=lambda: (r if r.row is None else replace(r, row=row_of(r.row)) for r in reader)
    )


def _place(folder: Path, store: Store, keys: dict[str, str]) -> None:
    """The stages that come with the file, as if they had been run."""
    store.begin()
    for stage in _STAGES:
        if not store.done(stage, keys[stage]):
            shutil.copytree(
                folder / stage, store.path / f"{stage}-{keys[stage]}", dirs_exist_ok=True
            )
            store.finish(stage, keys[stage])
    if (folder / "journal.jsonl").exists() and not (store.path / "journal.jsonl").exists():
        shutil.copyfile(folder / "journal.jsonl", store.path / "journal.jsonl")
