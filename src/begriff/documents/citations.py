"""Items as entries of a reference manager: BibTeX and RIS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["authors_of", "doi_of", "to_bibtex", "to_ris", "web_address_of"]

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{c: f"\\{c}" for c in "&%$#_{}"},
}
_DOI = re.compile(r"\b10\.\d{4,9}/\S+")


def authors_of(value: Any) -> list[str]:
    """Names of a cell: a list, or a text that separates them by ";", " and ", or by "," between
    full names.

    Examples
    --------
    >>> from begriff.documents.citations import authors_of
    >>> (
    ...     authors_of("Ada Lovelace, Alan Turing"),
    ...     authors_of("Lovelace, Ada; Turing, Alan"),
    ...     authors_of("Lovelace, Ada"),
    ... )
    (['Ada Lovelace', 'Alan Turing'], ['Lovelace, Ada', 'Turing, Alan'], ['Lovelace, Ada'])
    """
    if isinstance(value, list | tuple):
        return [name for part in value if part for name in [" ".join(str(part).split())] if name]
    text = " ".join(str(value or "").split())
    for separator in (";", " and ", "|"):
        if separator in text:
            return [name for part in text.split(separator) if (name := part.strip())]
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return parts if len(parts) > 1 and all(" " in part for part in parts) else [text] * bool(text)


def doi_of(value: Any) -> str | None:
    """The DOI in a cell, without the address before it; None where there is none.

    Examples
    --------
    >>> from begriff.documents.citations import doi_of
    >>> doi_of("https://doi.org/10.1145/3292500"), doi_of("javascript:alert(1)")
    ('10.1145/3292500', None)
    """
    match = _DOI.search(str(value or ""))
    return match.group() if match else None


def web_address_of(value: Any) -> str | None:
    """A cell that is an http or https address, or None."""
    text = str(value or "").strip()
    return text if re.match(r"https?://\S+$", text, re.I) else None


def to_bibtex(items: Iterable[tuple[str, Mapping[str, Any]]], roles: Mapping[str, str]) -> str:
    """Entries of BibTeX, one an item, with keys that differ.

    Parameters
    ----------
    items : iterable of (id, mapping)
        Ids and columns.
    roles : mapping of str to str
        As :func:`begriff.documents.roles.column_roles` gives them.

    Examples
    --------
    >>> from begriff.documents.citations import to_bibtex
    >>> print(
    ...     to_bibtex([("7", {"title": "R&D", "year": 2020.0})], {"title": "title", "year": "year"})
    ... )
    @misc{item-7,
      title = {{R\\&D}},
      year = {2020}
    }
    <BLANKLINE>
    """
    taken: set[str] = set()
    return "\n".join(
        _bibtex_entry(_key(id, taken), _facts(item, roles), roles) for id, item in items
    )


def _bibtex_entry(key: str, facts: Mapping[str, Any], roles: Mapping[str, str]) -> str:
    journal = "journal" in roles.get("venue", "").lower()
    kind = "misc" if "venue" not in facts else "article" if journal else "inproceedings"
    fields = {
        "title": f"{{{_latex(facts['title'])}}}" if "title" in facts else None,
        "author": " and ".join(_latex(name) for name in facts.get("authors", [])) or None,
        "year": facts.get("year"),
        "journal" if journal else "booktitle": _latex(facts["venue"]) if "venue" in facts else None,
        "doi": facts.get("doi"),
        "url": facts.get("url"),
        "keywords": _latex(", ".join(facts.get("keywords", []))) or None,
        "abstract": _latex(facts["abstract"]) if "abstract" in facts else None,
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@{kind}{{{key},\n{lines}\n}}\n"


def to_ris(items: Iterable[tuple[str, Mapping[str, Any]]], roles: Mapping[str, str]) -> str:
    """Records of RIS, one an item; parameters as of :func:`to_bibtex`."""
    return "".join(_ris_record(id, _facts(item, roles), roles) for id, item in items)


def _ris_record(id: str, facts: Mapping[str, Any], roles: Mapping[str, str]) -> str:
    journal = "journal" in roles.get("venue", "").lower()
    tags: list[tuple[str, Any]] = [
        ("TY", "GEN" if "venue" not in facts else "JOUR" if journal else "CPAPER")
    ]
    tags += [("ID", " ".join(id.split())), ("TI", facts.get("title"))]
    tags += [("AU", name) for name in facts.get("authors", [])]
    tags += [
        ("PY", facts.get("year")),
        ("T2", facts.get("venue")),
        ("DO", facts.get("doi")),
        ("UR", facts.get("url")),
    ]
    tags += [("KW", word) for word in facts.get("keywords", [])] + [("AB", facts.get("abstract"))]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in tags if value) + "ER  - \r\n\r\n"


def _facts(item: Mapping[str, Any], roles: Mapping[str, str]) -> dict[str, Any]:
    """What an item says of each role, on one line; roles that are empty are left out."""
    cells = {role: item.get(column) for role, column in roles.items()}
    year = re.search(r"\b\d{4}\b", str(cells.get("year") or ""))
    facts = {
        **{
            role: " ".join(str(cells[role]).split())
            for role in ("title", "venue", "abstract")
            if cells.get(role)
        },
        "authors": authors_of(cells.get("authors")),
        "keywords": authors_of(cells.get("keywords")),
        "year": year.group() if year else None,
        "doi": doi_of(cells.get("doi")),
        "url": web_address_of(cells.get("url")),
    }
    return {role: fact for role, fact in facts.items() if fact}


def _key(id: str, taken: set[str]) -> str:
    """An id as a key: letters, digits and the signs that no reader of BibTeX trips over."""
    plain = re.sub(r"[^A-Za-z0-9:._/-]+", "-", id).strip("-") or "item"
    start = plain if plain[0].isalpha() else f"item-{plain}"
    key, number = start, 2
    while key in taken:
        key, number = f"{start}-{number}", number + 1
    taken.add(key)
    return key


def _latex(text: str) -> str:
    """Text as TeX reads it: what TeX would take for commands stands for itself."""
    return "".join(_SPECIAL.get(c, c) for c in " ".join(text.split()))
