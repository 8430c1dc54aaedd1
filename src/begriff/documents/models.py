"""The JSON documents of begriff, written down once: the library returns them, ``--json`` and the
API print them.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from begriff.documents.roles import column_roles
from begriff.errors import unknown
from begriff.frames import Frame

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "AtlasVersion",
    "Building",
    "Checked",
    "Concept",
    "ConceptDetail",
    "ConceptList",
    "Contribution",
    "Document",
    "Drift",
    "ErrorDocument",
    "Example",
    "ExampleList",
    "Explanation",
    "Facet",
    "Facets",
    "FacetValue",
    "Gap",
    "Growth",
    "Histogram",
    "Hit",
    "Hits",
    "Info",
    "ItemDetail",
    "ItemTitle",
    "ItemTitles",
    "Legend",
    "Map",
    "MapRegion",
    "Mark",
    "Marks",
    "Part",
    "Passage",
    "Problem",
    "QueryEcho",
    "SavedQuery",
    "SavedSearch",
    "SearchList",
    "Seed",
    "SeedList",
    "Steer",
    "Steering",
    "Term",
    "Version",
    "VersionList",
]


def _renderer(name: str) -> Any:
    """A module above this one that knows all documents, found when one is printed: what it needs,
    searching does not.
    """
    return import_module(f"begriff.documents.{name}")


class Document(BaseModel):
    """A result: immutable, typed, printable."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __str__(self) -> str:
        return str(_renderer("rendering").as_text(self))

    def __repr__(self) -> str:
        return _cut(super().__repr__(), 300)

    def _repr_html_(self) -> str:
        return str(_renderer("html").as_html(self))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "\u2026"


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
        return f"Hit({self.id!r}, {self.score:.3f}, {_cut(self.title, 80)!r})"

    @property
    def title(self) -> str:
        """The item's title, from whichever column holds it, else the beginning of the passage."""
        return " ".join(
            str(
                self.item.get(column_roles(self.item).get("title", ""))
                or _cut(self.passage.text, 90)
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
        query = "a vector" if self.query.vector else repr(_cut(self.query.text, 60))
        first = ", ".join(f"{h.id} {h.score:.3f}" for h in self.hits[:3])
        return f"Hits({len(self)} for {query}: {first}{', ...' * (len(self) > 3)})"

    def to_arrow(self) -> pa.Table:
        """A row per hit: rank, id, score, columns of the item, passage, reason (lists of concept
        ids, names and values).
        """
        return _renderer("arrow").hit_rows(self)

    def __len__(self) -> int:
        return len(self.hits)

    def __getitem__(self, i: int) -> Hit:
        return self.hits[i]

    def __iter__(self) -> Iterator[Hit]:  # type: ignore[override]
        return iter(self.hits)


class Example(Document):
    """An item on which a concept is active."""

    id: str
    strength: float
    text: str


class Concept(Document):
    """One concept of the dictionary's core.

    ``id`` stays with the concept through every refit; ``row`` is its row in ``components`` and its
    column in codes. ``score`` is the mean AUROC of the independent judges on the strongest decile
    of held-out items, ``score_all`` on all active ones; ``stability`` the cosine with its match in
    a dictionary of another sample and seed; ``background`` marks one too common to be a reason;
    ``polysemous`` one whose strongest items fall into two groups. ``merged`` are the concepts that
    people merged into this one; they count under it and point to it with ``merged_into``.
    ``sparkline`` (share of items in every period) and ``trend`` (change of the log-odds from one
    period to the next) are there where a list was asked for a column of time.
    """

    id: int
    row: int
    name: str | None
    aliases: list[str]
    score: float | None
    score_all: float | None
    judges: dict[str, tuple[float, float] | None]
    frequency: float
    stability: float | None
    background: bool
    polysemous: bool
    hidden: bool = False
    renamed: bool = False
    pinned: bool = False
    merged: list[int] = []
    merged_into: int | None = None
    note: str | None = None
    strongest: list[str] = []
    sparkline: list[float] | None = None
    trend: float | None = None

    def __repr__(self) -> str:
        score = "" if self.score is None else f", score {self.score:.2f}"
        return f"Concept({self.id}, {self.label!r}{score}, on {self.frequency:.2%} of items)"

    @property
    def label(self) -> str:
        """The name, or aliases in brackets."""
        if self.name:
            return self.name
        return f"(unnamed: {', '.join(self.aliases[:3])})" if self.aliases else "(unnamed)"

    @property
    def well_named(self) -> bool:
        """Whether the name is good enough to be part of a reason: score .8, or set by a person; not
        background.
        """
        good = self.renamed or (self.score is not None and self.score >= 0.8)
        return bool(self.name) and good and not self.background and not self.hidden


class ConceptList(Document, Frame):
    """A table of concepts."""

    concepts: list[Concept]
    next: int | None = None
    periods: list[str] | None = None

    def __repr__(self) -> str:
        return (
            f"ConceptList({len(self)} concepts:"
            f" {', '.join(c.label for c in self.concepts[:5])}{', ...' * (len(self) > 5)})"
        )

    def to_arrow(self) -> pa.Table:
        """A row per concept: id, name, scores, frequency, other names, what people changed."""
        return _renderer("arrow").concept_rows(self)

    def __len__(self) -> int:
        return len(self.concepts)

    def __getitem__(self, i: int) -> Concept:
        return self.concepts[i]

    def __iter__(self) -> Iterator[Concept]:  # type: ignore[override]
        return iter(self.concepts)


class Histogram(Document):
    """Counts (k) between edges (k + 1)."""

    edges: list[float]
    counts: list[int]


class ExampleList(Document):
    """Items of a concept, a page of them; ``total`` is the number of all items on which it is
    active.
    """

    items: list[Example]
    total: int = 0
    next: int | None = None


class Facet(Document):
    """How the values of one column are spread over a set of items.

    ``values`` counts the most frequent ones of a category, list or boolean column; ``edges``
    (numbers, or dates as ISO text) and ``counts`` are a histogram of a number or date column.
    ``missing`` items have no value.
    """

    column: str
    kind: str
    values: list[FacetValue] = []
    edges: list[float | str] = []
    counts: list[int] = []
    missing: int
    distinct: int


class FacetValue(Document):
    """One value and the number of items that have it."""

    value: str
    count: int


class Facets(Document):
    """Facets of all items inside a filter, or (``scope`` "best") of the best hits of a query."""

    candidates: int
    scope: str
    facets: list[Facet]


class Mark(Document):
    """A part of a text, and the named concepts that it switches on by itself, strongest first."""

    start: int
    end: int
    concepts: list[Contribution]


class Marks(Document):
    """The parts of an item's text with their concepts."""

    id: str
    marks: list[Mark]


class MapRegion(Document):
    """A concept that names a region of the map, at (x, y) in 0..1; level 0 shows at every zoom, 1
    and 2 further in.
    """

    concept: int
    name: str
    x: float
    y: float
    items: int
    level: int


class Map(Document):
    """A layout of all items: how it was made, how many items it was made from (the rest stand by
    their neighbours), its regions.
    """

    n: int
    method: str
    placed: int
    regions: list[MapRegion]


class Legend(Document):
    """What the colours of a map mean: a category, number or date column, or a concept."""

    kind: str
    label: str
    values: list[FacetValue] = []
    low: float | str | None = None
    high: float | str | None = None


class ItemTitle(Document):
    """An item by its position in the atlas."""

    row: int
    id: str
    title: str


class ItemTitles(Document):
    """Some items by position."""

    items: list[ItemTitle]


class SavedSearch(Document):
    """A search that somebody keeps: what :meth:`begriff.Atlas.search` is called with."""

    name: str
    query: SavedQuery
    who: str
    when: str


class SavedQuery(Document):
    """What a saved search asks; ``more``, ``less`` and ``has`` as ``"concept:number"``."""

    q: str
    mode: Literal["dense", "text", "hybrid"] = "dense"
    where: str | None = None
    more: list[str] = []
    less: list[str] = []
    has: list[str] = []


class SearchList(Document):
    """All saved searches."""

    searches: list[SavedSearch]

    def __len__(self) -> int:
        return len(self.searches)

    def __getitem__(self, i: int) -> SavedSearch:
        return self.searches[i]

    def __iter__(self) -> Iterator[SavedSearch]:  # type: ignore[override]
        return iter(self.searches)


class ConceptDetail(Document):
    """One concept: its items over its range, and held-out items where the name fails.

    ``words`` are phrases of the corpus whose own vectors lie nearest to it, with their cosine: what
    switches it on; ``distribution`` counts its items by strength. ``neighbours`` and ``opposites``
    are (id, name, cosine) of the directions nearest to and furthest from it; ``together`` are (id,
    name, npmi) of concepts on the same items more often than chance.
    """

    concept: Concept
    examples: list[Example]
    fails: list[Example]
    words: list[tuple[str, float]]
    distribution: Histogram
    neighbours: list[tuple[int, str, float]]
    opposites: list[tuple[int, str, float]]
    together: list[tuple[int, str, float]]

    def __repr__(self) -> str:
        return f"ConceptDetail({self.concept!r})"


class ItemDetail(Document):
    """One item as its concepts: strengths, and how much of the vector they leave unexplained."""

    id: str
    item: dict[str, Any]
    text: str
    concepts: list[Contribution]
    unexplained: float


class Seed(Document):
    """A concept that a person seeded: from words, and from items that are (yes) and are not (no)
    it.

    ``method`` is the probe that held up best on held-out items: words, difference of means,
    optimised vector or logistic ("examples" where there are too few to compare); ``score`` its
    AUROC there (None where there are none), ``interval`` the 95 % interval of that, ``compared``
    the scores of all methods; ``frequency`` the share of items on which it is active, none of which
    is in ``no``. ``near`` are named concepts whose directions are nearly the same: id, name,
    cosine.
    """

    name: str
    words: list[str]
    yes: list[str]
    no: list[str]
    method: str
    score: float | None
    compared: dict[str, float]
    frequency: float
    interval: tuple[float, float] | None = None
    near: list[tuple[int, str, float]] = []


class SeedList(Document):
    """All seeded concepts."""

    seeds: list[Seed]

    def __len__(self) -> int:
        return len(self.seeds)

    def __getitem__(self, i: int) -> Seed:
        return self.seeds[i]

    def __iter__(self) -> Iterator[Seed]:  # type: ignore[override]
        return iter(self.seeds)


class Building(Document):
    """How far the build of the next version is: ``done`` of ``total`` steps of a stage, and 0 where
    the total is not known.
    """

    stage: str
    done: int
    total: int


class Info(Document):
    """What is in an atlas, how it was made, and how good it is.

    ``ids`` is the column of ids, None where they are row numbers, and ``possible_ids`` those that
    could be; ``time`` is the column that timelines use by default; ``steerable`` says whether texts
    can be encoded, ``map`` whether there is a layout. ``roles`` names the columns that hold title,
    authors, year, venue, doi, url, abstract and keywords, of those that there are. ``building``
    says how far a better version is that is being made right now.
    """

    path: str
    version: int
    items: int
    passages: int
    rejected: int
    concepts: int
    core: int
    named: int
    columns: dict[str, str]
    roles: dict[str, str] = {}
    time: str | None
    steerable: bool
    map: bool
    made: dict[str, Any]
    quality: dict[str, Any]
    edits: list[dict[str, Any]]
    lost_edits: list[dict[str, Any]]
    grown: list[dict[str, Any]] = []
    building: Building | None = None
    ids: str | None = None
    possible_ids: list[str] = []


class Drift(Document):
    """A concept that fresh items hold more or less often than the corpus; ``q`` is corrected for
    the number of concepts.
    """

    concept: int
    name: str
    before: float
    fresh: float
    q: float


class Growth(Document):
    """What was added to an atlas or taken out of it, and how well its dictionary fits what came.

    ``fvu_before`` and ``fvu_fresh`` are the variance that concepts leave unexplained, of the corpus
    as it was and of the fresh items, both as shares of the corpus's variance, and ``fvu_expected``
    what they would leave of items of the same kind that they were not learnt on; None where nothing
    fresh came. ``columns_left_out`` are those of the source that the atlas does not have.
    """

    path: str
    version: int
    items: int
    added: int
    updated: int
    unchanged: int
    removed: int
    rejected: int
    rejected_file: str | None
    fvu_before: float | None
    fvu_expected: float | None
    fvu_fresh: float | None
    drift: list[Drift]
    refit_due: bool
    why: str
    purged: bool = False
    columns_left_out: list[str] = []


class Version(Document):
    """One version of an atlas.

    ``bytes`` is what its files take; ``own_bytes`` what they take that no other version shares, and
    what its end would free. ``when`` and ``what`` are None for a version that was published before
    versions were kept.
    """

    version: int
    when: str | None
    what: str | None
    items: int
    bytes: int
    own_bytes: int
    current: bool


class VersionList(Document):
    """The versions that a folder keeps, oldest first; of ``keep`` at most, and of those that
    somebody still reads.
    """

    path: str
    keep: int
    bytes: int
    versions: list[Version]


class Written(Document):
    """What was written into a database: how many of its ``rows`` are ``items`` of the atlas, and
    hold concepts now.
    """

    path: str
    target: str
    version: int
    rows: int
    items: int


class Problem(Document):
    """What is wrong with a stage of an atlas, and what to do about it."""

    stage: str
    file: str
    what: str
    repairable: bool
    way_out: str


class Checked(Document):
    """Whether an atlas is whole, what was made again, and folders that no version needs."""

    path: str
    version: int
    files: int
    bytes: int
    whole: bool
    problems: list[Problem]
    repaired: list[str]
    left_over: list[str]


class ErrorDocument(Document):
    """What went wrong, as ``--json`` prints it."""

    error: str
    kind: str
