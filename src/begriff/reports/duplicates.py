"""Items that repeat each other, nearly or word by word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from begriff.analysis.near_duplicates import near_pairs
from begriff.documents.models import Document
from begriff.errors import InputError
from begriff.reports.report import Cells, Report, Table, percent, shorten

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["duplicates", "Duplicates", "Repeated"]


class Repeated(Document):
    """Items that repeat each other, directly or through others; ``cosine`` is the least of the
    pairs that hold them together.
    """

    ids: list[str]
    text: str
    cosine: float
    identical: bool


class Duplicates(Report):
    """Groups of near-duplicates, the largest first; ``groups`` lists some of ``n_groups``, which
    hold ``n_items`` items.
    """

    min_cosine: float
    items: int
    exact: bool
    n_groups: int
    n_items: int
    n_identical: int
    groups: list[Repeated]

    def tables(self) -> list[Table]:
        """The groups."""
        rows = [(len(g.ids), g.cosine, g.identical, g.ids, g.text) for g in self.groups]
        shown = [
            (
                len(g.ids),
                "word by word" if g.identical else f"{g.cosine:.3f}",
                ", ".join([*g.ids[:3], *["..."] * (len(g.ids) > 3)]),
                g.text,
            )
            for g in self.groups
        ]
        columns = ("items", "cosine", "identical", "ids", "text")
        return [
            Table(
                "Items that repeat each other",
                columns,
                rows,
                Cells(("items", "cosine", "ids", "text"), shown),
            )
        ]

    def summary(self) -> list[str]:
        """How many, and what to do."""
        found = "" if self.exact else " (found by random hyperplanes: about 95 % of the pairs)"
        if not self.n_groups:
            return [
                f"No two of {self.items:,} items have a cosine of {self.min_cosine:g} or"
                f" more{found}."
            ]
        share = percent(self.n_items / self.items)
        return [
            f"{self.n_items:,} of {self.items:,} items ({share}) repeat another at a cosine of"
            f" {self.min_cosine:g} or more{found}, in {self.n_groups:,} groups;"
            f" {self.n_identical:,} of these groups are equal word by word."
        ]

    def plot(self) -> Any:
        """Sizes of the groups that are listed."""
        from begriff.plots.figures import bars

        shown = self.groups[:20]
        return bars(
            [shorten(g.text, 40) for g in shown],
            [len(g.ids) for g in shown],
            title="items that repeat each other",
            x="items",
        )


def duplicates(
    atlas: Atlas, *, min_cosine: float = 0.97, limit: int = 20, random_state: int = 0
) -> Duplicates:
    """Items whose vectors are so near each other that they say the same.

    Parameters
    ----------
    atlas : Atlas
    min_cosine : float
        Of two items that count as the same.
    limit : int
        Most groups listed.
    random_state : int
        For more than 50,000 items, among which near ones are looked for by random hyperplanes.

    Raises
    ------
    InputError
        For a cosine that is not above 0 and at most 1, or a limit below 1.

    Examples
    --------
    >>> import begriff as bg
    >>> bg.duplicates(bg.open("papers.atlas")).n_groups  # doctest: +SKIP
    312
    """
    if not 0 < min_cosine <= 1 or limit < 1:
        raise InputError(
            f"min_cosine={min_cosine}, limit={limit}: a cosine above 0 and at most 1, and at least"
            " one group"
        )
    vectors = atlas.item_vectors
    # equal vectors may differ in a last bit
    pairs, cosines = near_pairs(vectors, min_cosine=min_cosine - 1e-6, random_state=random_state)
    groups = _groups(pairs, atlas.n_items)
    members, inverse = np.unique(groups[pairs[:, 0]], return_inverse=True)
    least = np.ones(len(members))
    np.minimum.at(least, inverse, cosines)
    rows = np.flatnonzero(np.isin(groups, members))
    order = rows[np.argsort(groups[rows], kind="stable")]
    parts = np.split(order, np.flatnonzero(np.diff(groups[order])) + 1) if len(order) else []
    said = _hashes(atlas, rows)
    equal = [len({said[int(r)] for r in part}) == 1 for part in parts]
    listed = sorted(range(len(parts)), key=lambda i: (-len(parts[i]), -least[i], int(parts[i][0])))[
        :limit
    ]
    ids = atlas.snapshot.items.column("_id")
    return Duplicates(
        min_cosine=min_cosine,
        items=atlas.n_items,
        exact=atlas.n_items <= 50_000,
        n_groups=len(parts),
        n_items=len(rows),
        n_identical=sum(equal),
        groups=[
            Repeated(
                ids=[str(ids[r]) for r in parts[i]],
                text=" ".join(
                    atlas.snapshot.items.take([int(parts[i][0])], ["_text"])[0]["_text"].split()
                )[:160],
                cosine=round(float(least[i]), 4),
                identical=equal[i],
            )
            for i in listed
        ],
    )


def _hashes(atlas: Atlas, rows: NDArray[np.int64]) -> dict[int, int]:
    """Row -> hash of its text."""
    out: dict[int, int] = {}
    for start in range(0, len(rows), 4096):
        part = rows[start : start + 4096].tolist()
        out.update(
            zip(
                part,
                (hash(t["_text"]) for t in atlas.snapshot.items.take(part, ["_text"])),
                strict=True,
            )
        )
    return out


def _groups(pairs: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Group (n,) of every item; items in one pair share one."""
    links = coo_array((np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return np.asarray(connected_components(links.tocsr(), directed=False)[1], dtype=np.int64)
