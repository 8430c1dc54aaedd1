"""What was understood of a source: a line a column, and the rows that were left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from begriff.documents.models import Document
from begriff.readers.columns import spelled_number

__all__ = ["count_cells", "Reading", "reading_of", "ReadingColumn"]

_EXAMPLE = 40


class ReadingColumn(Document):
    """One column as it was understood.

    Attributes
    ----------
    name : str
    kind : str
        text, category, list, number, date or boolean; "" for a column that is left out.
    use : str
        "id", "text" for what is encoded, else "".
    example : str
        Its first value.
    empty : int
        Items without a value there.
    emptied : int
        Of these, items whose value was of another kind: they are listed in ``emptied.jsonl``.
    repaired : int
        Items of which some bytes were not text in the file's encoding.
    note : str
        What a person may want to know, as why a column is left out.
    """

    name: str
    kind: str
    use: str = ""
    example: str = ""
    empty: int = 0
    emptied: int = 0
    repaired: int = 0
    note: str = ""


class Reading(Document):
    """What begriff understood of a source.

    Attributes
    ----------
    source : str
    rows : int
        Items.
    rejected : int
        Rows that are none, listed in ``rejected.jsonl``; repeated ids and lines of comment among
        them.
    columns : list of ReadingColumn
    notices : tuple of str
        What a person should know before going on, as that the texts are not in the encoder's
        language.
    """

    source: str
    rows: int
    rejected: int
    columns: list[ReadingColumn]
    notices: tuple[str, ...] = ()

    def __rich__(self) -> RenderableType:
        """A table for a terminal."""
        table = Table(box=None, header_style="bold", pad_edge=False)
        for name in ("column", "kind", "example", "empty", "repaired", "dropped", ""):
            table.add_column(
                name,
                justify="right" if name in ("empty", "repaired", "dropped") else "left",
                overflow="fold",
            )
        for c in self.columns:
            kind = (
                c.kind + (f" ({c.use})" if c.use and c.use != c.kind else "")
                if c.kind
                else "left out"
            )
            table.add_row(
                c.name,
                kind,
                c.example,
                *(f"{n:,}" if n else "" for n in (c.empty, c.repaired, c.emptied)),
                c.note,
            )
        left = f", {self.rejected:,} rows left out (see rejected.jsonl)" if self.rejected else ""
        return Group(
            Text(f"{self.source}: {self.rows:,} items{left}"),
            table,
            *(Text(n, style="yellow") for n in self.notices),
        )


def count_cells(
    cells: dict[str, dict[str, Any]],
    row: Mapping[str, Any],
    emptied: Collection[str],
    repaired: Collection[str],
) -> None:
    """Take an item's values into the counts of its columns."""
    for name, value in row.items():
        counts = cells.get(name)
        if counts is None:
            counts = cells[name] = {"example": None, "empty": 0, "emptied": 0, "repaired": 0}
        if value is None:
            counts["empty"] += 1
        elif counts["example"] is None:
            counts["example"] = _example(value)
    for name in emptied:
        cells[name]["emptied"] += 1
    for name in repaired:
        if name in cells:
            cells[name]["repaired"] += 1


def _example(value: Any) -> str:
    text = spelled_number(value) if isinstance(value, float) else str(value)
    text = " ".join(text.split())
    return text if len(text) <= _EXAMPLE else text[:_EXAMPLE].rsplit(" ", 1)[0] + "…"


def reading_of(meta: Mapping[str, Any], source: str) -> Reading:
    """The document of what :func:`begriff.pipeline.ingest.ingest` wrote into ``columns.json``."""
    none = {"example": None, "empty": meta["rows"], "emptied": 0, "repaired": 0}
    sources, notes = meta.get("sources", {}), meta.get("notes", {})
    columns = []
    for name, kind in meta["kinds"].items():
        counts = {**none, **meta.get("cells", {}).get(name, {})}
        source_name = sources.get(name, name)
        use = "id" if source_name == meta["id"] else "text" if source_name in meta["text"] else ""
        note = "; ".join(
            n
            for n in (
                f"is {source_name!r} in the source" if source_name != name else "",
                notes.get(name, ""),
            )
            if n
        )
        columns.append(
            ReadingColumn(
                name=name,
                kind=kind,
                use=use,
                note=note,
                **{**counts, "example": counts["example"] or ""},
            )
        )
    for name, why in meta.get("dropped_columns", {}).items():
        columns.append(ReadingColumn(name=name, kind="", note=why))
    return Reading(source=source, rows=meta["rows"], rejected=meta["rejected"], columns=columns)
