"""The hits of a search as a file: a table, JSON lines, or the entries of a reference manager."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, get_args

from begriff.documents.citations import to_bibtex, to_ris
from begriff.documents.models import Hit, Hits
from begriff.documents.roles import column_roles
from begriff.errors import InputError

if TYPE_CHECKING:
    from begriff.store.snapshot import Snapshot

__all__ = ["hit_file", "HitFormat"]

HitFormat = Literal["csv", "ndjson", "bibtex", "ris"]


def hit_file(atlas: Snapshot, hits: Hits, format: HitFormat) -> str:
    """The hits of a search in their order.

    Parameters
    ----------
    atlas : Snapshot
        What was searched.
    hits : Hits
    format : {"csv", "ndjson", "bibtex", "ris"}
        A table or a JSON object a line with ``hit_rank``, ``hit_score``, the id, the columns of the
        items and ``hit_reason`` (the named concepts that lift the hit, and by how much); or entries
        for a reference manager, made of the columns that hold title, authors, year, venue, DOI,
        address, abstract and keywords.

    Raises
    ------
    InputError
        For an unknown format, or entries of a corpus without titles.
    """
    if format not in get_args(HitFormat):
        raise InputError(f"format={format!r}: must be one of {', '.join(get_args(HitFormat))}")
    if format in ("bibtex", "ris"):
        return _citations(atlas, hits.hits, to_bibtex if format == "bibtex" else to_ris)
    columns = [
        "hit_rank",
        "hit_score",
        "id",
        *(c for c in atlas.columns if c != "id"),
        "hit_reason",
    ]
    rows = [_row(rank, hit) for rank, hit in enumerate(hits.hits, 1)]
    if format == "ndjson":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    out = io.StringIO()
    writer = csv.DictWriter(
        out, list(dict.fromkeys(columns)), lineterminator="\n", extrasaction="ignore"
    )
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def _row(rank: int, hit: Hit) -> dict[str, Any]:
    gap = hit.explanation.gap if hit.explanation else None
    named = [c for c in gap.contributions if c.concept in gap.named] if gap and gap.shown else []
    reason = [{"id": c.concept, "name": c.name, "value": round(c.value, 4)} for c in named]
    return {
        **hit.item,
        "id": hit.id,
        "hit_rank": rank,
        "hit_score": hit.score,
        "hit_reason": reason,
    }


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return "; ".join(
            f"{v['name']} {v['value']:+.4f}" if isinstance(v, dict) else str(v) for v in value
        )
    return value


def _citations(
    atlas: Snapshot, hits: Iterable[Hit], write: Callable[[Any, dict[str, str]], str]
) -> str:
    roles = column_roles(atlas.columns)
    if "title" not in roles:
        listed = ", ".join(atlas.columns) or "there is none"
        raise InputError(
            f"a reference needs a title, and no column holds one ({listed}): name one 'title', or"
            " take csv or ndjson"
        )
    return write([(hit.id, hit.item) for hit in hits], roles)
