"""JSON files: an object a line, or a document that holds objects."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from begriff.readers.json_documents import read_document
from begriff.readers.records import Record
from begriff.readers.streams import BROKEN, LONGEST, lines, open_text

__all__ = ["read_json", "read_lines"]

_IDS = frozenset({"id", "_id", "paperId", "doi"})


def read_json(path: Path) -> Iterator[Record]:
    """The objects of a file of JSON, whatever its suffix: JSON Lines, an array, a document that
    holds one, objects one after another.
    """
    return read_document(path) if _is_document(path) else read_lines(path)


def read_lines(path: Path) -> Iterator[Record]:
    """A row a line."""
    number = 0
    try:
        with open_text(path) as stream:
            for number, line in lines(stream):
                if line is None:
                    yield Record(number, None, f"longer than {LONGEST:,} characters")
                elif line.strip():
                    # a mark inside, where files were joined
                    yield _record(number, line.removeprefix("\ufeff"))
    except (*BROKEN, UnicodeError) as e:
        yield Record(number + 1, None, f"the file cannot be read on: {e}", broken=True)


def _record(number: int, line: str) -> Record:
    try:
        row = json.loads(line)
    except ValueError as e:
        return Record(number, None, f"not JSON: {e}")
    except RecursionError:
        return Record(number, None, "not JSON: nested too deeply")
    return (
        Record(number, row) if isinstance(row, dict) else Record(number, None, "not a JSON object")
    )


def _is_document(path: Path) -> bool:
    """Whether a file is one document, rather than a value a line."""
    try:
        with open_text(path) as stream:
            wanted = (line for _, line in lines(stream) if line is None or line.strip())
            first, second = [*itertools.islice(wanted, 2), "", ""][:2]
    except (*BROKEN, UnicodeError):
        return False
    if first is None or second is None:
        return first is None
    value, following = _parsed(first), _parsed(second)
    # a document of many lines, values one after another, or a line that is damaged
    if value is _BROKEN:
        return not (isinstance(following, dict) or second.startswith("{"))
    if second:
        return False
    return isinstance(value, list) or (
        isinstance(value, dict) and not _has_id(value) and _holds_objects(value)
    )


def _has_id(value: dict[str, Any]) -> bool:
    """Whether an object is a row, since it has an id of its own."""
    return any(not isinstance(value[k], dict | list) for k in value.keys() & _IDS)


_BROKEN = object()


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return _BROKEN


def _holds_objects(value: dict[str, Any]) -> bool:
    """Whether an array of objects, or an object of objects, lies somewhere in an object."""
    inner = list(value.values())
    if len(inner) > 1 and all(isinstance(v, dict) for v in inner):
        return True
    lists = any(isinstance(v, list) and v and all(isinstance(e, dict) for e in v) for v in inner)
    return (
        lists
        or any(isinstance(v, dict) and _holds_objects(v) for v in inner)
        or value.keys() >= {"columns", "data"}
    )
