"""What the JSON files of an atlas folder hold, as types."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["Counts", "Described", "Made", "Manifest", "Source"]


class Counts(TypedDict):
    """How much a version holds."""

    items: int
    passages: int


class Source(TypedDict, total=False):
    """Where the rows of an atlas came from."""

    name: str
    address: str | None
    fingerprint: str
    text: list[str]
    id: str | None
    types: dict[str, str]
    vectors: str | None
    on_duplicate: Literal["error", "keep-first", "keep-last"]
    preview: bool


Described = TypedDict(
    "Described",
    {"class": str, "settings": dict[str, Any], "params": dict[str, Any]},
    total=False,
)
"""An encoder (``settings``), a dictionary or a namer (``params``) by its class."""


class Made(TypedDict, total=False):
    """What a version was made from, and with."""

    when: str
    source: Source
    encoder: Described | None
    dictionary: Described
    namer: Described
    random_state: int
    python: str
    libraries: dict[str, str | None]


class Manifest(TypedDict, total=False):
    """``manifest.json``: one version of an atlas.

    ``stages`` has the key of every stage's folder, ``asked`` the dictionary as the build asked for
    it, ``grown`` what came and went since the dictionary was learnt, from ``fitted_on`` items.
    ``erased`` are the erasures in force, and ``kept`` the version before the last of them.
    ``numbered`` and ``next_concept`` are the highest numbers that rows and concepts were given.
    """

    format: int
    version: int
    stages: dict[str, str]
    asked: Any
    counts: Counts
    made: Made
    erased: list[dict[str, Any]]
    kept: Manifest
    grown: list[dict[str, Any]]
    fitted_on: int
    numbered: int
    next_concept: int
    restored: int
    published: str
    did: str
    fingerprint: str | None
