"""Conditions on columns: what may stand in ``where``, checked before anything runs it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from begriff.errors import InputError

__all__ = ["check_condition", "shortened", "tokens"]

_LONGEST = 50_000
_DEEPEST = 40
_TERMS = 400
_WORDS = frozenset(
    [
        "and",
        "or",
        "not",
        "in",
        "is",
        "null",
        "like",
        "ilike",
        "between",
        "true",
        "false",
        "escape",
        "date",
        "timestamp",
        "cast",
        "as",
    ]
)
_TYPES = frozenset(["int", "integer", "bigint", "float", "double", "string", "varchar", "boolean", "decimal"])
_FUNCTIONS = frozenset(
    [
        "lower",
        "upper",
        "length",
        "char_length",
        "starts_with",
        "ends_with",
        "contains",
        "regexp_like",
        "regexp_match",
        "abs",
        "round",
        "coalesce",
        "date_part",
        "date_trunc",
        "array_has",
        "array_has_any",
        "array_has_all",
        "array_length",
        "make_array",
    ]
)
_TOKEN = re.compile(
    r"""(?P<string>'(?:[^']|'')*')|(?P<quoted>`[^`]*`)|(?P<word>[^\W\d]\w*(?:\.\w+)*)|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"""
    r"""|(?P<sign><=|>=|<>|!=|=|<|>|\+|-|\*|/|%|\(|\)|,|\[|\]|::)|(?P<space>\s+)|(?P<other>.)""",
    re.S,
)


def check_condition(condition: str, columns: Iterable[str]) -> None:
    """Refuse what is no plain condition on these columns.

    Column names, literals, comparisons, AND, OR, NOT, IN, LIKE, BETWEEN, IS NULL and a short list of harmless functions may stand in
    one; all
    else is refused here, so that no condition can build large values, run for long or drop what follows it.

    Parameters
    ----------
    condition : str
    columns : iterable of str

    Raises
    ------
    InputError
        For an empty, overlong or deeply nested condition, an unknown name, or a sign that no condition holds.

    Examples
    --------
    >>> from begriff.atlas.conditions import check_condition
    >>> check_condition("year >= 2020 AND venue IN ('icml', 'iclr')", ["year", "venue"])
    """
    known = list(columns)
    if not condition.strip():
        raise InputError(f"where is empty: give a condition, as one on {', '.join(known[:6])}, or leave it out")
    if len(condition) > _LONGEST:
        raise InputError(f"where has {len(condition):,} characters: at most {_LONGEST:,}")
    depth, terms = 0, 0
    found = tokens(condition)
    for place, token in enumerate(found):
        text, kind = token.group(), token.lastgroup
        depth += (text == "(") - (text == ")")
        terms += (kind == "word" and text.lower() in ("and", "or", "not")) or text in ("-", "+", "*", "/", "%")
        if depth > _DEEPEST or terms > _TERMS:
            raise InputError(f"where is nested deeper than {_DEEPEST} or holds more than {_TERMS} operators: use IN (...) for long lists")
        if kind == "other":
            raise InputError(
                f"where={shortened(condition)} cannot be read ({text!r} at {token.start()}): text goes in single quotes, odd names in `"
            )
        if kind in ("word", "quoted"):
            called = place + 1 < len(found) and found[place + 1].group() == "("
            _check_name(text, kind, called, known, condition)


def tokens(condition: str) -> list[re.Match[str]]:
    """The words, literals and signs of a condition, without the spaces between them."""
    return [m for m in _TOKEN.finditer(condition) if m.lastgroup != "space"]


def _check_name(text: str, kind: str, called: bool, columns: list[str], condition: str) -> None:
    name = text[1:-1] if kind == "quoted" else text
    if name in columns or (kind == "word" and text.lower() in _WORDS | _TYPES):
        return
    if kind == "word" and called and text.lower() in _FUNCTIONS:
        return
    if called:
        raise InputError(f"where={shortened(condition)} calls {text!r}, which is not among {', '.join(sorted([*_FUNCTIONS, 'on_map']))}")
    near = difflib.get_close_matches(name, columns, n=4, cutoff=0.4)
    hint = f"near: {', '.join(near)}; " if near else ""
    raise InputError(
        f"where={shortened(condition)} names {name!r}, which is no column; {hint}columns: {', '.join(columns)}; text goes in single quotes"
    )


def shortened(condition: str) -> str:
    """A condition in quotes, as messages show it."""
    return repr(condition if len(condition) <= 200 else condition[:200] + "...")
