"""An atlas: a corpus rewritten as named concepts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from begriff._moved import FLAT
from begriff.atlas.edits import Edits, Searches, Seeds
from begriff.atlas.writing import WritableAtlas
from begriff.documents.models import (
    Building,
    ConceptDetail,
    ConceptList,
    ExampleList,
    Facets,
    Hits,
    Info,
    ItemDetail,
    Marks,
)
from begriff.documents.roles import column_roles
from begriff.search.rank import Mode, neighbours, search
from begriff.search.seeds import resolver_of
from begriff.search.steer import Given
from begriff.store.snapshot import Snapshot

if TYPE_CHECKING:
    pass

__all__ = ["Atlas"]


class Atlas(WritableAtlas):
    """The concepts, codes, vectors and rows of one corpus, read from a folder.

    Made by :func:`begriff.build` and :func:`begriff.open`. Nothing is loaded before it is needed;
    vectors and codes are memory maps.

    Parameters
    ----------
    path : str or Path
    encoder : Encoder, optional
        For queries, where the atlas was made with an encoder that is not in the catalogue.
    index : Index or str, default "exact"
        What finds the candidates of a search, unbuilt or by its name in the catalogue
        (`begriff methods indexes`); search scores them exactly.

    Raises
    ------
    InputError
        When the folder is missing or is no atlas.
    AtlasError
        When it is damaged or newer than this version.
    """

    def __repr__(self) -> str:
        return (
            f"Atlas({str(self.path)!r}: {self.n_items:,} items,"
            f" {len(self._snapshot.concept_records):,} concepts, version {self.version})"
        )

    def _repr_html_(self) -> str:
        from begriff.documents.html import info_html

        return info_html(self.info(), self.list_concepts(limit=10))

    @property
    def edits(self) -> Edits:
        """Rename, hide, pin, merge and annotate concepts; undo."""
        return Edits(self._snapshot)

    @property
    def seeds(self) -> Seeds:
        """Concepts of your own, from words and examples."""
        return Seeds(self._snapshot)

    @property
    def searches(self) -> Searches:
        """Searches that are kept under a name."""
        return Searches(self._snapshot)

    @property
    def concepts(self) -> ConceptList:
        """The table of concepts that are shown: the core without hidden and background ones, best
        names first.
        """
        return self.list_concepts()

    # -- the main job
    # ----------------------------------------------------------------------------------------------

    def search(
        self,
        query: str | ArrayLike,
        *,
        k: int = 10,
        mode: Mode = "dense",
        more: Given = None,
        less: Given = None,
        has: Given = None,
        where: str | None = None,
        explain: bool = True,
        after: int = 0,
    ) -> Hits:
        """The k best items for a query, each with its reasons.

        Parameters
        ----------
        query : str or array_like (n_dims,)
            Words, or a vector of the space that the atlas is made of, of any length but 0: a list,
            an array, a tensor. A vector needs no encoder, and mode "dense".
        k : int
            All items, where there are fewer.
        mode : {"dense", "text", "hybrid"}
            By vectors, by words (BM25), or by the sum of 1 / (60 + rank) of both.
        more, less : str, int, list or dict, optional
            Concepts to add to the query or to push down: a name, an id, or free text (which becomes
            a seeded concept, and the answer says so), with a weight as ``"name:0.8"`` or in a dict;
            the default weight is 0.5. A name as it is written goes before an id and before a
            weight, so that ``"ratio 16:9"`` can be one; ``"#12"`` is always an id.
        has : str, int, list or dict, optional
            Only items on which these concepts are active, above a number if one is given.
        where : str, optional
            SQL condition on the columns, as ``"year >= 2020 AND venue = 'icml'"``.
        explain : bool
            Whether to compute reasons.
        after : int
            How many hits to skip; ``Hits.next`` is what the next page starts after.

        Returns
        -------
        Hits
            ``hits[0].explanation``: contributions + bias + rest - penalty = dense score, within
            1e-5. ``hits[0].steering``: what ``more`` and ``less`` add to it. ``hits.query.notes``:
            what a person should know, as that no word was found.

        Raises
        ------
        InputError
            For an empty query, a vector of another width or without a direction, k or after out of
            range, an unknown mode, an ambiguous concept, a condition that cannot be read.

        Examples
        --------
        >>> import begriff as bg
        >>> atlas = bg.open("papers.atlas")  # doctest: +SKIP
        >>> hits = atlas.search(
        ...     "protein folding", less=["survey"], where="year >= 2022"
        ... )  # doctest: +SKIP
        >>> hits = atlas.search(atlas.item_vectors[0], k=5)  # doctest: +SKIP
        """
        return search(
            self._snapshot,
            query,
            k=k,
            mode=mode,
            more=more,
            less=less,
            has=has,
            where=where,
            explain=explain,
            after=after,
        )

    def neighbours(self, id: str, *, k: int = 10, where: str | None = None, after: int = 0) -> Hits:
        """The items whose vectors are nearest to an item's, each with its reasons; the item itself
        is left out.

        Parameters
        ----------
        id : str
        k : int
        where : str, optional
            SQL condition on the columns.
        after : int
            How many to skip.

        Raises
        ------
        InputError
            When no item has this id, for k or after out of range, or a condition that cannot be
            read.
        """
        return neighbours(self._snapshot, id, k, where, after)

    def facets(
        self,
        query: str | ArrayLike | None = None,
        *,
        where: str | None = None,
        has: Given = None,
        columns: Sequence[str] | None = None,
    ) -> Facets:
        """How the columns are spread over the items inside a filter, or over the 1,000 best hits of
        a query inside it.

        Parameters
        ----------
        query : str or array_like (n_dims,), optional
        where, has
            As in :meth:`search`.
        columns : sequence of str, optional
            By default every category, boolean, list, number and date column.

        Raises
        ------
        InputError
            For an unknown column, or one that holds text.
        """
        from begriff.search.facets import facets

        return facets(self._snapshot, query, where, has, columns)

    def list_concepts(
        self,
        *,
        like: str | None = None,
        near: int | str | None = None,
        sort: str = "quality",
        limit: int = 100,
        after: int = 0,
        include_hidden: bool = False,
        examples: bool = False,
    ) -> ConceptList:
        """Concepts as a table, pinned ones first.

        Parameters
        ----------
        like : str, optional
            Only concepts whose name or alias holds these letters, or whose direction lies near the
            words; nearest first.
        near : int or str, optional
            A concept: the others, nearest first, as for choosing what to merge it with.
        sort : {"quality", "name", "frequency", "score", "stability"}
            Order of a list without ``like`` and ``near``.
        limit, after : int
            A page: the number of rows, and how many to skip.
        include_hidden : bool
            Also hidden and background concepts.
        examples : bool
            Add the strongest items' texts.

        Raises
        ------
        InputError
            For a negative limit or offset, or an unknown order.
        """
        from begriff.search.views import list_concepts

        return list_concepts(
            self._snapshot, like, sort, limit, after, include_hidden, examples, near
        )

    def concept(self, id_or_name: int | str) -> ConceptDetail:
        """One concept: names, examples over its range, words, neighbours, where its name fails.

        Raises
        ------
        InputError
            When none or several concepts match; the near ones are listed.
        """
        from begriff.search.views import show_concept

        return show_concept(self._snapshot, resolver_of(self._snapshot).find(id_or_name))

    def concept_items(
        self, id_or_name: int | str, *, order: str = "strongest", limit: int = 20, after: int = 0
    ) -> ExampleList:
        """Items of a concept, a page of them.

        Parameters
        ----------
        order : {"strongest", "weakest", "spread"}
            ``spread`` takes ``limit`` items at equal steps over the whole range, strong to weak.
        limit, after : int

        Raises
        ------
        InputError
            For an unknown concept or order, or a page out of range.
        """
        from begriff.search.views import concept_items

        return concept_items(
            self._snapshot, resolver_of(self._snapshot).find(id_or_name), order, limit, after
        )

    def item(self, id: str) -> ItemDetail:
        """One item as its concepts.

        Raises
        ------
        InputError
            When no item has this id.
        """
        from begriff.search.views import show_item

        return show_item(self._snapshot, self._snapshot.row_of(id))

    def marks(self, id: str) -> Marks:
        """The parts of an item's text, each with the named concepts that it switches on by itself.

        A part is a sentence or a clause; it is encoded and coded alone. Without an encoder there
        are none.

        Raises
        ------
        InputError
            When no item has this id.
        """
        from begriff.search.marks import mark_concepts

        return mark_concepts(self._snapshot, id)

    def info(self) -> Info:
        """What is in the atlas, how it was made, and its quality figures by name."""
        snapshot = self._snapshot
        records = snapshot.concept_records
        return Info(
            path=str(self.path),
            version=self.version,
            items=self.n_items,
            passages=len(snapshot.spans),
            rejected=snapshot.store.json("items", "columns")["rejected"],
            concepts=len(snapshot.components),
            core=len(records),
            named=sum(c.name is not None for c in records),
            columns=self.columns,
            roles=column_roles(self.columns),
            time=snapshot.time_column,
            ids=snapshot.id_column,
            possible_ids=snapshot.possible_ids,
            steerable=snapshot.steerable,
            map="map" in snapshot.manifest["stages"],
            made={**snapshot.manifest["made"]},
            quality=snapshot.store.json("names", "quality"),
            edits=self.edits.list(),
            lost_edits=snapshot.edited.lost,
            grown=snapshot.grown,
            building=None if (now := snapshot.store.under_way()) is None else Building(**now),
        )

    # -- items that come and go
    # --------------------------------------------------------------------------------------


Atlas._moved = {
    **{name: f"snapshot.{name}" for name in dir(Snapshot) if not name.startswith("_")},
    **FLAT,
}
