"""An atlas: a corpus rewritten as named concepts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.atlas.documents import Concept, ConceptDetail, ConceptList, Hits, Info, ItemDetail, Seed, SeedList
from begriff.atlas.edits import apply_edits, edit, read_concepts
from begriff.atlas.ingest import Items, open_items
from begriff.atlas.journal import Journal
from begriff.atlas.search import Mode, describe, search
from begriff.atlas.seeds import Fitted, read_seeds, seed
from begriff.atlas.steer import Direction, Given, Resolver
from begriff.atlas.store import Store, load_codes
from begriff.base import Encoder, Floats
from begriff.errors import AtlasError, InputError, unknown
from begriff.index.backends.exact import ExactIndex
from begriff.index.words import WordIndex

if TYPE_CHECKING:
    from begriff.estimators import Dictionary

__all__ = ["Atlas", "ItemRecord"]


@dataclass(frozen=True)
class ItemRecord:
    """One item as stored."""

    id: str
    item: dict[str, Any]
    text: str


class Atlas:
    """The concepts, codes, vectors and rows of one corpus, read from a folder.

    Made by :func:`begriff.build` and :func:`begriff.open`. Nothing is loaded before it is needed; vectors and codes are memory maps.

    Parameters
    ----------
    path : str or Path
    encoder : Encoder, optional
        For queries, where the atlas was made with an encoder that is not in the catalogue.

    Raises
    ------
    InputError
        When the folder is missing or is no atlas.
    AtlasError
        When it is damaged or newer than this version.
    """

    def __init__(self, path: str | Path, *, encoder: Encoder | None = None) -> None:
        self._store = Store(path)
        self._manifest = self._store.require()
        self._encoder = encoder
        self._masks: dict[str, NDArray[np.bool_]] = {}
        self._queries: dict[str, Floats] = {}

    def __repr__(self) -> str:
        return f"Atlas({str(self.path)!r}: {self.n_items:,} items, {len(self.concept_records):,} concepts, version {self.version})"

    # -- what the folder holds ---------------------------------------------------------------------------------------

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

    @cached_property
    def columns(self) -> dict[str, str]:
        """Column -> text, category, list, number, date or boolean."""
        return dict(self._store.json("items", "columns")["kinds"])

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
        """Codes of passages (n_passages, n_concepts), csr_array float32."""
        return self._codes("codes")

    @cached_property
    def item_codes(self) -> csr_array:
        """Codes of item vectors (n_items, n_concepts)."""
        return self._codes("itemcodes") if self._several else self.codes

    @cached_property
    def dictionary(self) -> Dictionary:
        """The fitted dictionary."""
        from begriff.estimators import Dictionary

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
        """Id of every row of ``components`` (n_concepts,): kept by every refit that finds the concept again."""
        stages = self._manifest["stages"]
        return np.asarray(self._store.array("identity", "ids")) if "identity" in stages else np.arange(len(self.components))

    @cached_property
    def index(self) -> ExactIndex:
        """Passage vectors, searchable."""
        return ExactIndex(self.vectors)

    @cached_property
    def words(self) -> WordIndex:
        """Words of the items, searchable by BM25."""
        return WordIndex(self._store.folder("words") / "index")

    @cached_property
    def seeds(self) -> list[Direction]:
        """Concepts that people seeded, as directions to steer by."""
        return [f.direction for f in self._seeds]

    @cached_property
    def _seeds(self) -> list[Fitted]:
        return read_seeds(self)

    @cached_property
    def concept_records(self) -> list[Concept]:
        """Concepts of the core with people's edits applied."""
        return self._edited[0]

    @cached_property
    def well_named(self) -> frozenset[int]:
        """Rows of concepts that may be part of a reason."""
        return frozenset(c.row for c in self.concept_records if c.well_named)

    @property
    def concepts(self) -> ConceptList:
        """The table of concepts that are shown: the core without hidden and background ones, best names first."""
        return self.list_concepts()

    # -- the main job ------------------------------------------------------------------------------------------------

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        mode: Mode = "dense",
        more: Given = None,
        less: Given = None,
        has: Given = None,
        where: str | None = None,
        explain: bool = True,
    ) -> Hits:
        """The k best items for a query, each with its reasons.

        Parameters
        ----------
        query : str
        k : int
        mode : {"dense", "text", "hybrid"}
            By vectors, by words (BM25), or by the sum of 1 / (60 + rank) of both.
        more, less : str, int, list or dict, optional
            Concepts to add to the query or to push down: an id, a name, or free text (which becomes a seeded concept, and the answer
            says so), with a weight as ``"name:0.8"`` or in a dict; the default weight is 0.5.
        has : str, int, list or dict, optional
            Only items on which these concepts are active, above a number if one is given.
        where : str, optional
            SQL condition on the columns, as ``"year >= 2020 AND venue = 'icml'"``.
        explain : bool
            Whether to compute reasons.

        Returns
        -------
        Hits
            ``hits[0].explanation``: contributions + bias + rest - penalty = dense score, within 1e-5.

        Raises
        ------
        InputError
            For an empty query, k out of range, an unknown mode, an ambiguous concept, a condition that cannot be read.

        Examples
        --------
        >>> import begriff as bg
        >>> atlas = bg.open("papers.atlas")  # doctest: +SKIP
        >>> hits = atlas.search("protein folding", less=["survey"], where="year >= 2022")  # doctest: +SKIP
        """
        return search(self, query, k=k, mode=mode, more=more, less=less, has=has, where=where, explain=explain)

    def list_concepts(
        self, *, like: str | None = None, limit: int = 100, after: int = 0, include_hidden: bool = False, examples: bool = False
    ) -> ConceptList:
        """Concepts as a table.

        Parameters
        ----------
        like : str, optional
            Only concepts whose name or alias holds these letters, or whose direction lies near the words; nearest first.
        limit, after : int
            A page: the number of rows, and how many to skip.
        include_hidden : bool
            Also hidden and background concepts.
        examples : bool
            Add the strongest items' texts.

        Raises
        ------
        InputError
            For a negative limit or offset.
        """
        from begriff.atlas.views import list_concepts

        return list_concepts(self, like, limit, after, include_hidden, examples)

    def concept(self, id_or_name: int | str) -> ConceptDetail:
        """One concept: names, examples over its range, neighbours, where its name fails.

        Raises
        ------
        InputError
            When none or several concepts match; the near ones are listed.
        """
        from begriff.atlas.views import show_concept

        return show_concept(self, self.resolver.find(id_or_name))

    def item(self, id: str) -> ItemDetail:
        """One item as its concepts.

        Raises
        ------
        InputError
            When no item has this id.
        """
        from begriff.atlas.views import show_item

        return show_item(self, self.row_of(id))

    def info(self) -> Info:
        """What is in the atlas, how it was made, and its quality figures by name."""
        records = self.concept_records
        return Info(
            path=str(self.path),
            version=self.version,
            items=self.n_items,
            passages=len(self.spans),
            rejected=self._store.json("items", "columns")["rejected"],
            concepts=len(self.components),
            core=len(records),
            named=sum(c.name is not None for c in records),
            columns=self.columns,
            made=self._manifest["made"],
            quality=self._store.json("names", "quality"),
            edits=Journal(self.path / "journal.jsonl").active(),
            lost_edits=self._edited[1],
        )

    # -- people's edits ----------------------------------------------------------------------------------------------

    def rename(self, concept: int | str, name: str) -> Concept:
        """Give a concept another name; a rebuild keeps it.

        Raises
        ------
        InputError
            For an empty or overlong name, or an unknown concept.
        """
        if not name.strip() or len(name) > 200 or not name.isprintable():
            raise InputError(f"name {name[:40]!r}: must be 1 to 200 printable characters")
        return edit(self, "rename", self.resolver.find(concept), name=name.strip())

    def hide(self, concept: int | str) -> Concept:
        """Leave a concept out of lists and reasons; a rebuild keeps that."""
        return edit(self, "hide", self.resolver.find(concept))

    def note(self, concept: int | str, text: str) -> Concept:
        """Write down something about a concept; a refit keeps it. An empty text takes the note away.

        Raises
        ------
        InputError
            For a text of more than 2,000 characters, or an unknown concept.
        """
        if len(text) > 2000:
            raise InputError(f"a note of {len(text)} characters: at most 2,000")
        return edit(self, "note", self.resolver.find(concept), text=text.strip())

    def seed(self, name: str, *, words: str | Sequence[str] | None = None, yes: Sequence[str] = (), no: Sequence[str] = ()) -> Seed:
        """Say what you mean: a concept from words, a sentence, or items that are and are not it.

        It becomes a probe beside the dictionary, usable by its name in ``more``, ``less`` and ``has``, in diff and trends. Called again
        with the same name it takes more words and answers in. Which probe is used is decided on held-out items.

        Parameters
        ----------
        name : str
        words : str or sequence of str, optional
        yes, no : sequence of str
            Ids of items.

        Raises
        ------
        InputError
            For an unknown id, an item given as both, a name that a concept has, or neither words nor a yes.
        """
        return seed(self, name, words, yes, no)

    def list_seeds(self) -> SeedList:
        """All seeded concepts, with the score of each on held-out items."""
        return SeedList(seeds=[f.seed for f in self._seeds])

    def undo(self) -> dict[str, Any]:
        """Take back the last edit and return it.

        Raises
        ------
        InputError
            When there is none.
        """
        with self._store.lock():
            entry = Journal(self.path / "journal.jsonl").undo()
        self.forget_edits()
        return entry

    # -- parts that search and views use -----------------------------------------------------------------------------

    @cached_property
    def resolver(self) -> Resolver:
        """Finds concepts by id, name or words."""
        encode = self.encode_query if self._manifest["made"]["encoder"] is not None or self._encoder is not None else None
        return Resolver(self.concept_records, self.components, self.vectors, self.codes, encode, self.seeds)

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
            raise InputError("this atlas was made from vectors without an encoder: use mode 'text', or open it with encoder=...")
        from begriff import catalog

        if made["class"] not in catalog.names("encoders"):
            raise InputError(f"this atlas was made with the encoder {made['class']}: open it with bg.open(path, encoder=...)")
        found: Encoder = catalog.find("encoders", made["class"])(**made["settings"])
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

    def encode_query(self, text: str) -> Floats:
        """Unit vector (n_dims,) of a text; the last 256 are remembered, since steering repeats a query."""
        if text in self._queries:
            return self._queries[text]
        vector = self.encoder.encode([text])[0]
        if len(vector) != self.vectors.shape[1]:
            raise InputError(
                f"the encoder gives {len(vector)} dimensions, the atlas has {self.vectors.shape[1]}: use the atlas's own encoder"
            )
        if len(self._queries) >= 256:
            self._queries.clear()
        self._queries[text] = vector
        return vector

    def where(self, condition: str) -> NDArray[np.bool_]:
        """Items (n_items,) that meet an SQL condition.

        Raises
        ------
        InputError
            When the condition cannot be read, or names a column that does not exist.
        """
        if condition not in self._masks:
            if len(self._masks) >= 64:
                self._masks.clear()
            self._masks[condition] = self._filter(condition)
        return self._masks[condition]

    def _filter(self, condition: str) -> NDArray[np.bool_]:
        kinds = self.columns
        if ";" in re.sub(r"'[^']*'", "", condition):  # the parser would silently drop what follows
            raise InputError(f"where={condition!r} cannot be read (a ; ends nothing here): give one condition")
        try:
            table = self.items.dataset.to_table(columns=["_row"], filter=condition)
        except (ValueError, OSError, RuntimeError, TypeError) as e:
            raise InputError(f"where={condition!r} cannot be read ({_first_line(e)}); columns: {', '.join(kinds)}") from e
        mask = np.zeros(self.n_items, dtype=bool)
        mask[table.column("_row").to_numpy()] = True
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

    def records(self, rows: Sequence[int] | NDArray[np.int64]) -> list[ItemRecord]:
        """Items at positions."""
        kinds = self.columns if len(rows) else {}
        found = self.items.take([int(r) for r in rows])
        return [ItemRecord(r["_id"], {k: describe(r[k]) for k in kinds}, r["_text"]) for r in found]

    def row_of(self, id: str) -> int:
        """Position of the item with this id."""
        quoted = str(id).replace("'", "''")
        found = self.items.dataset.to_table(columns=["_row"], filter=f"_id = '{quoted}'")
        if not found.num_rows:
            raise unknown("item", id, self.items.column("_id")[:2000])
        return int(found.column("_row")[0].as_py())

    def known(self, ids: Iterable[str]) -> set[str]:
        """Those of some ids that items have."""
        return set(ids) & set(self.items.column("_id").tolist())

    def mark_words(self, text: str, query: str) -> list[tuple[int, int, float]]:
        """The words of a passage that matter to a query: (start, end, share), strongest first, at most 8.

        Under the static encoder where it has been distilled; otherwise the words that the query holds too.
        """
        from begriff.atlas.marks import mark

        return mark(text, query, self._static)

    @cached_property
    def _static(self) -> Any:
        from begriff.encoders import Static

        return Static() if Static.ready() and self._manifest["made"]["encoder"] is not None else None

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
            raise AtlasError(f"{path} is damaged ({e}): delete its folder and run the build again") from e

    def _codes(self, name: str) -> csr_array:
        folder = self._store.folder("codes")
        try:
            return load_codes(folder, name, len(self.components))
        except (OSError, ValueError) as e:
            raise AtlasError(f"{folder} is damaged ({e}): delete its folder and run the build again") from e

    @cached_property
    def _edited(self) -> tuple[list[Concept], list[dict[str, Any]]]:
        records = read_concepts(self._store.json("names", "concepts"), self.ids)
        return apply_edits(records, self.components, Journal(self.path / "journal.jsonl").active())

    def forget_edits(self) -> None:
        """Read the journal again at the next use."""
        for name in ("_edited", "concept_records", "well_named", "resolver", "seeds", "_seeds"):
            self.__dict__.pop(name, None)

    def failures(self, row: int) -> list[int]:
        """Held-out items (positions) where a concept's name fails."""
        return list(self._store.json("names", "concepts")[row]["fails"])

    @property
    def store(self) -> Store:
        """The folder's stages."""
        return self._store


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
