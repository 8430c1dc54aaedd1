"""Concepts as columns: the core of an atlas, and the concepts that people seeded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from begriff.documents.models import Example
from begriff.kinds.checks import Floats
from begriff.linalg.sparse_sums import sum_columns
from begriff.reports.report import ConceptRef
from begriff.search.seeds import seeds_of

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["Columns", "concept_columns", "examples_of", "ref", "strongest"]


@dataclass(frozen=True)
class Columns:
    """What is measured for every item.

    Attributes
    ----------
    concepts : list of ConceptRef (n_columns,)
    codes : csr_array (n_items, n_columns), float32, >= 0
    named : ndarray (n_columns,) of bool
        Columns that are well named or seeded.
    directions : ndarray (n_columns, n_dims), float32
        Unit rows.
    """

    concepts: list[ConceptRef]
    codes: csr_array
    named: NDArray[np.bool_]
    directions: Floats


def concept_columns(
    atlas: Atlas, codes: csr_array | None = None, vectors: Floats | None = None
) -> Columns:
    """The core without hidden concepts, then seeded concepts.

    Parameters
    ----------
    atlas : Atlas
    codes, vectors : csr_array (n_items, n_concepts) and ndarray (n_items, n_dims), optional
        Other items, coded by this atlas's dictionary; by default the atlas's own.
    """
    codes = (
        atlas.snapshot.merged_codes if codes is None else sum_columns(codes, atlas.snapshot.target)
    )
    vectors = atlas.item_vectors if vectors is None else vectors
    shown = [c for c in atlas.snapshot.concept_records if not c.hidden]
    core = csr_array(codes[:, [c.row for c in shown]])
    seeds = seeds_of(atlas.snapshot)
    parts = [core, *(csr_array(s.activations(vectors, codes)[:, None]) for s in seeds)]
    refs = [ConceptRef(id=c.id, name=c.label) for c in shown] + [
        ConceptRef(id=None, name=s.steer.name, seeded=True) for s in seeds
    ]
    named = np.array([c.well_named for c in shown] + [True] * len(seeds), dtype=bool)
    directions = np.concatenate(
        [atlas.components[[c.row for c in shown]], *(s.vector[None, :] for s in seeds)]
    ).astype(np.float32)
    return Columns(
        refs, csr_array(hstack(parts, format="csr")) if seeds else core, named, directions
    )


def ref(atlas: Atlas, row: int) -> ConceptRef:
    """What to call the core concept in a row."""
    return ConceptRef(
        id=int(atlas.snapshot.ids[row]), name=atlas.snapshot.concept_records[row].label
    )


def strongest(column: csr_array, rows: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """The n of ``rows`` on which a column (n_items, 1) of codes is strongest and above 0."""
    strength = np.asarray(column[rows].todense()).ravel()
    best = np.argsort(-strength, kind="stable")[:n]
    return rows[best[strength[best] > 0]]


def examples_of(atlas: Atlas, rows: Sequence[int] | NDArray[np.int64]) -> list[Example]:
    """Items at positions, by the first words of their text."""
    return [
        Example(id=r.id, strength=0.0, text=" ".join(r.text.split())[:160])
        for r in atlas.snapshot.records(rows)
    ]
