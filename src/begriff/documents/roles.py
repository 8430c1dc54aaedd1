"""Which columns of a corpus hold what a reader of papers, posts or products looks for first."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["column_roles"]

_NAMES = {
    "title": ("title", "name", "headline", "display_name"),
    "authors": (
        "authors",
        "author",
        "creators",
        "creator",
        "authors_list",
        "author_names",
        "byline",
    ),
    "year": (
        "year",
        "publication_year",
        "pub_year",
        "published",
        "publication_date",
        "date",
        "issued",
    ),
    "venue": (
        "venue",
        "journal",
        "booktitle",
        "conference",
        "container_title",
        "publication",
        "source_title",
        "publisher",
    ),
    "doi": ("doi",),
    "url": ("url", "link", "href", "source_url", "permalink", "pdf_url", "pdf"),
    "abstract": ("abstract", "summary", "description"),
    "keywords": ("keywords", "tags", "subjects"),
}


def column_roles(columns: Mapping[str, str]) -> dict[str, str]:
    """The column that holds the title, the authors, and so on, where a corpus has one.

    Case and the signs between words do not matter: ``Container-Title`` is the venue.

    Parameters
    ----------
    columns : mapping of str to str
        Kinds of the columns.

    Examples
    --------
    >>> from begriff.documents.roles import column_roles
    >>> column_roles({"Title": "text", "DOI": "text", "price": "number"})
    {'title': 'Title', 'doi': 'DOI'}
    """
    plain: dict[str, str] = {}
    for column in columns:
        plain.setdefault(
            column.lower().replace("-", "_").replace(" ", "_").replace(".", "_"), column
        )
    matches = {
        role: [plain[name] for name in names if name in plain] for role, names in _NAMES.items()
    }
    return {
        role: columns_of_role[0] for role, columns_of_role in matches.items() if columns_of_role
    }
