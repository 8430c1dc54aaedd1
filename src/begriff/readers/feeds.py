"""RSS and Atom files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from begriff.errors import InputError, MissingExtraError
from begriff.readers.folder import LARGEST, html_text
from begriff.readers.records import Record
from begriff.readers.streams import BROKEN, open_bytes

__all__ = ["read_feed"]


def read_feed(path: Path) -> Iterator[Record]:
    """A row an entry: ``id``, ``title``, ``text``, ``published``, ``authors``, ``tags``, ``url``,
    ``feed``.

    Raises
    ------
    InputError
        When the file is no feed.
    MissingExtraError
        Without the ``[documents]`` extra.
    """
    try:
        import feedparser
    except ImportError as e:
        raise MissingExtraError("reading feeds", "documents") from e
    try:
        with open_bytes(path) as f:
            content = f.read(LARGEST + 1)
    except BROKEN as e:
        raise InputError(f"{str(path)!r} cannot be read: {e}") from e
    if len(content) > LARGEST:
        raise InputError(f"{str(path)!r} is larger than {LARGEST:,} bytes: split the feed")
    try:
        feed: Any = feedparser.parse(content, resolve_relative_uris=False)
    except (
        ValueError,
        RecursionError,
        AssertionError,
        TypeError,
        AttributeError,
        IndexError,
        KeyError,
    ) as e:
        raise InputError(f"{str(path)!r} is no readable feed: {e}") from e
    if not feed.entries:
        said = str(feed.get("bozo_exception", "it has no entries"))
        raise InputError(f"{str(path)!r} is no feed that can be read: {said[:200]}")
    for number, entry in enumerate(feed.entries, 1):
        yield Record(number, _row(entry, str(feed.feed.get("title", ""))))


def _row(entry: Any, feed: str) -> dict[str, Any]:
    bodies = [str(c.get("value", "")) for c in entry.get("content", [])] or [
        str(entry.get("summary", ""))
    ]
    when = entry.get("published_parsed") or entry.get("updated_parsed")
    return {
        "id": str(entry.get("id") or entry.get("link") or entry.get("title", "")),
        "title": html_text(str(entry.get("title", "")))[1],
        "text": html_text(max(bodies, key=len))[1],
        "published": _moment(when),
        "authors": [str(a.get("name", "")) for a in entry.get("authors", []) if a.get("name")],
        "tags": [str(t.get("term", "")) for t in entry.get("tags", []) if t.get("term")],
        "url": str(entry.get("link", "")),
        "feed": feed,
    }


def _moment(when: Any) -> datetime | None:
    try:
        return None if when is None else datetime(*when[:6])
    except (ValueError, TypeError):
        return None
