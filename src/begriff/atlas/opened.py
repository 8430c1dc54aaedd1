"""An opened atlas: its folder, arrays and dictionary."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Self

from scipy.sparse import csr_array

from begriff._moved import MovedNames
from begriff.kinds.checks import Floats
from begriff.kinds.encoder import Encoder
from begriff.store.snapshot import Snapshot

if TYPE_CHECKING:
    from begriff.kinds import Dictionary, Index

__all__ = ["OpenedAtlas"]


class OpenedAtlas(MovedNames):
    """The folder, arrays and dictionary of an atlas, read when they are asked for."""

    def __init__(
        self,
        path: str | Path,
        *,
        encoder: Encoder | None = None,
        index: Index | str = "exact",
    ) -> None:
        self._snapshot = Snapshot(path, encoder=encoder, index=index)

    def __copy__(self) -> Self:
        """An atlas over the same arrays that reads the journal for itself: edits of one are not
        seen by the other until it looks again.
        """
        other = object.__new__(type(self))
        other._snapshot = copy(self._snapshot)
        return other

    @property
    def path(self) -> Path:
        """The folder."""
        return self._snapshot.path

    @property
    def version(self) -> int:
        """Grows by one with every build that changed something."""
        return self._snapshot.version

    @property
    def n_items(self) -> int:
        """Number of items."""
        return self._snapshot.n_items

    @property
    def columns(self) -> dict[str, str]:
        """Column -> text, category, list, number, date or boolean."""
        return self._snapshot.columns

    @property
    def vectors(self) -> Floats:
        """Unit vectors of passages, a memory map (n_passages, n_dims) float32."""
        return self._snapshot.vectors

    @property
    def item_vectors(self) -> Floats:
        """Unit vectors of items (n_items, n_dims) float32: the normalised mean of an item's
        passages.
        """
        return self._snapshot.item_vectors

    @property
    def codes(self) -> csr_array:
        """Activations of every item, the largest over its passages (n_items, n_concepts), csr_array
        float32.
        """
        return self._snapshot.codes

    @property
    def region_codes(self) -> csr_array:
        """Activations of every passage (n_passages, n_concepts), csr_array float32."""
        return self._snapshot.region_codes

    @property
    def components(self) -> Floats:
        """Concepts as unit directions (n_concepts, n_dims) float32."""
        return self._snapshot.components

    @property
    def dictionary(self) -> Dictionary:
        """The fitted dictionary."""
        return self._snapshot.dictionary

    @property
    def encoder(self) -> Encoder:
        """The encoder of queries.

        Raises
        ------
        InputError
            When the atlas was made without one, or with one that is not in the catalogue.
        """
        return self._snapshot.encoder

    @property
    def snapshot(self) -> Snapshot:
        """What the atlas reads, as searches, reports and tasks take it: arrays, rows, edited
        concepts.
        """
        return self._snapshot
