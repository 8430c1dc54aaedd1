"""How concepts hang together: families from general to specific."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.sparse import csr_array

from begriff.analysis.families import Family, families, prefix_parents
from begriff.documents.models import Document
from begriff.errors import InputError
from begriff.reports.concept_columns import examples_of, ref, strongest
from begriff.reports.report import Cells, ConceptRef, Report, Table, percent
from begriff.search.seeds import resolver_of

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["family_list", "FamilyTree", "Kin", "kin", "Node", "tree", "Tree"]


class Node(Document):
    """A concept in a family: the share of items that hold it, and the more specific
    concepts below.
    """

    concept: ConceptRef
    frequency: float
    children: list[Node]


class FamilyTree(Document):
    """One family: its general concept with what lies below, and how alike parent and child
    directions are on average.
    """

    root: Node
    size: int
    cosine: float


class Tree(Report):
    """Families of an atlas; ``random_cosine`` is what pairs drawn at random reach."""

    by: str
    families: list[FamilyTree]
    found: int
    concepts: int
    covered: int
    random_cosine: float

    def tables(self) -> list[Table]:
        """One line a concept, indented."""
        rows = [line for f in self.families for line in _lines(f.root, 0)]
        shown = Cells(
            ("items", "concept"), [(percent(r[3]), "\u00b7 " * r[2] + r[0]) for r in rows]
        )
        return [
            Table(
                "Families, from general to specific",
                ("concept", "id", "depth", "share"),
                rows,
                shown,
            )
        ]

    def summary(self) -> list[str]:
        """Counts, and the cosine of parents and children beside random pairs."""
        how = "co-occurrence" if self.by == "families" else "the prefixes of the dictionary"
        cosine = float(np.mean([f.cosine for f in self.families])) if self.families else 0.0
        return [
            f"{self.found} families by {how} hold {self.covered:,} of {self.concepts:,} concepts.",
            (
                f"Directions of parent and child have a mean cosine of {cosine:.3f}; pairs drawn at"
                f" random {self.random_cosine:.3f}."
            ),
        ]

    def plot(self) -> Any:
        """Sizes of the 40 largest families."""
        from begriff.plots.figures import bars

        shown = self.families[:40]
        return bars(
            [f.root.concept.name for f in shown],
            [f.size for f in shown],
            title="families by their general concept",
            x="concepts",
        )


class Kin(Document):
    """One concept in its family: what lies above it (the most general first), below it, and beside
    it under the same parent.
    """

    concept: ConceptRef
    above: list[ConceptRef]
    below: list[Node]
    beside: list[ConceptRef]


def kin(atlas: Atlas, concept: int | str, *, found: list[Family] | None = None) -> Kin:
    """The place of a concept in the largest family that holds it; alone where none does.

    Parameters
    ----------
    atlas : Atlas
    concept : int or str
        Id or name.
    found : list of Family, optional
        What :func:`family_list` gave before.

    Raises
    ------
    InputError
        For an unknown concept.
    """
    row = resolver_of(atlas.snapshot).find(concept).row
    family = next(
        (f for f in (found if found is not None else family_list(atlas)) if row in f.members), None
    )
    if family is None:
        return Kin(concept=ref(atlas, row), above=[], below=[], beside=[])
    parent = {c: p for p, children in family.children.items() for c in children}
    above: list[int] = []
    at = row
    while at in parent:
        at = parent[at]
        above.insert(0, at)
    beside = [c for c in family.children.get(parent.get(row, -1), []) if c != row]
    return Kin(
        concept=ref(atlas, row),
        above=[ref(atlas, r) for r in above],
        below=_node(atlas, family, row).children,
        beside=[ref(atlas, r) for r in beside],
    )


def family_list(atlas: Atlas) -> list[Family]:
    """Families by co-occurrence within the core, in rows of the dictionary, largest first."""
    return _by_families(atlas, len(atlas.snapshot.concept_records))


def tree(
    atlas: Atlas, *, by: Literal["families", "prefixes"] = "families", limit: int = 30
) -> Tree:
    """Concepts from general to specific.

    Parameters
    ----------
    atlas : Atlas
    by : {"families", "prefixes"}
        By co-occurrence within the core (O'Neill et al. 2024), or each fine concept of a nested
        dictionary below the core concept that is active with it.
    limit : int
        Families listed, largest first.

    Raises
    ------
    InputError
        For another ``by``, a limit below 1, or prefixes of a dictionary that is not nested.
    """
    if by not in ("families", "prefixes"):
        raise InputError(f"by={by!r}: must be 'families' or 'prefixes'")
    if limit < 1:
        raise InputError(f"limit={limit}: must be at least 1")
    n_core = len(atlas.snapshot.concept_records)
    if by == "prefixes" and len(atlas.components) == n_core:
        raise InputError(
            f"the {type(atlas.dictionary).__name__} of this atlas has one layer: prefixes need a"
            " nested dictionary"
        )
    found = _by_families(atlas, n_core) if by == "families" else _by_prefixes(atlas, n_core)
    shown = [_document(atlas, f) for f in found[:limit]]
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, n_core, (2, 2000))
    pairs = (atlas.components[a[a != b]] * atlas.components[b[a != b]]).sum(1)
    covered = len({m for f in found for m in f.members})
    return Tree(
        by=by,
        families=shown,
        found=len(found),
        concepts=len(atlas.components) if by == "prefixes" else n_core,
        covered=covered,
        random_cosine=float(pairs.mean()),
    )


def _by_families(atlas: Atlas, n_core: int) -> list[Family]:
    hidden = [c.row for c in atlas.snapshot.concept_records if c.hidden or c.background]
    keep = np.ones(n_core, dtype=bool)
    keep[hidden] = False
    rows = np.flatnonzero(keep)
    found = families(csr_array(atlas.snapshot.merged_codes[:, rows]))
    return [
        Family(
            int(rows[f.root]),
            {int(rows[p]): [int(rows[c]) for c in cs] for p, cs in f.children.items()},
        )
        for f in found
    ]


def _by_prefixes(atlas: Atlas, n_core: int) -> list[Family]:
    parent, share = prefix_parents(atlas.snapshot.merged_codes, n_core)
    found = []
    hidden = {c.row for c in atlas.snapshot.concept_records if c.hidden}
    for p in [int(p) for p in np.unique(parent[parent >= 0]) if int(p) not in hidden]:
        fine = np.flatnonzero(parent == p)
        fine = fine[np.argsort(-share[fine], kind="stable")]
        found.append(Family(int(p), {int(p): [int(n_core + j) for j in fine]}))
    return sorted(found, key=lambda f: -len(f.members))


def _document(atlas: Atlas, family: Family) -> FamilyTree:
    edges = [(p, c) for p, children in family.children.items() for c in children]
    cosines = [float(atlas.components[p] @ atlas.components[c]) for p, c in edges]
    return FamilyTree(
        root=_node(atlas, family, family.root),
        size=len(family.members),
        cosine=float(np.mean(cosines)),
    )


def _node(atlas: Atlas, family: Family, row: int) -> Node:
    codes = atlas.snapshot.merged_codes
    below = [_node(atlas, family, c) for c in family.children.get(row, [])]
    frequency = float((codes.indices == row).sum()) / atlas.n_items
    return Node(
        concept=_ref(atlas, row),
        frequency=frequency,
        children=sorted(below, key=lambda n: -n.frequency),
    )


def _ref(atlas: Atlas, row: int) -> ConceptRef:
    """A core concept by its name, a fine one by its strongest item."""
    if row < len(atlas.snapshot.concept_records):
        return ref(atlas, row)
    best = strongest(csr_array(atlas.snapshot.merged_codes[:, [row]]), np.arange(atlas.n_items), 1)
    example = examples_of(atlas, best)
    return ConceptRef(
        id=int(atlas.snapshot.ids[row]),
        name=f"as in {example[0].text[:60]!r}" if example else "(never active)",
    )


def _lines(node: Node, depth: int) -> list[tuple[str, int | None, int, float]]:
    own = (node.concept.name, node.concept.id, depth, node.frequency)
    return [own, *(line for child in node.children for line in _lines(child, depth + 1))]
