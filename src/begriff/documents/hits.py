"""What a search answers: hits, their reasons, and how the query was read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from begriff.documents.roles import column_roles
from begriff.errors import unknown
from begriff.frames import Frame

if TYPE_CHECKING:
    import pyarrow as pa
from begriff.documents.document import Document, cut, renderer

__all__ = [
    "AtlasVersion",
    "Contribution",
    "Explanation",
    "Gap",
    "Hit",
    "Hits",
    "Part",
    "Passage",
    "QueryEcho",
    "Steer",
    "Steering",
    "Term",
]


class Contribution(Document):
    """What one concept adds: ``value`` = activation x (query . direction).

    ``name`` is None for a concept without a good name; ``shared`` says that the query's own code
    holds the concept too (otherwise it is merely correlated); ``score`` is the score of the name.
    """

    concept: int
    name: str | None
    value: float
    shared: bool
    score: float | None = None


class Gap(Document):
    """Why a hit stands above the background (mean of ranks 51-100 of the same query).

    value = sum of contributions + others + rest - penalty. ``shown`` says whether the reason holds:
    at most five well-named concepts (``named``), deleted, drop the hit to the background; they
    carry at least 60 % of the gap; the rest is smaller.
    """

    value: float
    contributions: list[Contribution]
    others: float
    rest: float
    penalty: float
    named: list[int]
    carried: float
    shown: bool


class Explanation(Document):
    """The exact sum: contributions + bias + rest - penalty = dense score."""

    contributions: list[Contribution]
    bias: float
    rest: float
    penalty: float
    gap: Gap | None


class Term(Document):
    """What one word adds to a BM25 score."""

    term: str
    value: float


class Passage(Document):
    """The part of an item that was matched; ``words`` marks (start, end, weight) where no concept
    explains the hit.
    """

    text: str
    start: int
    end: int
    words: list[tuple[int, int, float]] = []


class Part(Document):
    """One of the two lists that a hybrid score joins: value = weight / (60 + rank)."""

    rank: int
    score: float
    value: float


class Steering(Document):
    """What one ``more``, ``less`` or ``has`` does to a hit.

    ``activation`` is how strongly the concept is on it; ``value`` what steering adds to the dense
    score: for ``more`` weight x cosine with the direction, divided by the length of the steered
    query; for ``less`` -weight x activation; None for ``has``, which filters.
    """

    how: Literal["more", "less", "has"]
    concept: int | None
    name: str
    activation: float
    value: float | None


class Hit(Document):
    """One item found; ``steering`` says what each concept that the search was steered by does to
    it.
    """

    id: str
    score: float
    item: dict[str, Any]
    passage: Passage
    explanation: Explanation | None
    terms: list[Term] | None = None
    parts: dict[str, Part | None] | None = None
    steering: list[Steering] = []

    def __repr__(self) -> str:
        return f"Hit({self.id!r}, {self.score:.3f}, {cut(self.title, 80)!r})"

    @property
    def title(self) -> str:
        """The item's title, from whichever column holds it, else the beginning of the passage."""
        return " ".join(
            str(
                self.item.get(column_roles(self.item).get("title", ""))
                or cut(self.passage.text, 90)
            ).split()
        )

    def __getitem__(self, column: str) -> Any:
        """A column of the item, ``"title"``, or a part of the hit, as ``"score"``."""
        if column in self.item:
            return self.item[column]
        if column == "title" or column in type(self).model_fields:
            return getattr(self, column)
        raise unknown("column", column, self.item)


class Steer(Document):
    """What a ``more``, ``less`` or ``has`` was taken for: a concept, or a seeded one made from the
    text.
    """

    given: str
    concept: int | None
    name: str
    weight: float
    seeded: bool
    near: list[str] = []


class QueryEcho(Document):
    """The query as it was understood; ``vector`` says that it was one, and ``text`` is empty then.

    ``notes`` are what a person should know about the answer: that no word was found, that a concept
    changed nothing.
    """

    text: str
    k: int
    mode: str
    where: str | None
    more: list[Steer]
    less: list[Steer]
    has: list[Steer]
    candidates: int
    vector: bool = False
    notes: list[str] = []


class AtlasVersion(Document):
    """Which version of the atlas answered."""

    version: int


class Hits(Document, Frame):
    """A list of hits with the query that found them."""

    hits: list[Hit]
    query: QueryEcho
    atlas: AtlasVersion
    next: int | None = None

    def __repr__(self) -> str:
        query = "a vector" if self.query.vector else repr(cut(self.query.text, 60))
        first = ", ".join(f"{h.id} {h.score:.3f}" for h in self.hits[:3])
        return f"Hits({len(self)} for {query}: {first}{', ...' * (len(self) > 3)})"

    def to_arrow(self) -> pa.Table:
        """A row per hit: rank, id, score, columns of the item, passage, reason (lists of concept
        ids, names and values).
        """
        return renderer("arrow").hit_rows(self)

    def __len__(self) -> int:
        return len(self.hits)

    def __getitem__(self, i: int) -> Hit:
        return self.hits[i]

    def __iter__(self) -> Iterator[Hit]:  # type: ignore[override]
        return iter(self.hits)
