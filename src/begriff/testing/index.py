"""What every index promises."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from begriff.kinds import Index
from begriff.kinds.checks import Floats
from begriff.testing.rules import Rules, equal, must

__all__ = ["check_index"]

rules = Rules("indexes")


@dataclass
class _Case:
    method: Index
    recall: float

    @cached_property
    def X(self) -> Floats:  # noqa: N802
        rng = np.random.default_rng(0)
        X = rng.normal(size=(20, 16))[rng.integers(0, 20, 2000)] + 0.3 * rng.normal(size=(2000, 16))
        return np.asarray(X / np.linalg.norm(X, axis=1, keepdims=True), dtype=np.float32)

    @cached_property
    def built(self) -> Any:
        return deepcopy(self.method).build(self.X)

    def found(self, index: Any, mask: Any = None) -> float:
        """Share of the ten nearest of 40 vectors that are among the candidates."""
        shares = []
        for query in self.X[:40]:
            scores = self.X @ query
            allowed = np.arange(len(self.X)) if mask is None else np.flatnonzero(mask)
            best = allowed[np.argsort(-scores[allowed])[:10]]
            shares.append(np.isin(best, index.candidates(query, 10, mask=mask)).mean())
        return float(np.mean(shares))


def check_index(method: Index, *, recall: float = 0.8, skip: Collection[str] = ()) -> None:
    """Check what :class:`begriff.kinds.Index` promises.

    Parameters
    ----------
    method : Index
        Unbuilt.
    recall : float, default 0.8
        Share of the ten nearest vectors that have to be among the candidates, of 2,000 vectors in
        20 clusters.
    skip : collection of str
        Rules that do not hold, for a reason that the caller knows.

    Raises
    ------
    AssertionError
        For the first rule that breaks.

    Examples
    --------
    >>> from begriff.indexes import ExactIndex
    >>> from begriff.testing import check_index
    >>> check_index(ExactIndex(), recall=1.0)
    """
    rules.check(_Case(method, recall), type(method).__name__, skip)


@rules
def candidates_are_enough_rows(c: _Case) -> None:
    """candidates gives at least k distinct rows, int64, and all where the index is exhaustive."""
    rows = c.built.candidates(c.X[0], 10)
    must(rows.dtype == np.int64, f"rows are {rows.dtype}")
    must(len(np.unique(rows)) == len(rows) >= 10, f"{len(rows)} rows")
    must(rows.min() >= 0 and rows.max() < len(c.X), "rows that do not exist")
    must(len(rows) == len(c.X) or not c.method.exhaustive, f"{len(rows)} of {len(c.X)} rows")


@rules
def the_nearest_are_among_them(c: _Case) -> None:
    """The ten nearest by brute force are among the candidates."""
    share = c.found(c.built)
    must(share >= c.recall, f"{share:.2f} of them")


@rules
def a_mask_is_kept(c: _Case) -> None:
    """No candidate lies outside the mask, and enough lie inside."""
    mask = np.arange(len(c.X)) % 7 == 0
    rows = c.built.candidates(c.X[0], 10, mask=mask)
    must(mask[rows].all() and len(rows) >= 10, f"{(~mask[rows]).sum()} of {len(rows)} outside")
    must(c.found(c.built, mask) >= c.recall, f"recall {c.found(c.built, mask):.2f} in the mask")


@rules
def vectors_that_are_added_are_found(c: _Case) -> None:
    """add indexes the rows after those that are there."""
    grown = deepcopy(c.method).build(c.X[:1500]).add(c.X[1500:])
    rows = [grown.candidates(c.X[i], 5) for i in range(1500, 1520)]
    share = float(np.mean([i + 1500 in r for i, r in enumerate(rows)]))
    must(share >= c.recall, f"{share:.2f} of the added vectors find themselves")


@rules
def a_saved_one_is_the_same(c: _Case) -> None:
    """load over the same vectors gives the same candidates."""
    with tempfile.TemporaryDirectory() as folder:
        c.built.save(Path(folder) / "index")
        again = type(c.method).load(Path(folder) / "index", c.X)
        for query in c.X[:5]:
            equal(
                np.sort(again.candidates(query, 10)),
                np.sort(c.built.candidates(query, 10)),
                "candidates",
            )
    must(c.built.n_bytes >= 0, f"n_bytes={c.built.n_bytes}")
