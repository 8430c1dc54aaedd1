"""One version of an atlas as a value: rows, vectors, codes, the dictionary, the encoder, and
concepts with people's edits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff import catalog
from begriff.analysis.calendar import moments, named_like_time, years
from begriff.errors import AtlasError, InputError, NotFoundError, unknown
from begriff.indexes.words import WordIndex
from begriff.kinds.checks import Floats, row_batches
from begriff.kinds.encoder import Encoder
from begriff.linalg.sparse_sums import max_rows
from begriff.readers import Columns
from begriff.store.apply_edits import apply_edits, read_concepts
from begriff.store.areas import inside_area, split_areas
from begriff.store.conditions import as_typed, check_condition, shortened
from begriff.store.edited_concepts import EditedConcepts
from begriff.store.erased import read_erasers, without
from begriff.store.items import Items, describe, open_items
from begriff.store.journal import Journal
from begriff.store.names import whole_text
from begriff.store.row_plan import columns_of
from begriff.store.stages import Store, load_codes

if TYPE_CHECKING:
    from begriff.documents.models import Concept
    from begriff.encoders import Static
    from begriff.kinds import Dictionary, Eraser, Index

__all__ = ["encoder_of", "ItemRecord", "Snapshot"]

_COMPARED = 131_072
"""Passages that are compared with a query at once."""

_ID = re.compile(
    r"(?i)(^|[_.\-"
    r" ])(id|uid|uuid|guid|key|doi|isbn|issn|pmid|url|uri|slug|handle|number|code)$|[a-z](Id|ID)$"
)

T = TypeVar("T")


@dataclass(frozen=True)
class ItemRecord:
    """One item as stored."""

    id: str
    item: dict[str, Any]
    text: str


class Snapshot:
    """The published version of an atlas folder.

    Nothing is loaded before it is needed; vectors and codes are memory maps.

    Parameters
    ----------
    path : str or Path
    encoder : Encoder, optional
        For queries, where the atlas was made with an encoder that is not in the catalogue.
    index : Index or str, default "exact"
        An unbuilt index of passages, or its name in the catalogue; it is built at the first search.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        encoder: Encoder | None = None,
        index: Index | str = "exact",
    ) -> None:
        self._store = Store(path)
        self._manifest = self._store.hold()
        self._encoder, self.given_index = encoder, index
        self._masks: dict[str, NDArray[np.bool_]] = {}
        self._queries: dict[str, Floats] = {}
        self._columns: dict[str, NDArray[Any]] = {}

    @property
    def path(self) -> Path:
        """The folder."""
        return self._store.path

    @property
    def version(self) -> int:
        """Grows by one with every build that changed something."""
        return int(self._manifest["version"])

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self._manifest["counts"]["items"])

    @property
    def grown(self) -> list[dict[str, Any]]:
        """What came and went since the dictionary was learnt, oldest first: numbers of items, and
        the variance left unexplained.
        """
        return list(self._manifest.get("grown", ()))

    @property
    def fitted_on(self) -> int:
        """Number of items that the dictionary was learnt on."""
        return int(self._manifest.get("fitted_on", self.n_items))

    @cached_property
    def columns(self) -> dict[str, str]:
        """Column -> text, category, list, number, date or boolean."""
        return dict(self._store.json("items", "columns")["kinds"])

    @cached_property
    def typed_columns(self) -> Columns:
        """Columns with how their values are written, as a file of them needs it."""
        return columns_of(self._store.json("items", "columns"))

    @cached_property
    def time_column(self) -> str | None:
        """The column that timelines use by default: the first date, or else the first number that
        is called like a time and holds times.
        """
        return next(iter(self.times), None)

    @cached_property
    def times(self) -> list[str]:
        """Columns of time: dates, then numbers that are called like a time and hold years, months,
        days or seconds since 1970.
        """
        dates = [n for n, k in self.columns.items() if k == "date"]
        return [
            *dates,
            *(n for n, k in self.columns.items() if k == "number" and self._holds_times(n)),
        ]

    def _holds_times(self, name: str) -> bool:
        if not named_like_time(name):
            return False
        values = np.asarray(self.items.column(name), dtype=np.float64)
        return years(values) or moments(values) is not None

    @cached_property
    def vectors(self) -> Floats:
        """Unit vectors of passages, a memory map (n_passages, n_dims) float32."""
        return self._store.array("vectors", "vectors")

    @cached_property
    def item_vectors(self) -> Floats:
        """Unit vectors of items (n_items, n_dims): the normalised mean of an item's passages."""
        return self._store.array("vectors", "items") if self._several else self.vectors

    @cached_property
    def spans(self) -> NDArray[np.int64]:
        """Item, first and last character of every passage (n_passages, 3)."""
        return self._store.array("vectors", "spans")

    @cached_property
    def codes(self) -> csr_array:
        """Activations of every item, the largest over its passages (n_items, n_concepts), csr_array
        float32.
        """
        return (
            max_rows(self.region_codes, self.spans[:, 0], self.n_items)
            if self._several
            else self.region_codes
        )

    @cached_property
    def region_codes(self) -> csr_array:
        """Activations of every passage (n_passages, n_concepts), csr_array float32; ``spans`` says
        whose passage each row is.
        """
        return self._codes("codes")

    @cached_property
    def item_codes(self) -> csr_array:
        """Codes of the mean vectors of items (n_items, n_concepts), csr_array float32.

        .. deprecated:: 0.2
            Use :attr:`codes`; the two are equal where every item is one passage.
        """
        return self._codes("itemcodes") if self._several else self.region_codes

    @cached_property
    def dictionary(self) -> Dictionary:
        """The fitted dictionary."""
        from begriff.kinds import Dictionary

        return Dictionary.load(self._store.folder("dictionary"))

    @cached_property
    def components(self) -> Floats:
        """Concepts (n_concepts, n_dims)."""
        return self._arrays["components_"]

    @cached_property
    def bias(self) -> Floats:
        """What a vector without concepts is rewritten to (n_dims,)."""
        return self._arrays["bias_"]

    @cached_property
    def ids(self) -> NDArray[np.int64]:
        """Id of every row of ``components`` (n_concepts,): kept by every refit that finds the
        concept again.
        """
        stages = self._manifest["stages"]
        return (
            np.asarray(self._store.array("identity", "ids"))
            if "identity" in stages
            else np.arange(len(self.components))
        )

    @cached_property
    def index(self) -> Index:
        """Passage vectors, searchable."""
        given = self.given_index
        index: Index = (
            catalog.find("indexes", given)() if isinstance(given, str) else deepcopy(given)
        )
        return index.build(self.vectors)

    def scores(
        self, query: Floats, k: int | None = None, mask: NDArray[np.bool_] | None = None
    ) -> Floats:
        """Inner products (n_passages,) of a query (n_dims,) with the passages, all exact; -inf for
        a passage that the index does not propose.

        Parameters
        ----------
        query : ndarray (n_dims,)
        k : int, optional
            Passages that are wanted; without it all of them are compared.
        mask : ndarray (n_items,), optional
            Keeps items that are True.
        """
        scores = np.empty(len(self.vectors), dtype=np.float32)
        if k is None or self.index.exhaustive:
            for start, rows in row_batches(self.vectors, _COMPARED):
                np.matmul(rows, query, out=scores[start : start + len(rows)])
            return scores
        passages = None if mask is None else mask[self.spans[:, 0]]
        rows = np.sort(self.index.candidates(query, k, mask=passages))
        scores[:] = -np.inf
        scores[rows] = np.asarray(self.vectors[rows]) @ query
        return scores

    @cached_property
    def words(self) -> WordIndex:
        """Words of the items, searchable by BM25."""
        return WordIndex(self._store.folder("words") / "index")

    @property
    def steerable(self) -> bool:
        """Whether texts can be encoded: dense search, and concepts made from words."""
        return self._manifest["made"]["encoder"] is not None or self._encoder is not None

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder of queries.

        Raises
        ------
        InputError
            When the atlas was made without one, or with one that is not in the catalogue.
        """
        if self._encoder is not None:
            return self._encoder
        made = self._manifest["made"]["encoder"]
        if made is None:
            raise InputError(
                "this atlas was made from vectors without an encoder: use mode 'text', or open it"
                " with encoder=..."
            )
        found = encoder_of(made)
        if found is None:
            raise InputError(
                f"this atlas was made with the encoder {made['class']}: open it with bg.open(path,"
                " encoder=...)"
            )
        return found

    @property
    def given_encoder(self) -> Encoder | None:
        """The encoder that the atlas was opened with."""
        return self._encoder

    @property
    def encoder_name(self) -> str | None:
        """What made the vectors: class and settings; None for an encoder that is not known."""
        made = self._manifest["made"]["encoder"]
        return None if made is None else f"{made['class']}{made['settings'] or ''}"

    @property
    def erased(self) -> list[dict[str, Any]]:
        """Erasures that are in force, oldest first: number of the edit, concept, method, items,
        when.
        """
        return list(self._manifest.get("erased", ()))

    @cached_property
    def erasers(self) -> list[Eraser]:
        """What was erased from the vectors of passages, in order; texts that are compared with them
        go the same way.
        """
        return read_erasers(self._store.folder("vectors"))

    def encode(self, texts: Sequence[str], *, queries: bool = False) -> Floats:
        """Vectors (n_texts, n_dims) of texts, comparable with those of the passages: unit vectors,
        without what was erased.
        """
        texts = [whole_text(t) for t in texts]
        vectors = self.encoder.encode_queries(texts) if queries else self.encoder.encode(texts)
        if vectors.shape[1] != self.vectors.shape[1]:
            raise InputError(
                f"the encoder gives {vectors.shape[1]} dimensions, the atlas has"
                f" {self.vectors.shape[1]}: use the atlas's own encoder"
            )
        return self.without_erased(vectors)

    def without_erased(self, vectors: Floats) -> Floats:
        """Vectors (n, n_dims) that are compared with those of the passages, without what was erased
        from these.
        """
        return without(vectors, self.erasers)

    def encode_query(self, text: str) -> Floats:
        """Unit vector (n_dims,) of a text; the last 256 are remembered, since steering repeats a
        query.
        """
        known = self._queries.get(text)
        if known is not None:
            return known
        vector = self.encode([text], queries=True)[0]
        if len(self._queries) >= 256:
            self._queries.clear()
        self._queries[text] = vector
        return vector

    def where(self, condition: str) -> NDArray[np.bool_]:
        """Items (n_items,) that meet an SQL condition, and lie in the areas of the map that it
        names by ``on_map``.

        Raises
        ------
        InputError
            When the condition cannot be read, or names a column that does not exist.
        """
        mask = self._masks.get(condition)
        if mask is None:
            if len(self._masks) >= 64:
                self._masks.clear()
            mask = self._masks[condition] = self._filter(condition)
        return mask

    def _filter(self, condition: str) -> NDArray[np.bool_]:
        rest, areas = split_areas(condition)
        mask = self._rows_where(rest) if rest or not areas else np.ones(self.n_items, dtype=bool)
        for corners in areas:
            mask = mask & inside_area(self.layout[0], corners)
        return mask

    def _rows_where(self, condition: str) -> NDArray[np.bool_]:
        kinds = self.columns
        check_condition(condition, kinds)
        items = self.items
        try:
            rows = items.matching(as_typed(condition, self.typed_columns))
        except (ValueError, OSError, RuntimeError, TypeError) as e:
            # raises where the rows cannot be read, and the condition is not to blame
            items.column("_row")
            dates = "; write a moment as timestamp '2020-01-31'" if "date" in kinds.values() else ""
            said = f"({_first_line(e)}); columns: {', '.join(kinds)}{dates}"
            raise InputError(f"where={shortened(condition)} cannot be read {said}") from e
        mask = np.zeros(self.n_items, dtype=bool)
        mask[rows] = True
        return mask

    def best_passages(self, scores: Floats) -> NDArray[np.int64]:
        """The best passage of every item (n_items,), given scores of passages."""
        if not self._several:
            return self.first_passages
        order = np.lexsort((-scores, self.spans[:, 0]))
        return order[self.first_passages]

    @cached_property
    def first_passages(self) -> NDArray[np.int64]:
        """The first passage of every item (n_items,)."""
        return np.searchsorted(self.spans[:, 0], np.arange(self.n_items))

    @cached_property
    def items(self) -> Items:
        """The table of rows."""
        return open_items(self._store.folder("items"))

    def column(self, name: str) -> NDArray[Any]:
        """One column (n_items,), kept in memory after its first use."""
        if name not in self._columns:
            self._columns[name] = self.items.column(name)
        return self._columns[name]

    def records(self, rows: Sequence[int] | NDArray[np.int64]) -> list[ItemRecord]:
        """Items at positions."""
        kinds = self.columns if len(rows) else {}
        found = self.items.take([int(r) for r in rows])
        return [ItemRecord(r["_id"], {k: describe(r[k]) for k in kinds}, r["_text"]) for r in found]

    def row_of(self, id: str) -> int:
        """Position of the item with this id."""
        quoted = whole_text(str(id)).replace("'", "''")
        with self.items.reading():
            found = self.items.matching(f"_id = '{quoted}'")
        if not len(found):
            raise unknown("item", id, self.items.column("_id")[:2000])
        return int(found[0])

    @property
    def id_column(self) -> str | None:
        """The column that ids come from; None where they are row numbers."""
        column = self._manifest["made"]["source"].get("id", "id")
        return None if column is None else str(column)

    @cached_property
    def possible_ids(self) -> list[str]:
        """Columns that are called like ids and differ in every row, where ids are row numbers
        because none was named.
        """
        if self.id_column is not None:
            return []
        named = [
            n
            for n, k in self.columns.items()
            if k in ("text", "category", "number") and _ID.search(n)
        ]
        columns = {
            n: [
                str(v)
                for v in self.items.column(n).tolist()
                if v is not None and v == v and v != ""
            ]
            for n in named
        }
        return [n for n, values in columns.items() if len(set(values)) == self.n_items]

    def known(self, ids: Iterable[str]) -> set[str]:
        """Those of some ids that items have."""
        return set(ids) & set(self.items.column("_id").tolist())

    @cached_property
    def static(self) -> Static | None:
        """The static encoder, whose cosines split over words, where it has been distilled and the
        atlas has an encoder.
        """
        from begriff.encoders import Static

        return (
            Static() if Static.ready() and self._manifest["made"]["encoder"] is not None else None
        )

    @property
    def _several(self) -> bool:
        return len(self.spans) != self.n_items

    @cached_property
    def _arrays(self) -> dict[str, Floats]:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        path = self._store.folder("dictionary") / "dictionary.safetensors"
        try:
            return load_file(path)
        except (OSError, SafetensorError) as e:
            raise AtlasError(
                f"{path} is damaged ({e}): run `begriff check {self.path} --repair`"
            ) from e

    def _codes(self, name: str) -> csr_array:
        folder = self._store.folder("codes")
        try:
            return load_codes(folder, name, len(self.components))
        except (OSError, ValueError) as e:
            raise AtlasError(
                f"{folder} is damaged ({e}): run `begriff check {self.path} --repair`"
            ) from e

    def failures(self, row: int) -> list[int]:
        """Held-out items (positions) where a concept's name fails."""
        return list(self._store.json("names", "concepts")[row]["fails"])

    @cached_property
    def phrases(self) -> tuple[list[str], Floats]:
        """Phrases of the corpus and their vectors (n_phrases, n_dims), without what was erased;
        none where the atlas was made without an encoder.
        """
        texts, vectors = (
            self._store.json("phrases", "phrases"),
            self._store.array("phrases", "vectors"),
        )
        return (
            (texts, without(vectors, self.erasers))
            if len(texts) and vectors[0].any()
            else ([], vectors[:0])
        )

    @cached_property
    def layout(self) -> tuple[NDArray[np.uint16], dict[str, Any]]:
        """Places of the items (n_items, 2) on the map, 65535 for 1, and how they were made.

        Raises
        ------
        NotFoundError
            When there is no layout.
        """
        if "map" not in self._manifest["stages"]:
            raise NotFoundError(
                "this atlas has no layout: install it with pip install 'begriff[map]' and run"
                f" `begriff map {self.path.name}` where it lies"
            )
        return self._store.array("map", "points"), self._store.json("map", "layout")

    # -- what follows from the journal
    # ---------------------------------------------------------------------------------

    @cached_property
    def edited(self) -> EditedConcepts:
        """The concepts as people edited them, and what follows from that; read once, until
        :meth:`forget_edits`.
        """
        records = read_concepts(self._store.json("names", "concepts"), self.ids)
        entries = Journal(self.path / "journal.jsonl").active()
        return EditedConcepts(
            *apply_edits(records, self.components, entries), self.item_codes, len(self.components)
        )

    @property
    def concept_records(self) -> list[Concept]:
        """Concepts of the core with people's edits applied."""
        return self.edited.concepts

    @property
    def well_named(self) -> frozenset[int]:
        """Rows of concepts that may be part of a reason."""
        return self.edited.well_named

    @property
    def target(self) -> NDArray[np.int64]:
        """The row (n_concepts,) under which every row counts: its own, or that of the concept it
        was merged into.
        """
        return self.edited.target

    @property
    def merged_codes(self) -> csr_array:
        """Codes of items (n_items, n_concepts) in which a merged concept's activations stand in the
        column it counts under.
        """
        return self.edited.codes

    def rows_of(self, concept: Concept) -> list[int]:
        """The rows that count under a concept, its own first."""
        return [
            concept.row,
            *(r for r in np.flatnonzero(self.target == concept.row).tolist() if r != concept.row),
        ]

    def derived(self, make: Callable[[Snapshot], T]) -> T:
        """What a function makes of this atlas with its edits, made once."""
        if make not in self.edited.derived:
            self.edited.derived[make] = make(self)
        return self.edited.derived[make]

    def forget_edits(self) -> None:
        """Read the journal again at the next use."""
        self.__dict__.pop("edited", None)

    @property
    def manifest(self) -> dict[str, Any]:
        """What the version consists of, and how it was made."""
        return self._manifest

    @property
    def store(self) -> Store:
        """The folder's stages."""
        return self._store


def encoder_of(made: Mapping[str, Any] | None) -> Encoder | None:
    """The encoder that a manifest names by class and settings; None for none, or for one that is
    not in the catalogue.

    Raises
    ------
    InputError
        When it is not to be trusted, or its files are not there.
    """
    from begriff import catalog

    if made is None or made["class"] not in catalog.names("encoders"):
        return None
    found: Encoder = catalog.find("encoders", made["class"]).restore(made["settings"])
    return found


def _first_line(error: Exception) -> str:
    said = re.sub(
        r", /\S+\.rs:.*|^Invalid user input: ", "", next(iter(str(error).strip().splitlines()), "")
    )
    return said[:200] or type(error).__name__
