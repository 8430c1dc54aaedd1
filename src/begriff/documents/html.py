"""Documents as HTML tables for a notebook.

Elements are built, never written out, so texts of the corpus cannot be markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from begriff.documents import models as d
from begriff.documents.rendering import as_html as as_preformatted
from begriff.documents.rendering import reason_of

__all__ = ["as_html", "info_html"]

_CELL = (
    "padding:.2rem .75rem .2rem 0;border-bottom:1px solid"
    " rgba(128,128,128,.4);vertical-align:top;text-align:"
)
_SHOWN = 30
_TEXT = 200


def as_html(document: d.Document) -> str:
    """HTML of a document, in the colours of the page around it."""
    if isinstance(document, d.Hits):
        return _hits(document)
    if isinstance(document, d.ConceptList):
        return _concepts(document, f"{len(document)} concepts")
    if isinstance(document, d.Concept):
        return _concepts(d.ConceptList(concepts=[document]), "")
    if isinstance(document, d.ConceptDetail):
        return _concept(document)
    return as_preformatted(document)


def info_html(info: d.Info, first: d.ConceptList) -> str:
    """What is in an atlas, and its first concepts."""
    rows = [
        ("folder", f"{info.path}, version {info.version}"),
        (
            "items",
            f"{info.items:,}" + f", of {info.passages:,} passages" * (info.passages != info.items),
        ),
        ("concepts", f"{info.concepts:,}, of which {info.named:,} are named"),
        ("columns", ", ".join(f"{k} ({v})" for k, v in info.columns.items())),
        ("edits", f"{len(info.edits):,}"),
    ]
    return _written(_table("", (), rows)) + _concepts(first, "first concepts; more in .concepts")


def _hits(hits: d.Hits) -> str:
    query = "a vector" if hits.query.vector else f"{hits.query.text!r}"
    caption = f"{len(hits)} hits of {hits.query.candidates:,} items for {query}"
    reasons = any(h.explanation is not None or h.terms for h in hits)
    columns = ("rank", "score", "id", "title", *(["why"] if reasons else []))
    rows = [
        (i, f"{h.score:.3f}", h.id, h.title, *([reason_of(h)] if reasons else []))
        for i, h in enumerate(hits, 1)
    ]
    notes = [_paragraph(n) for n in hits.query.notes]
    return _written(*notes, _table(caption, columns, rows))


def _concepts(concepts: d.ConceptList, caption: str) -> str:
    shown = list(concepts)[:_SHOWN]
    columns = (
        "id",
        "name",
        "name score",
        "items",
        *(["strongest items"] if any(c.strongest for c in shown) else []),
    )
    rows = [
        (
            c.id,
            c.label,
            _number(c.score),
            f"{c.frequency:.2%}",
            *([" | ".join(c.strongest)] if len(columns) == 5 else []),
        )
        for c in shown
    ]
    left = len(concepts) - len(shown)
    return _written(
        _table(caption, columns, rows), *([_paragraph(f"and {left} more")] if left else [])
    )


def _concept(detail: d.ConceptDetail) -> str:
    c = detail.concept
    rows = [
        ("also called", ", ".join(c.aliases)),
        (
            "name score",
            (
                f"{_number(c.score)} where it is strongest, {_number(c.score_all)} on all items"
                " that hold it"
            ),
        ),
        ("on", f"{c.frequency:.2%} of items"),
        (
            "near",
            ", ".join(f"{label} [{id}] {value:.2f}" for id, label, value in detail.neighbours),
        ),
        ("together with", ", ".join(f"{label} [{id}]" for id, label, _ in detail.together)),
        *([("note", c.note)] if c.note else []),
    ]
    tables = [
        _table(f"concept {c.id}: {c.label}", (), rows),
        _examples("examples, from strong to weak", detail.examples),
    ]
    return _written(
        *tables, *([_examples("where the name fails", detail.fails)] if detail.fails else [])
    )


def _examples(caption: str, examples: Iterable[d.Example]) -> Element:
    return _table(
        caption,
        ("activation", "id", "text"),
        [(f"{e.strength:.3f}", e.id, " ".join(e.text.split())[:_TEXT]) for e in examples],
    )


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Element:
    """A table; without columns the first cell of every row is its heading."""
    table = Element("table", style="border-collapse:collapse")
    if caption:
        SubElement(table, "caption", style="text-align:left;font-weight:600").text = caption
    if columns:
        head = SubElement(SubElement(table, "thead"), "tr")
        for name in columns:
            SubElement(head, "th", style=_CELL + _side(name)).text = name
    body = SubElement(table, "tbody")
    for row in rows:
        line = SubElement(body, "tr")
        for i, value in enumerate(row):
            heading = not columns and i == 0
            SubElement(
                line, "th" if heading else "td", style=_CELL + _side(columns[i] if columns else "")
            ).text = _clean(value)
    return table


def _side(column: str) -> str:
    return "right" if column in ("rank", "score", "name score", "items", "activation") else "left"


def _paragraph(text: str) -> Element:
    element = Element("p")
    element.text = _clean(text)
    return element


def _clean(value: Any) -> str:
    """Text without what no document may hold: control characters, halves of characters."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in str(value))


def _written(*elements: Element) -> str:
    return "".join(tostring(e, encoding="unicode", method="html") for e in elements)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
