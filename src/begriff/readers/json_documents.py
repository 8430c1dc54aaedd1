"""JSON documents: where the objects lie in one, and reading them as a stream."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from begriff.errors import InputError
from begriff.readers.records import Record
from begriff.readers.streams import BROKEN, Utf8, open_text

__all__ = ["read_document"]

_LARGEST = 2**29  # characters of a document that is read whole
_PIECE = 2**20  # read at a time, since a file makes room for what it is asked for
_COMPARED = 50  # objects of an object that are compared
_TEXTS = frozenset({"title", "text", "name", "abstract", "body", "content", "description"})


def read_document(path: Path) -> Iterator[Record]:
    """The objects of a document, streamed.

    They are the elements of its largest array of objects, whatever its key is called and however
    deep it lies; the values of an object of objects; the rows of a table that pandas wrote by
    columns; objects that stand one after another; or the one object that it is.

    Raises
    ------
    InputError
        When there is none.
    """
    import ijson

    number = 0
    try:
        with Utf8(path) as stream:
            shape = _shape_of(stream)
        rows = _streamed(path, shape)
        if rows is None:
            rows = _of_whole(_whole(path), path)
        for number, row in enumerate(rows, 1):
            yield (
                Record(number, row)
                if isinstance(row, dict)
                else Record(number, None, "not a JSON object")
            )
    except (*BROKEN, ijson.JSONError, ValueError, RecursionError) as e:
        yield from _after_damage(path, number, e)


def _after_damage(path: Path, number: int, error: Exception) -> Iterator[Record]:
    """What follows the row at which the parser gave up: all of it where Python's parser, which
    takes NaN and half a character, goes on.
    """
    try:
        rows = list(_of_whole(_whole(path), path))[number:]
    except (*BROKEN, ValueError, RecursionError):
        yield Record(
            number + 1,
            None,
            f"not JSON from here on: {' '.join(str(error).split())[:200] or type(error).__name__}",
            broken=True,
        )
        return
    for at, row in enumerate(rows, number + 1):
        yield Record(at, row) if isinstance(row, dict) else Record(at, None, "not a JSON object")


@dataclass
class _Shape:
    """What a document holds, taken in event by event.

    Attributes
    ----------
    values : int
        Documents that stand one after another.
    arrays : Counter
        Keys that lead to an array of objects -> number of objects in it; () for the document
        itself.
    keys : dict
        First keys of a document that is an object -> keys of the object under each, or None for
        another value.
    """

    values: int = 0
    arrays: Counter[tuple[str, ...]] = field(default_factory=Counter)
    keys: dict[str, list[str] | None] = field(default_factory=dict)
    _path: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    @property
    def of_objects(self) -> bool:
        """Whether it is an object of objects that are alike."""
        inner = [set(k) for k in self.keys.values() if k is not None]
        if len(inner) < max(2, len(self.keys)) or self.values > 1:
            return False
        shared = [len(k & inner[0]) / max(len(k | inner[0]), 1) for k in inner[1:]]
        return sum(shared) / len(shared) >= 0.5

    def take(self, event: str, value: Any) -> None:
        """The next event of the parser."""
        if event == "map_key":
            self._key(value)
        elif event in ("start_map", "start_array"):
            if event == "start_map":
                self._object()
            self._open.append(event)
            self._path.append("")
        elif event in ("end_map", "end_array"):
            self._open.pop()
            self._path.pop()
            self.values += not self._open

    def _key(self, key: str) -> None:
        self._path[-1] = key
        if self.values == 0 and len(self._open) == 1 and len(self.keys) < _COMPARED:
            self.keys[key] = None
        inner = self.keys.get(self._path[0]) if len(self._open) == 2 else None
        if inner is not None:
            inner.append(key)

    def _object(self) -> None:
        if self._open[-1:] == ["start_array"] and self._open.count("start_array") == 1:
            self.arrays[tuple(self._path[: len(self._open) - 1])] += 1
        if self._open == ["start_map"] and self._path[0] in self.keys:
            self.keys[self._path[0]] = []


def _shape_of(stream: Utf8) -> _Shape:
    """One pass over a document; what comes before damage is described."""
    import ijson

    shape = _Shape()
    with contextlib.suppress(ijson.JSONError, ValueError, RecursionError, *BROKEN):
        for event, value in ijson.basic_parse(stream, multiple_values=True, use_float=False):
            shape.take(event, value)
            if () in shape.arrays:  # an array of objects is what it is: no need to look further
                break
    return shape


def _streamed(path: Path, shape: _Shape) -> Iterator[Any] | None:
    """The objects, one at a time; None for what has to be read whole."""
    if shape.values > 1:
        return _items(path, "")
    if shape.of_objects and not _by_columns(shape.keys):
        return _items_of_object(path)
    inside = {k: n for k, n in shape.arrays.items() if "schema" not in k} or dict(shape.arrays)
    keys = max(inside, key=lambda k: inside[k], default=None)
    if keys is None or shape.of_objects or any("." in k or k == "item" for k in keys):
        return None
    return _items(path, ".".join((*keys, "item")))


def _items(path: Path, prefix: str) -> Iterator[Any]:
    import ijson

    with Utf8(path) as stream:
        for value in ijson.items(stream, prefix, use_float=False, multiple_values=True):
            yield _plain(value, stream)


def _items_of_object(path: Path) -> Iterator[Any]:
    import ijson

    with Utf8(path) as stream:
        for key, value in ijson.kvitems(stream, "", use_float=False):
            yield _with_key(key, _plain(value, stream))


def _with_key(key: str, value: Any) -> Any:
    """A row with the key under which it stood, as its id where it has none."""
    return (
        value
        if not isinstance(value, dict) or "key" in value
        else {**value, ("key" if "id" in value else "id"): key}
    )


def _plain(value: Any, stream: Utf8) -> Any:
    """A parsed value: exact numbers as the floats that JSON means (whole ones keep all digits),
    strings as they were decoded.
    """
    if isinstance(value, str):
        return stream.decoded(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {stream.decoded(k): _plain(v, stream) for k, v in value.items()}
    return [_plain(v, stream) for v in value] if isinstance(value, list) else value


def _whole(path: Path) -> Any:
    with open_text(path) as stream:
        text = "".join(
            itertools.islice(iter(lambda: stream.read(_PIECE), ""), _LARGEST // _PIECE + 1)
        )
    if len(text) > _LARGEST:
        raise ValueError(
            f"a document of more than {_LARGEST:,} characters of this layout: give JSON Lines"
        )
    return json.loads(text.removeprefix("\ufeff"))


def _of_whole(document: Any, path: Path) -> Iterator[Any]:
    """The rows of a document that was read whole."""
    if isinstance(document, list) and any(isinstance(v, dict) for v in document):
        return iter(document)
    if isinstance(document, dict) and document:
        if document.keys() >= {"columns", "data"} and all(
            isinstance(v, list) for v in document["data"]
        ):
            return (
                dict(zip(map(str, document["columns"]), values, strict=False))
                for values in document["data"]
            )
        inner = {k: list(v) if isinstance(v, dict) else None for k, v in document.items()}
        if all(v is not None for v in inner.values()) and len(inner) > 1:
            return (
                _rows_of_columns(document)
                if _by_columns(inner)
                else (_with_key(k, v) for k, v in document.items())
            )
        return iter(max(_arrays(document), key=len, default=[document]))
    raise InputError(
        f"{path.name!r} holds no array of objects: give JSON Lines, or a document as [{{...}},"
        " {...}]"
    )


def _arrays(document: dict[str, Any]) -> Iterator[list[Any]]:
    for value in document.values():
        if isinstance(value, list) and any(isinstance(v, dict) for v in value):
            yield value
        elif isinstance(value, dict):
            yield from _arrays(value)


def _by_columns(inner: dict[str, list[str] | None]) -> bool:
    """Whether an object of objects has a column a key, as pandas writes a table, rather than a row
    a key.
    """
    rows = next(iter(inner.values())) or []
    if all(k.isdigit() for k in rows) != all(k.isdigit() for k in inner):
        return all(k.isdigit() for k in rows)
    return len(inner) < len(rows) and bool(inner.keys() & _TEXTS)


def _rows_of_columns(document: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    index = list(dict.fromkeys(label for column in document.values() for label in column))
    plain = index == [str(i) for i in range(len(index))]
    for label in index:
        row = {name: column.get(label) for name, column in document.items()}
        yield row if plain else _with_key(label, row)
