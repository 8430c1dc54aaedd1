"""Removing items so that nothing of them is left in the folder: neither in earlier versions nor in
what people and models noted.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import AtlasError
from begriff.files import write_tensors
from begriff.store.history import kept_versions
from begriff.store.items import Items, open_items
from begriff.store.journal import Journal
from begriff.store.mentions import model_files, read_metadata
from begriff.store.stages import SUMS, Store, sum_of, write_json

if TYPE_CHECKING:
    from begriff.store.snapshot import Snapshot

__all__ = ["forget", "removed_before", "Traces", "traces_of"]

PURGED = "(purged)"
_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r"'((?:[^']|'')*)'")  # a string in an SQL condition
_NUMBER = 5  # a number of fewer digits tells nobody anything
_BATCH = 4096
_LABELS = ("was", "into_was", "concept_name")
"""Fields of a journal's entry that only repeat what a concept was called."""
_PLAIN = ("number", "action", "who", "when", "of")


@dataclass(frozen=True)
class Traces:
    """What tells the items that go from those that stay.

    Attributes
    ----------
    ids : frozenset of str
    words : frozenset of str
        Words of their texts, ids and columns that no other item holds, in lower case.
    """

    ids: frozenset[str]
    words: frozenset[str]

    def in_text(self, text: str) -> bool:
        """Whether a text is one of the ids, quotes one, or holds one of the words."""
        quoted = (q.replace("''", "'") for q in _QUOTED.findall(text))
        return (
            text in self.ids
            or not self.ids.isdisjoint(quoted)
            or not self.words.isdisjoint(_words(text))
        )

    def anywhere(self, value: Any) -> bool:
        """The same of any string inside a JSON value."""
        if isinstance(value, str):
            return self.in_text(value)
        inside = (
            [*value, *value.values()]
            if isinstance(value, dict)
            else value
            if isinstance(value, list)
            else ()
        )
        return any(self.anywhere(v) for v in inside)

    def cut(self, value: Any) -> Any:
        """A JSON value whose strings with traces are replaced."""
        if isinstance(value, str):
            return PURGED if self.in_text(value) else value
        if isinstance(value, dict):
            return {self.cut(k): self.cut(v) for k, v in value.items()}
        return [self.cut(v) for v in value] if isinstance(value, list) else value

    def without_ids(self, ids: Iterable[str]) -> list[str]:
        """Those ids that stay."""
        return [i for i in ids if i not in self.ids]


def traces_of(rows: Sequence[dict[str, Any]], left: Items, gone: NDArray[np.bool_]) -> Traces:
    """What tells some rows from those rows of a table that are not ``gone`` (n_items,)."""
    ids = frozenset(str(r["_id"]) for r in rows)
    words = {
        w
        for row in rows
        for text in _strings(row)
        for w in _words(text)
        if not (w.isdigit() and (len(w) < _NUMBER or w in ids))
    }
    columns = [f.name for f in left.dataset.schema if f.name not in ("_row", "_source")]
    start = 0
    for batch in left.batches(columns, _BATCH):
        for i, row in enumerate(batch.to_pylist(), start):
            if words and not gone[i]:
                words.difference_update(w for text in _strings(row) for w in _words(text))
        start += batch.num_rows
    return Traces(ids, frozenset(words))


def removed_before(store: Store, ids: set[str]) -> dict[str, dict[str, Any]]:
    """Rows of these ids in versions that are kept, by id."""
    out: dict[str, dict[str, Any]] = {}
    for manifest in kept_versions(store.path).values():
        try:
            items = open_items(store.path / f"items-{manifest['stages']['items']}")
        except AtlasError:
            continue  # its files are gone already
        wanted = sorted(ids - set(out))
        found = items.rows_of(wanted)
        for row in items.take(found[found >= 0].tolist()):
            out[str(row["_id"])] = row
    return out


def forget(atlas: Snapshot, store: Store, traces: Traces) -> None:
    """Take what the items left out of everything beside the published version, and drop all earlier
    versions, also where they are read.

    Versions go last: until then the same call finds the items there, and goes on where it was
    interrupted.
    """
    _forget_edits(Journal(store.path / "journal.jsonl"), traces)
    for file in model_files(store.path):
        _forget_labels(file, traces)
    _forget_files(store.path / "watched.json", traces)
    _forget_suggestions(store, traces)
    # what was fitted; the journal says what of
    shutil.rmtree(store.path / "seeds", ignore_errors=True)
    store.sweep(keep=1, even_if_read=True)
    atlas.forget_edits()


def _forget_edits(journal: Journal, traces: Traces) -> None:
    entries = journal.entries()
    cleaned = [_forgotten(e, traces) for e in entries]
    if cleaned != entries:
        journal.rewrite(cleaned)


def _forgotten(entry: dict[str, Any], traces: Traces) -> dict[str, Any]:
    """An entry without the items; what is about them, or quotes them, keeps its number alone."""
    out = {k: traces.without_ids(v) if k in ("yes", "no") else v for k, v in entry.items()}
    out |= {k: traces.cut(out[k]) for k in _LABELS if k in out}
    if out.get("words"):
        out["words"] = [w for w in out["words"] if not traces.in_text(w)]
    rest = {k: v for k, v in out.items() if k not in (*_PLAIN, *_LABELS)}
    return (
        {k: v for k, v in entry.items() if k in _PLAIN} | {"action": "purged"}
        if traces.anywhere(rest)
        else out
    )


def _forget_labels(file: Path, traces: Traces) -> None:
    """Rewrite a model whose labels name the items, or whose classes only they had."""
    from safetensors.numpy import load_file

    known = read_metadata(file)
    cleaned: dict[str, Any] = {}
    for key, meta in known.items():
        parts = dict(meta) if isinstance(meta, dict) else {}
        labels, ids = parts.pop("labels", None), parts.pop("unknown_ids", None)
        cut = {k: traces.cut(v) for k, v in parts.items()} if isinstance(meta, dict) else meta
        if isinstance(labels, dict):
            cut["labels"] = {i: traces.cut(v) for i, v in labels.items() if i not in traces.ids}
        if isinstance(ids, list):
            cut["unknown_ids"] = traces.without_ids(ids)
        cleaned[key] = cut
    if cleaned != known:
        write_tensors(file, load_file(file), {k: json.dumps(v) for k, v in cleaned.items()})


def _forget_files(watched: Path, traces: Traces) -> None:
    """Leave the items out of what :func:`begriff.atlas.watch.watch` remembers of folders."""
    if watched.exists():
        known = json.loads(watched.read_text())
        write_json(watched, {folder: traces.without_ids(ids) for folder, ids in known.items()})


def _forget_suggestions(store: Store, traces: Traces) -> None:
    """Words that came with a dictionary of another library; the stage keeps its key, since models
    are tied to that.
    """
    folder = store.folder("dictionary")
    for file in folder.rglob("dictionary.json"):
        text = file.read_text()
        cut = _WORD.sub(
            lambda m: "purged" if m.group().casefold() in traces.words else m.group(), text
        )
        if cut != text:
            write_json(file, json.loads(cut))
            sums = folder / SUMS
            known = json.loads(sums.read_text()) if sums.exists() else {}
            write_json(
                sums,
                known | {file.relative_to(folder).as_posix(): [file.stat().st_size, sum_of(file)]},
            )


def _strings(row: dict[str, Any]) -> Iterator[str]:
    for value in row.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (v for v in value if isinstance(v, str))


def _words(text: str) -> Iterator[str]:
    return (w.casefold() for w in _WORD.findall(text))
