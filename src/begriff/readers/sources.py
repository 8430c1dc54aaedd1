"""Where rows come from: files of many kinds, folders of them, patterns, frames, or any iterable of
dicts.
"""

from __future__ import annotations

import glob
import hashlib
import json
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from begriff.errors import InputError, unknown
from begriff.readers import arxiv
from begriff.readers.databases import parse_address, read_database
from begriff.readers.delimited import read_delimited
from begriff.readers.feeds import read_feed
from begriff.readers.flat import Flat
from begriff.readers.folder import DOCUMENTS, read_folder
from begriff.readers.json_lines import read_json, read_lines
from begriff.readers.records import Reader, Record
from begriff.readers.streams import PACKED, suffix_of
from begriff.readers.tables import from_frame, is_frame, read_arrow, read_lance, read_parquet

__all__ = ["FILES", "files_in", "open_source", "stem_of"]


FILES: dict[str, Callable[[Path], Iterator[Record]]] = {
    ".jsonl": read_json,
    ".ndjson": read_json,
    ".json": read_json,
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".tab": read_delimited,
    ".parquet": read_parquet,
    ".pq": read_parquet,
    ".arrow": read_arrow,
    ".feather": read_arrow,
    ".ipc": read_arrow,
    ".lance": read_lance,
    ".rss": read_feed,
    ".atom": read_feed,
    ".xml": read_feed,
}
_UNTYPED = (".csv", ".tsv", ".tab")
_FEEDS = (".rss", ".atom", ".xml")


def open_source(source: Any, *, format: str | None = None) -> Reader:
    """A reader of whatever holds rows.

    Parameters
    ----------
    source : str, Path, sequence of them, frame or iterable of dict
        A file: JSON Lines (.jsonl, .ndjson, .json), a JSON document with an array of objects
        (.json), .csv, .tsv, .parquet, Arrow (.arrow, .feather), a Lance table (.lance), RSS or Atom
        (.rss, .atom, .xml); each also as .gz, .zst, .bz2, .xz or alone in a .zip. A folder of such
        files, or of documents (.txt, .md, .rst, .html, .pdf), whichever are more. A pattern
        (``"data/*.jsonl"``) or a list of files of one kind. A table with its vectors:
        ``"lancedb:PATH#TABLE"`` or ``"qdrant:URL#COLLECTION"``. A frame or series of pandas, polars
        or pyarrow. A list of texts. Dicts: a list or other re-iterable is read where it is, an
        iterator is written to a temporary file first.
    format : str, optional
        What a file of another suffix holds, as "csv"; by default its suffix says so.

    Raises
    ------
    InputError
        When nothing is there, a file is empty, or of an unknown kind.
    MissingExtraError
        For documents and feeds without the ``[documents]`` extra.
    """
    address = parse_address(source)
    if address is not None:
        return _known(read_database(address))
    if isinstance(source, str | Path):
        return _known(
            _from_path(Path(source), format)
            if Path(source).exists()
            else _from_pattern(str(source))
        )
    if is_frame(source):
        return _known(from_frame(source))
    if isinstance(source, Sequence) and source and all(isinstance(s, str | Path) for s in source):
        if not any(_is_file_or_pattern(s) for s in source):
            return replace(_known(_from_dicts([{"text": s} for s in source])), text=("text",))
        return _known(
            _from_files(
                [p for s in source for p in _expanded(s)], ", ".join(str(s) for s in source[:3])
            )
        )
    if not isinstance(source, Iterable) or isinstance(source, bytes | dict):
        raise InputError(
            f"a {type(source).__name__} holds no rows: give a file, a folder, a frame or an"
            " iterable of dicts"
        )
    return _known(_from_dicts(source))


def stem_of(source: str | Path) -> str:
    """The name of a file without its suffixes, or of a table."""
    address = parse_address(source)
    if address is not None:
        return address.table
    path = Path(source)
    return Path(path.stem).stem if path.suffix.lower() in PACKED else path.stem


def _is_file_or_pattern(source: str | Path) -> bool:
    """Whether something is meant as the name of a file, rather than as a text: it is there, matches
    files, or ends as files do.
    """
    text = str(source)
    if isinstance(source, Path) or len(text) > 1000 or "\n" in text:
        return isinstance(source, Path)
    return (
        Path(text).exists()
        or bool(glob.glob(text, recursive=True))
        or (suffix_of(Path(text)) in FILES and " " not in text)
    )


def _from_path(path: Path, format: str | None = None) -> Reader:
    if path.is_dir() and path.suffix.lower() != ".lance":
        return _from_folder(path)
    suffix = suffix_of(path) if format is None else f".{format.lstrip('.').lower()}"
    kind = FILES.get(suffix)
    if kind is None and format is not None:
        raise unknown("format", format, sorted(s[1:] for s in FILES))
    if kind is None:
        raise InputError(
            f"{path.name!r} ends in {suffix!r}; readable are {', '.join(sorted(FILES))}, each also"
            f" as {', '.join(PACKED)}: say what it holds with --format"
        )
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(f"{str(path)!r} is empty: there is nothing to build from")
    text = ("title", "text") if suffix in _FEEDS else ()
    return Reader(path.name, _digest([path]), lambda: kind(path), text, suffix not in _UNTYPED)


def _from_pattern(pattern: str) -> Reader:
    if not glob.has_magic(pattern):
        raise InputError(
            f"no file {pattern!r}: give a file, a folder or a pattern; readable are"
            f" {', '.join(sorted(FILES))}"
        )
    return _from_files(_expanded(pattern), pattern)


def _expanded(given: str | Path) -> list[Path]:
    if Path(given).exists():
        return [Path(given)]
    found = [Path(p) for p in sorted(glob.glob(str(given), recursive=True))]
    if not found:
        raise InputError(f"no file {str(given)!r}")
    return found


def _from_files(paths: list[Path], name: str) -> Reader:
    """The rows of several files, one after the other; a file that cannot be read at all is one bad
    row.
    """
    unknown = [p for p in paths if suffix_of(p) not in FILES]
    if unknown:
        raise InputError(
            f"{unknown[0].name!r} is of no kind that can be read with others; readable are"
            f" {', '.join(sorted(FILES))}"
        )
    kinds = {suffix_of(p) in _UNTYPED for p in paths}
    if len(kinds) > 1:
        raise InputError(
            "some of the files have types (JSON, Parquet) and some have none (CSV): build them"
            " apart, or convert one kind"
        )
    if len(paths) == 1:
        return _from_path(paths[0])

    def rows() -> Iterator[Record]:
        for path in paths:
            try:
                for record in FILES[suffix_of(path)](path):
                    yield replace(record, file=str(path))
            except InputError as e:
                yield Record(1, None, str(e), str(path))

    text = ("title", "text") if all(suffix_of(p) in _FEEDS for p in paths) else ()
    return Reader(name, _digest(paths), rows, text, typed=kinds == {False})


def _from_folder(folder: Path) -> Reader:
    """Documents, or files of rows: whichever are more; files of the other kind are listed as bad
    rows.
    """
    documents, data = files_in(folder)
    if not documents and not data:
        raise InputError(
            f"{str(folder)!r} holds no file that can be read: documents are"
            f" {', '.join(sorted(DOCUMENTS))}, rows {', '.join(sorted(FILES))}"
        )
    if len(data) > len(documents):
        read = _from_files(data, folder.name)
        return replace(
            read,
            rows=lambda: chain(
                read.rows(), _left(folder, documents, "a document among files of rows")
            ),
        )
    names = [p.relative_to(folder).as_posix() for p in documents]
    digest = hashlib.blake2b(
        json.dumps([names, _digest(documents)]).encode(), digest_size=16
    ).hexdigest()
    left = "a file of rows among documents"
    return Reader(
        folder.name,
        digest,
        lambda: chain(read_folder(folder, documents), _left(folder, data, left)),
        ("title", "text"),
    )


def files_in(folder: Path) -> tuple[list[Path], list[Path]]:
    """Documents and files of rows in a folder, hidden ones left out."""
    files = sorted(
        p
        for p in folder.rglob("*")
        if p.is_file() and not any(s.startswith(".") for s in p.relative_to(folder).parts)
    )
    return [p for p in files if p.suffix.lower() in DOCUMENTS], [
        p for p in files if suffix_of(p) in FILES
    ]


def _left(folder: Path, files: list[Path], what: str) -> Iterator[Record]:
    return (
        Record(1, None, f"{what}: give it apart", p.relative_to(folder).as_posix()) for p in files
    )


def _digest(paths: list[Path]) -> str:
    """Hash of the content of files, in order."""
    digest = hashlib.blake2b(digest_size=16)
    for path in paths:
        for part in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
            with part.open("rb") as f:
                digest.update(hashlib.file_digest(f, "blake2b").digest())
    return digest.hexdigest()


def _from_dicts(source: Iterable[Any]) -> Reader:
    if iter(source) is source:
        return _spooled(source)

    def rows() -> Iterator[Record]:
        for number, row in enumerate(source, 1):
            yield (
                Record(number, dict(row))
                if hasattr(row, "keys")
                else Record(number, None, f"a {type(row).__name__}, not a dict")
            )

    digest = hashlib.blake2b(digest_size=16)
    for record in rows():
        digest.update(json.dumps(record.row, default=str, sort_keys=True).encode())
    return Reader("rows", digest.hexdigest(), rows)


def _spooled(source: Iterable[Any]) -> Reader:
    """What an iterator gives, in a temporary file, which lives as long as the reader."""
    folder = Path(tempfile.mkdtemp(prefix="begriff-"))
    path = folder / "rows.jsonl"
    with path.open("w", encoding="utf-8") as f:
        for row in source:
            f.write(json.dumps(dict(row) if hasattr(row, "keys") else None, default=str) + "\n")
    empty = path.stat().st_size == 0
    reader = Reader("rows", _digest([path]), lambda: read_lines(path))
    weakref.finalize(reader.rows, shutil.rmtree, folder, ignore_errors=True)
    if empty:
        raise InputError("the iterator gave no row: there is nothing to build from")
    return reader


def _known(reader: Reader) -> Reader:
    """The reader with plain columns, and of a source of a known layout with tidy ones."""
    first = next((r.row for r in islice(reader, 20) if r.row is not None), None)
    known = first is not None and arxiv.is_arxiv(first)

    def tidy(record: Record) -> Record:
        if record.row is None or not arxiv.is_arxiv(record.row):
            return record
        try:
            return replace(record, row=arxiv.tidy(record.row))
        except (TypeError, ValueError, AttributeError, LookupError) as e:
            return replace(
                record,
                row=None,
                reason=f"its values are not of the shape that they have elsewhere: {e}",
            )

    plain = Flat(lambda: map(tidy, reader) if known else iter(reader))
    return replace(reader, rows=plain.__iter__, text=arxiv.TEXT if known else reader.text)
