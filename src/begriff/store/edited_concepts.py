"""Concepts as people edited them, and what follows from that."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.documents.models import Concept
from begriff.linalg.sparse_sums import sum_columns

__all__ = ["EditedConcepts"]


class EditedConcepts:
    """A journal applied to the concepts of one version: a value, so that reading the journal again
    makes another one.

    Parameters
    ----------
    concepts : list of Concept (n_core,)
        With edits applied, in the order of rows.
    lost : list of dict
        Edits whose concept is gone.
    item_codes : csr_array (n_items, n_concepts)
    n_concepts : int
        Rows of the dictionary.
    """

    def __init__(
        self,
        concepts: list[Concept],
        lost: list[dict[str, Any]],
        item_codes: csr_array,
        n_concepts: int,
    ) -> None:
        self.lost = lost
        self.derived: dict[Callable[..., Any], Any] = {}
        self._codes, self._n_concepts = item_codes, n_concepts
        self.concepts = [
            c.model_copy(update={"frequency": self._frequency(c, concepts)}) if c.merged else c
            for c in concepts
        ]

    @cached_property
    def well_named(self) -> frozenset[int]:
        """Rows of concepts that may be part of a reason."""
        return frozenset(c.row for c in self.concepts if c.well_named)

    @cached_property
    def target(self) -> NDArray[np.int64]:
        """The row (n_concepts,) under which every row counts: its own, or that of the concept it
        was merged into.
        """
        target = np.arange(self._n_concepts)
        rows = {c.id: c.row for c in self.concepts}
        for c in self.concepts:
            if c.merged_into is not None:
                target[c.row] = rows[c.merged_into]
        return target

    @cached_property
    def codes(self) -> csr_array:
        """Codes of items (n_items, n_concepts) in which a merged concept's activations stand in the
        column it counts under.
        """
        return sum_columns(self._codes, self.target)

    def _frequency(self, concept: Concept, concepts: list[Concept]) -> float:
        """Share of items that hold a concept or one that counts under it."""
        rows = [concept.row, *(c.row for c in concepts if c.merged_into == concept.id)]
        held = np.flatnonzero(np.isin(self._codes.indices, rows))
        return (
            len(np.unique(np.searchsorted(self._codes.indptr, held, side="right")))
            / self._codes.shape[0]
        )
