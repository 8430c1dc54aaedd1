"""References: what a reference manager reads, whatever the cells hold."""

import pytest

from begriff.documents.citations import authors_of, doi_of, to_bibtex, to_ris, web_address_of
from begriff.documents.roles import column_roles

PAPER = {
    "Title": "100% of {braces} & a_b",
    "Authors": "Lovelace, Ada; Turing, Alan",
    "Journal": "Annals",
    "published": "1950-10-01T00:00:00",
    "DOI": "https://doi.org/10.1093/mind/LIX.236.433",
    "URL": "javascript:alert(1)",
    "Tags": ["one", "two"],
    "Abstract": "Line one.\nER  - \nLine two.",
}
ROLES = column_roles(dict.fromkeys(PAPER, "text"))


def test_roles_are_known_by_name_whatever_the_case():
    assert ROLES == {
        "title": "Title",
        "authors": "Authors",
        "year": "published",
        "venue": "Journal",
        "doi": "DOI",
        "url": "URL",
        "abstract": "Abstract",
        "keywords": "Tags",
    }
    assert column_roles({"price": "number"}) == {}


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        (["Ada Lovelace", " ", None, "Alan\nTuring"], ["Ada Lovelace", "Alan Turing"]),
        ("A. Lovelace and A. Turing", ["A. Lovelace", "A. Turing"]),
        ("Ada Lovelace, Alan Turing", ["Ada Lovelace", "Alan Turing"]),
        ("Lovelace, Ada", ["Lovelace, Ada"]),
        ("Anderson", ["Anderson"]),
        (None, []),
        ("", []),
    ],
)
def test_names_of_a_cell(cell, names):
    assert authors_of(cell) == names


def test_only_addresses_that_a_browser_may_follow():
    assert [
        doi_of(v) for v in ("doi:10.1000/182", "https://dx.doi.org/10.1000/182", "10/182", None)
    ] == ["10.1000/182"] * 2 + [None] * 2
    assert [
        web_address_of(v)
        for v in ("https://a.b/c", "HTTP://a.b", "javascript:alert(1)", "ftp://a.b", None)
    ][2:] == [None] * 3


def test_bibtex_escapes_what_tex_would_read_and_never_repeats_a_key():
    entry, second = to_bibtex([("a b", PAPER), ("a b", {"Title": "x"})], ROLES).split("\n\n")
    assert entry.splitlines() == [
        "@article{a-b,",
        r"  title = {{100\% of \{braces\} \& a\_b}},",
        "  author = {Lovelace, Ada and Turing, Alan},",
        "  year = {1950},",
        "  journal = {Annals},",
        "  doi = {10.1093/mind/LIX.236.433},",
        "  keywords = {one, two},",
        "  abstract = {Line one. ER - Line two.}",
        "}",
    ]
    assert second.startswith("@misc{a-b-2,")


def test_ris_has_one_line_a_tag_and_one_end_a_record():
    lines = to_ris([("7", PAPER), ("8", {"Title": "x"})], ROLES).split("\r\n")
    assert lines[:6] == [
        "TY  - JOUR",
        "ID  - 7",
        "TI  - 100% of {braces} & a_b",
        "AU  - Lovelace, Ada",
        "AU  - Turing, Alan",
        "PY  - 1950",
    ]
    assert [i for i, line in enumerate(lines) if line.startswith("ER  -")] == [11, 16]
    assert not any("javascript" in line for line in lines)
