"""Reading a source as a build does, without learning anything from it."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from begriff.pipeline.ingest import ingest
from begriff.pipeline.reading import reading_of
from begriff.readers import open_source
from begriff.store.items import open_items
from begriff.store.row_plan import Plan, plan_items


@dataclass(frozen=True)
class Read:
    """Items by id, what their columns are, and the rows and cells that were left out."""

    items: dict
    plan: Plan
    rejected: list
    emptied: list
    reading: object

    @property
    def kinds(self):
        return self.plan.columns.kinds

    def column(self, name):
        return [item[name] for item in self.items.values()]


def read(source, text="text", id=None, types=None, format=None, **options):
    """The items of a source, of which any number of rows may be bad."""
    reader = open_source(source, format=format)
    plan = plan_items(reader, None if text is None else [text], id, types, **options)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ingest(reader, plan, folder, max_rejected=1, progress=None)
        items = {r["_id"]: r for r in open_items(folder).dataset.to_table().to_pylist()}
        lists = [
            [json.loads(line) for line in (folder / f"{n}.jsonl").read_text().splitlines()]
            for n in ("rejected", "emptied")
        ]
        meta = json.loads((folder / "columns.json").read_text())
    return Read(items, plan, *lists, reading_of(meta, reader.name))
