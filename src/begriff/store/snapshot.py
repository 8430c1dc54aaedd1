"""One version of an atlas as a value: rows, vectors, codes, the dictionary, the encoder, and
concepts with people's edits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff import catalog
from begriff.errors import InputError
from begriff.indexes.backends.exact import ExactIndex
from begriff.indexes.words import WordIndex
from begriff.kinds.checks import Floats, row_batches
from begriff.kinds.encoder import Encoder
from begriff.store.apply_edits import apply_edits, read_concepts
from begriff.store.edited_concepts import EditedConcepts
from begriff.store.erased import read_erasers, without
from begriff.store.journal import Journal
from begriff.store.names import whole_text
from begriff.store.stored_rows import ItemRecord, StoredRows

if TYPE_CHECKING:
    from begriff.documents.models import Concept
    from begriff.encoders import Static
    from begriff.kinds import Eraser, Index

__all__ = ["encoder_of", "ItemRecord", "Snapshot"]

_USUAL = "exact"

_COMPARED = 131_072
"""Passages that are compared with a query at once."""


T = TypeVar("T")


class Snapshot(StoredRows):
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
        index: Index | str = _USUAL,
    ) -> None:
        super().__init__(path)
        self._encoder, self.given_index = encoder, index
        self._queries: dict[str, Floats] = {}

    @cached_property
    def index(self) -> Index:
        """Passage vectors, searchable."""
        given = self.given_index
        if given == _USUAL:  # without the catalogue, which looks for plugins in all packages
            index: Index = ExactIndex()
        else:
            index = catalog.find("indexes", given)() if isinstance(given, str) else deepcopy(given)
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

    @cached_property
    def static(self) -> Static | None:
        """The static encoder, whose cosines split over words, where it has been distilled and the
        atlas has an encoder.
        """
        from begriff.encoders import Static

        return (
            Static() if Static.ready() and self._manifest["made"]["encoder"] is not None else None
        )

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
