"""Nested values become plain columns."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["flat"]

_WIDEST = 32
_NAMES = ("name", "display_name", "title", "label", "term", "value", "id")


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row without objects inside.

    An object becomes a column for each of its fields (``author`` with a ``name`` becomes ``author_name``), one of more than 32 fields is
    JSON text; a list of objects is a list of their names; the inverted index of OpenAlex becomes the abstract that it is.
    """
    if not any(isinstance(v, dict | list) for v in row.values()) and not any("." in str(n) for n in row):
        return row
    out: dict[str, Any] = {}
    for name, value in row.items():
        _put(out, str(name).replace(".", "_"), value)
    return out


def _put(out: dict[str, Any], name: str, value: Any) -> None:
    if name == "abstract_inverted_index":
        out["abstract"] = _abstract(value)
    elif isinstance(value, dict) and len(value) <= _WIDEST:
        for inner, v in value.items():
            _put(out, f"{name}_{str(inner).replace('.', '_')}", v)
    elif isinstance(value, dict):
        out[name] = _json(value)
    elif isinstance(value, list) and any(isinstance(v, dict | list) for v in value):
        out[name] = [_named(v) for v in value]
    else:
        out[name] = value


def _named(value: Any) -> Any:
    if not isinstance(value, dict):
        return _json(value) if isinstance(value, list) else value
    names = [value[n] for n in _NAMES if isinstance(value.get(n), str)]
    return names[0] if names else _json(value)


def _abstract(index: Any) -> str | None:
    if not isinstance(index, dict):
        return None
    places = [(p, word) for word, at in index.items() if isinstance(at, list) for p in at if isinstance(p, int)]
    return " ".join(word for _, word in sorted(places)) or None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
