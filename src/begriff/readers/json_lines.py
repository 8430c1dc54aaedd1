"""JSON Lines, and JSON documents that hold an array of objects."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from begriff.errors import InputError
from begriff.readers.records import Record
from begriff.readers.streams import BROKEN, LONGEST, lines, open_bytes, open_text

__all__ = ["is_document", "read_document", "read_lines"]

_DEEPEST = 3
_IDS = frozenset({"id", "_id", "paperId", "doi"})


def read_lines(path: Path) -> Iterator[Record]:
    """A row a line."""
    number = 0
    try:
        with open_text(path) as stream:
            for number, line in lines(stream):
                if line is None:
                    yield Record(number, None, f"longer than {LONGEST:,} characters")
                elif line.strip():
                    yield _record(number, line)
    except (*BROKEN, UnicodeError) as e:
        yield Record(number + 1, None, f"the file cannot be read on: {e}", broken=True)


def _record(number: int, line: str) -> Record:
    if not line.isascii() and any("\ud800" <= c <= "\udfff" for c in line):
        return Record(number, None, "not UTF-8")
    try:
        row = json.loads(line)
    except ValueError as e:
        return Record(number, None, f"not JSON: {e}")
    except RecursionError:
        return Record(number, None, "not JSON: nested too deeply")
    return Record(number, row) if isinstance(row, dict) else Record(number, None, "not a JSON object")


def is_document(path: Path) -> bool:
    """Whether a .json file is one document, rather than an object a line; a single object with an id is a row, whatever it holds."""
    try:
        with open_text(path) as stream:
            first = next((line for _, line in lines(stream) if line is None or line.strip()), None)
            if first is None:
                return False
            row = json.loads(first)
            more = next((line for _, line in lines(stream) if line is None or line.strip()), None)
    except (*BROKEN, ValueError, RecursionError):
        return True
    return not isinstance(row, dict) or (more is None and not row.keys() & _IDS and any(_objects(v) for v in row.values()))


def _objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def read_document(path: Path) -> Iterator[Record]:
    """The objects of the largest array of objects in a document, streamed.

    Raises
    ------
    InputError
        When there is none.
    """
    import ijson

    number = 0
    try:
        with open_bytes(path) as stream:
            prefix = _array_of_objects(stream)
        if prefix is None:
            raise InputError(f"{path.name!r} holds no array of objects: give JSON Lines, or a document as [{{...}}, {{...}}]")
        with open_bytes(path) as stream:
            for number, row in enumerate(ijson.items(stream, prefix, use_float=True), 1):
                yield Record(number, row) if isinstance(row, dict) else Record(number, None, "not a JSON object")
    except (*BROKEN, ijson.JSONError, UnicodeError, RecursionError) as e:
        yield Record(number + 1, None, f"not JSON from here on: {_said(e)}", broken=True)


def _array_of_objects(stream: IO[bytes]) -> str | None:
    """Where the largest array of objects lies, as ``ijson`` writes it: the document itself, or one that an object holds."""
    import ijson

    sizes: Counter[str] = Counter()
    with contextlib.suppress(ijson.JSONError, RecursionError, *BROKEN):  # what comes before the damage is read
        for prefix, event, _ in ijson.parse(stream, use_float=True):
            if event == "start_map" and prefix.endswith("item") and prefix.count("item") == 1 and prefix.count(".") < _DEEPEST:
                if prefix == "item":
                    return "item"
                sizes[str(prefix)] += 1
    return max(sizes, key=lambda p: sizes[p], default=None)


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
