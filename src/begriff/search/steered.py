"""What ``more``, ``less`` and ``has`` do to the hits of a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from begriff.documents.models import Steering
from begriff.kinds.checks import Floats
from begriff.linalg.topk import top_rows
from begriff.search.seeds import resolver_of
from begriff.search.steer import Direction, Given

if TYPE_CHECKING:
    from begriff.search.dense import Dense
    from begriff.store.snapshot import Snapshot

__all__ = ["Steers", "WEIGHT"]

WEIGHT = 0.5


@dataclass(frozen=True)
class Steers:
    """The concepts that a search is steered by."""

    more: list[Direction]
    less: list[Direction]
    has: list[Direction]

    @classmethod
    def read(cls, atlas: Snapshot, more: Given, less: Given, has: Given) -> Steers:
        """From what a person gave."""
        read = resolver_of(atlas).directions
        return cls(read(more, WEIGHT, "more"), read(less, WEIGHT, "less"), read(has, 0.0, "has"))

    def __bool__(self) -> bool:
        return bool(self.more or self.less or self.has)

    def on(
        self, atlas: Snapshot, rows: NDArray[np.int64], dense: Dense | None
    ) -> list[list[Steering]]:
        """For every item of ``rows`` (n,), what each concept does to its score."""
        out: list[list[Steering]] = [[] for _ in rows]
        if dense is not None:
            passages = dense.passages[rows]
            vectors, codes = np.asarray(atlas.vectors[passages]), atlas.region_codes[passages]
            length = float(
                np.linalg.norm(dense.plain + sum(d.steer.weight * d.vector for d in self.more))
            )
            for d in self.more:
                # guards a sum of zero
                share = d.steer.weight * (vectors @ d.vector) / max(length, 1e-12)
                _append(out, "more", d, d.activations(vectors, codes), share)
            for d in self.less:
                activations = d.activations(vectors, codes)
                _append(out, "less", d, activations, -d.steer.weight * activations)
        for d in self.has:
            _append(
                out,
                "has",
                d,
                d.activations(np.asarray(atlas.item_vectors[rows]), atlas.item_codes[rows]),
                None,
            )
        return out

    def without_effect(self, atlas: Snapshot, dense: Dense, rows: NDArray[np.int64]) -> list[str]:
        """A note for every ``less`` without which the same hits would stand in the same order."""
        notes = []
        for d in self.less if len(rows) else ():
            every = dense.every + d.steer.weight * d.activations(atlas.vectors, atlas.region_codes)
            best = np.where(np.isfinite(dense.scores), every[atlas.best_passages(every)], -np.inf)
            if np.array_equal(top_rows(best, len(rows)), rows):
                notes.append(
                    f"less {d.steer.given!r} changed nothing here: try a larger weight, or the name"
                    " of a concept"
                )
        return notes


def _append(
    out: list[list[Steering]],
    how: Literal["more", "less", "has"],
    direction: Direction,
    activations: Floats,
    values: Floats | None,
) -> None:
    for i, told in enumerate(out):
        value = None if values is None else float(values[i])
        steer = direction.steer
        told.append(
            Steering(
                how=how,
                concept=steer.concept,
                name=steer.name,
                activation=float(activations[i]),
                value=value,
            )
        )
