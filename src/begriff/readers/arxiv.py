"""The metadata snapshot of arXiv, whose nested columns become plain ones."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

__all__ = ["is_arxiv", "TEXT", "tidy"]

TEXT = ("title", "abstract")
_MARKS = frozenset({"id", "title", "abstract", "categories", "authors_parsed", "versions"})


def is_arxiv(row: dict[str, Any]) -> bool:
    """Whether a row is one of the snapshot."""
    return row.keys() >= _MARKS


def tidy(row: dict[str, Any]) -> dict[str, Any]:
    """A row with a list of authors and of categories, the primary one, the days it was first sent
    and last changed, and an address.

    Line breaks in title and abstract, which only fit a terminal's width, become spaces.
    """
    authors = [
        " ".join(str(p) for p in (a[1], a[0], *a[2:]) if p).strip()
        for a in row["authors_parsed"] or []
        if a and len(a) > 1
    ]
    categories = str(row["categories"] or "").split()
    versions = row["versions"] or []
    kept = {
        k: v
        for k, v in row.items()
        if k
        not in (
            "authors_parsed",
            "versions",
            "authors",
            "categories",
            "update_date",
            "submitter",
        )
    }
    return {
        **kept,
        "title": " ".join(str(row["title"] or "").split()),
        "abstract": " ".join(str(row["abstract"] or "").split()),
        "authors": authors,
        "categories": categories,
        "category": categories[0] if categories else None,
        "submitted": (
            _day(versions[0].get("created")) if versions and isinstance(versions[0], dict) else None
        ),
        "updated": row.get("update_date"),
        "url": f"https://arxiv.org/abs/{row['id']}",
    }


def _day(sent: Any) -> datetime | None:
    try:
        return parsedate_to_datetime(str(sent)).replace(tzinfo=None)
    except (ValueError, TypeError, IndexError):
        return None
