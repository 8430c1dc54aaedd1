"""The JSON documents of begriff, written down once: the library returns them, ``--json`` and the
API print them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from begriff.documents.atlas_state import (
    Building,
    Checked,
    Drift,
    ErrorDocument,
    Growth,
    Info,
    Problem,
    Version,
    VersionList,
    Written,
)
from begriff.documents.document import Document, renderer
from begriff.documents.hits import (
    AtlasVersion,
    Contribution,
    Explanation,
    Gap,
    Hit,
    Hits,
    Part,
    Passage,
    QueryEcho,
    Steer,
    Steering,
    Term,
)
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
    "Written",
]


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
        return renderer("arrow").concept_rows(self)

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
    switches it on; ``distribution`` counts its items by activation. ``neighbours`` and
    ``opposites`` are (id, name, cosine) of the directions nearest to and furthest from it;
    ``together`` are (id, name, npmi) of concepts on the same items more often than chance.
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
    """One item as its concepts: activations, and how much of the vector they leave unexplained."""

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
