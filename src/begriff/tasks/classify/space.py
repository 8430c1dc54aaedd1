"""Items as activations of concepts: discovered ones, seeded ones, or texts that are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, hstack

from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.reports.conceptualize import read_concepts
from begriff.reports.report import ConceptRef
from begriff.search.seeds import seeds_of

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["Column", "columns_of", "read_space", "Space"]

KINDS = ("discovered", "seeded", "given")


@dataclass(frozen=True)
class Column:
    """A concept as a column of a model.

    Attributes
    ----------
    name : str
        When the model was fitted.
    ids : tuple of int
        Of a concept of the dictionary, with those that were merged into it.
    kind : {"discovered", "seeded", "given"}
    """

    name: str
    ids: tuple[int, ...]
    kind: str


@dataclass(frozen=True)
class Space:
    """Activations of all items, and what the columns are.

    Attributes
    ----------
    columns : list of Column (n_concepts,)
    refs : list of ConceptRef (n_concepts,)
        As the concepts are called now.
    codes : csr_array (n_items, n_concepts), float32
    directions : ndarray (n_concepts, n_dims), float32
        Unit rows.
    """

    atlas: Atlas
    columns: list[Column]
    refs: list[ConceptRef]
    codes: csr_array
    directions: Floats

    def vectors(self, rows: NDArray[np.int64]) -> Floats:
        """Vectors (n, n_dims) of items at positions."""
        return np.asarray(self.atlas.item_vectors[rows])

    @property
    def on(self) -> NDArray[np.float64]:
        """Activation (n_concepts,) above which each concept is active: 0, and a standard deviation
        for a text that is given.
        """
        return np.array([1.0 if c.kind == "given" else 0.0 for c in self.columns])

    def levels(self) -> dict[str, NDArray[np.float64]]:
        """For each concept (n_concepts,): ``on``; ``typical`` and ``off``, its median activation
        where it is active and where not; and the ``share`` of items on which it is active.
        """
        on, columns, n = self.on, csc_array(self.codes), self.codes.shape[0]
        parts = [columns.data[columns.indptr[i] : columns.indptr[i + 1]] for i in range(len(on))]
        active = [p[p > level] for p, level in zip(parts, on, strict=True)]
        quiet = [
            p[p <= 1.0] if c.kind == "given" else p[:0]
            for p, c in zip(parts, self.columns, strict=True)
        ]
        return {
            "on": on,
            "typical": np.array(
                [
                    float(np.median(p)) if len(p) else 1.0 + level
                    for p, level in zip(active, on, strict=True)
                ]
            ),
            "off": np.array([float(np.median(p)) if len(p) else 0.0 for p in quiet]),
            "share": np.array([len(p) / n for p in active]),
        }


def columns_of(atlas: Atlas, concepts: str | Sequence[str]) -> list[Column]:
    """The columns that are asked for.

    Parameters
    ----------
    concepts : {"discovered", "seeded"}, path of a text file, or sequence of str
        A list is made of texts, one concept each.

    Raises
    ------
    InputError
        When there are no seeded concepts, fewer than two texts, or texts without an encoder.
    """
    if concepts == "discovered":
        merged = {
            c.id: tuple(int(atlas.snapshot.ids[r]) for r in atlas.snapshot.rows_of(c))
            for c in atlas.snapshot.concept_records
            if not c.hidden
        }
        return [
            Column(c.label, merged[c.id], "discovered")
            for c in atlas.snapshot.concept_records
            if not c.hidden
        ]
    if concepts == "seeded":
        if not seeds_of(atlas.snapshot):
            raise InputError(
                f"{atlas.path.name} has no seeded concepts: make some with `begriff seed`, or use"
                " the discovered ones"
            )
        return [Column(s.steer.name, (), "seeded") for s in seeds_of(atlas.snapshot)]
    return [Column(name, (), "given") for name in read_concepts(concepts).names]


def read_space(atlas: Atlas, columns: Sequence[Column]) -> Space:
    """Activations of all items along some columns.

    Raises
    ------
    InputError
        When a concept or a seed is gone.
    """
    places = {int(i): row for row, i in enumerate(atlas.snapshot.ids)}
    names = {c.id: c.label for c in atlas.snapshot.concept_records}
    seeds = {s.steer.name: s for s in seeds_of(atlas.snapshot)}
    texts = [c.name for c in columns if c.kind == "given"]
    given = dict(zip(texts, atlas.snapshot.encode(texts), strict=True)) if texts else {}
    by_column, parts, refs, directions = (
        csc_array(atlas.snapshot.item_codes[:, : len(atlas.snapshot.concept_records)]),
        [],
        [],
        [],
    )
    for c in columns:
        gone = [i for i in c.ids if i not in places] or (c.kind == "seeded" and c.name not in seeds)
        if gone:
            raise InputError(
                f"the concept {c.name!r} of the model is gone: fit it again with `begriff classify`"
            )
        if c.kind == "discovered":
            rows = [places[i] for i in c.ids]
            parts.append(
                csc_array(by_column[:, rows].sum(axis=1)[:, None])
                if len(rows) > 1
                else by_column[:, rows]
            )
            refs.append(ConceptRef(id=c.ids[0], name=names.get(c.ids[0], c.name)))
            directions.append(atlas.components[rows[0]])
        elif c.kind == "seeded":
            seed = seeds[c.name]
            parts.append(
                csc_array(
                    np.asarray(seed.activations(atlas.item_vectors, atlas.snapshot.merged_codes))[
                        :, None
                    ]
                )
            )
            refs.append(ConceptRef(id=None, name=c.name, seeded=True))
            directions.append(seed.vector)
        else:
            directions.append(given[c.name])
            parts.append(
                csc_array(_standard(np.asarray(atlas.item_vectors) @ given[c.name])[:, None])
            )
            refs.append(ConceptRef(id=None, name=c.name))
    codes: Any = csr_array(hstack(parts, format="csr"), dtype=np.float32)
    return Space(atlas, list(columns), refs, codes, np.stack(directions).astype(np.float32))


def _standard(cosines: Floats) -> Floats:
    """Cosines in standard deviations of the corpus."""
    # guards a corpus of equal items
    return np.asarray(
        (cosines - cosines.mean()) / max(float(cosines.std()), 1e-9), dtype=np.float32
    )
