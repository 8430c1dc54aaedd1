"""Which concepts occur together, in one part of time after another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.analysis.network import cooccurrence, npmi
from begriff.documents.models import Document
from begriff.reports.concept_columns import Columns
from begriff.reports.report import ConceptRef

__all__ = ["Link", "Network", "networks"]


class Link(Document):
    """Two concepts that occur together more often than chance: normalised pointwise mutual
    information.
    """

    a: ConceptRef
    b: ConceptRef
    items: int
    npmi: float


class Network(Document):
    """The strongest links of a span of periods."""

    periods: list[str]
    items: int
    links: list[Link]


def networks(
    columns: Columns,
    period: NDArray[np.int64],
    labels: list[str],
    totals: NDArray[np.int64],
    *,
    spans: int,
    links: int,
) -> list[Network]:
    """Links between well-named concepts in parts of time that hold equally many items.

    Parameters
    ----------
    columns : Columns
    period : ndarray (n_items,)
        Period of every item; -1 where it has none.
    labels : list of str (n_periods,)
    totals : ndarray (n_periods,)
        Items of each period.
    spans, links : int
        Parts, and the most links of each.
    """
    if spans == 0 or links == 0:
        return []
    named = np.flatnonzero(columns.named)
    before = np.concatenate([[0], np.cumsum(totals)])[:-1] / totals.sum()
    part = np.minimum((before * spans).astype(int), spans - 1)
    out = []
    for s in np.unique(part):
        inside = np.flatnonzero(part == s)
        rows = np.flatnonzero(np.isin(period, inside))
        together = cooccurrence(csr_array(columns.codes[rows][:, named]))
        names = [columns.concepts[j] for j in named]
        out.append(
            Network(
                periods=[labels[i] for i in inside],
                items=len(rows),
                links=_links(together, len(rows), names, links),
            )
        )
    return out


def _links(
    together: NDArray[np.int64], n_items: int, names: list[ConceptRef], most: int
) -> list[Link]:
    value = npmi(together, max(n_items, 2))
    least = max(5, n_items // 2000)
    i, j = np.nonzero(np.triu(together >= least, 1))
    best = np.argsort(-value[i, j], kind="stable")[:most]
    return [
        Link(
            a=names[i[b]],
            b=names[j[b]],
            items=int(together[i[b], j[b]]),
            npmi=float(value[i[b], j[b]]),
        )
        for b in best
        if value[i[b], j[b]] > 0
    ]
