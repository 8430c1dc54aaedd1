"""Conditions on columns: what may stand in ``where``, checked before anything runs it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from begriff.errors import InputError
from begriff.readers import Columns

__all__ = ["as_typed", "check_condition", "shortened", "tokens"]

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
_TYPES = frozenset(
    ["int", "integer", "bigint", "float", "double", "string", "varchar", "boolean", "decimal"]
)
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

    Column names, literals, comparisons, AND, OR, NOT, IN, LIKE, BETWEEN, IS NULL and a short list
    of harmless functions may stand in one; all else is refused here, so that no condition can build
    large values, run for long or drop what follows it.

    Parameters
    ----------
    condition : str
    columns : iterable of str

    Raises
    ------
    InputError
        For an empty, overlong or deeply nested condition, an unknown name, or a sign that no
        condition holds.

    Examples
    --------
    >>> from begriff.store.conditions import check_condition
    >>> check_condition("year >= 2020 AND venue IN ('icml', 'iclr')", ["year", "venue"])
    """
    known = list(columns)
    if not condition.strip():
        raise InputError(
            f"where is empty: give a condition, as one on {', '.join(known[:6])}, or leave it out"
        )
    if len(condition) > _LONGEST:
        raise InputError(f"where has {len(condition):,} characters: at most {_LONGEST:,}")
    depth, terms = 0, 0
    found = tokens(condition)
    for place, token in enumerate(found):
        text, kind = token.group(), token.lastgroup
        depth += (text == "(") - (text == ")")
        terms += (kind == "word" and text.lower() in ("and", "or", "not")) or text in (
            "-",
            "+",
            "*",
            "/",
            "%",
        )
        if depth > _DEEPEST or terms > _TERMS:
            raise InputError(
                f"where is nested deeper than {_DEEPEST} or holds more than {_TERMS} operators: use"
                " IN (...) for long lists"
            )
        if kind == "other":
            raise InputError(
                f"where={shortened(condition)} cannot be read ({text!r} at {token.start()}): text"
                " goes in single quotes, odd names in `"
            )
        if kind in ("word", "quoted"):
            called = place + 1 < len(found) and found[place + 1].group() == "("
            _check_name(text, kind, called, known, condition)


def tokens(condition: str) -> list[re.Match[str]]:
    """The words, literals and signs of a condition, without the spaces between them."""
    return [m for m in _TOKEN.finditer(condition) if m.lastgroup != "space"]


def as_typed(condition: str, columns: Columns) -> str:
    """A condition whose literals are of the kind of the column that they are compared with, as
    people write them.

    A number beside a column of text becomes text (ids are text, so ``id = 3`` finds the item 3),
    text that is a number becomes one beside a column of numbers, and text beside a date becomes a
    moment.

    Parameters
    ----------
    condition : str
        One that :func:`check_condition` lets pass.
    columns : Columns

    Raises
    ------
    InputError
        Where a number is to be larger or smaller than text, which would compare them letter by
        letter.

    Examples
    --------
    >>> from begriff.readers import Columns
    >>> as_typed("id IN (3, 4) AND at >= '2020-01-31'", Columns({"id": "text", "at": "date"}))
    "id IN ('3', '4') AND at >= timestamp '2020-01-31'"
    """
    out, column, word = list[str](), "", ""
    between, sign = False, ""
    for token in _TOKEN.finditer(condition):
        text, kind = token.group(), token.lastgroup
        if kind in ("word", "quoted"):
            name, word = text.strip("`"), text.lower()
            between = word == "between" or (between and word == "and")
            if name in columns.kinds:
                column = name
            elif word in ("and", "or") and not between:
                column = ""
        elif kind in ("string", "number"):
            if (
                kind == "number"
                and (between or sign in _ORDER)
                and columns.kinds.get(column) in ("text", "category")
            ):
                raise InputError(
                    f"where={shortened(condition)} compares {column!r}, which holds text, with the"
                    f" number {text}: write cast({column} as bigint) for the column"
                )
            text = (
                _literal(text, kind, columns, column) if word not in ("timestamp", "date") else text
            )
            word = ""
        elif text == ")":
            column = ""
        sign = text if kind == "sign" else sign if kind == "space" else ""
        out.append(text)
    return "".join(out)


def _literal(text: str, kind: str, columns: Columns, column: str) -> str:
    holds = columns.kinds.get(column, "")
    if kind == "number" and (
        holds in ("text", "category") or (holds == "list" and column not in columns.forms)
    ):
        return f"'{text}'"
    if kind == "string" and holds == "number" and re.fullmatch(r"'-?\d+(\.\d+)?'", text):
        return text[1:-1]
    return (
        f"timestamp {text}"
        if kind == "string" and holds == "date" and _MOMENT.match(text)
        else text
    )


_ORDER = ("<", ">", "<=", ">=")
_MOMENT = re.compile(r"'\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?'$")


def _check_name(text: str, kind: str, called: bool, columns: list[str], condition: str) -> None:
    name = text[1:-1] if kind == "quoted" else text
    if name in columns or (kind == "word" and text.lower() in _WORDS | _TYPES):
        return
    if kind == "word" and called and text.lower() in _FUNCTIONS:
        return
    if called:
        raise InputError(
            f"where={shortened(condition)} calls {text!r}, which is not among"
            f" {', '.join(sorted([*_FUNCTIONS, 'on_map']))}"
        )
    near = difflib.get_close_matches(name, columns, n=4, cutoff=0.4)
    hint = f"near: {', '.join(near)}; " if near else ""
    raise InputError(
        f"where={shortened(condition)} names {name!r}, which is no column; {hint}columns:"
        f" {', '.join(columns)}; text goes in single quotes"
    )


def shortened(condition: str) -> str:
    """A condition in quotes, as messages show it."""
    return repr(condition if len(condition) <= 200 else condition[:200] + "...")
