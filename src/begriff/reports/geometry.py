"""The shape of a dictionary: parallelograms, lobes, spectrum, and features that need two
dimensions; every figure beside its null.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from begriff.analysis.lobes import lobes
from begriff.analysis.multidim import Plane, find_planes
from begriff.analysis.parallelograms import parallelograms
from begriff.analysis.spectrum import eigenvalue_slope
from begriff.documents.models import Document
from begriff.errors import InputError
from begriff.reports.concept_columns import ref
from begriff.reports.report import Cells, ConceptRef, Report, Table

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["geometry", "Geometry", "LobesFound", "PlaneFound", "Relation", "Slope"]

_EXCESS = 0.1


class Relation(Document):
    """Parallelograms of one relation: mean cosine of its differences, and the share of pairs
    completed, before and after distractors are removed.

    ``shuffled`` is the cosine after removal where the second words are shuffled anew.
    """

    relation: str
    cosine_before: float
    cosine_after: float
    completed_before: float
    completed_after: float
    shuffled: float


class LobesFound(Document):
    """Concepts grouped by co-occurrence and by direction: adjusted mutual information of both
    groupings beside random geometry.

    ``accuracy`` is that of telling a concept's lobe from its direction, beside permuted lobes.
    ``lobes`` holds the most frequent concepts of each.
    """

    ami: float
    ami_random: float
    z: float
    accuracy: float
    accuracy_permuted: float
    lobes: list[list[ConceptRef]]
    left_out: int


class Slope(Document):
    """Power law of the eigenvalues of the directions' covariance, beside an isotropic cloud of the
    same shape.
    """

    slope: float
    r2: float
    effective_dims: float
    isotropic_slope: float
    isotropic_dims: float


class PlaneFound(Document):
    """A plane of a group of concepts: how far no two independent directions explain it.

    ``excess`` is (1 - mixture) x separability less the same with every concept's activations dealt
    out to other items: above .1 it is a finding. ``points`` and ``labels`` place items and concepts
    in the plane.
    """

    concepts: list[ConceptRef]
    separability: float
    mixture: float
    circularity: float
    excess: float
    points: list[tuple[float, float]]
    labels: list[tuple[float, float, str]]


class Geometry(Report):
    """The shape of an atlas's dictionary."""

    relations: list[Relation]
    lobes: LobesFound
    spectrum: Slope
    planes: list[PlaneFound]

    def tables(self) -> list[Table]:
        """Relations, lobes, spectrum, planes."""
        return [self._figures(), self._relations(), self._planes(), self._lobes()]

    def _figures(self) -> Table:
        s, o = self.spectrum, self.lobes
        rows = [
            ("eigenvalue slope", s.slope, s.isotropic_slope),
            ("effective dimensions", s.effective_dims, s.isotropic_dims),
            ("lobes against directions (AMI)", o.ami, o.ami_random),
            ("lobe told from direction", o.accuracy, o.accuracy_permuted),
        ]
        return Table("Figures and their nulls", ("figure", "here", "null"), rows)

    def _relations(self) -> Table:
        columns = ("relation", "cosine", "distractors removed", "shuffled")
        rows = [
            (
                r.relation,
                r.cosine_before,
                r.cosine_after,
                r.shuffled,
                r.completed_before,
                r.completed_after,
            )
            for r in self.relations
        ]
        return Table("Parallelograms", (*columns, "completed", "distractors removed"), rows)

    def _planes(self) -> Table:
        scores = ("excess", "separability", "mixture", "circularity")
        rows = [
            (
                [c.name for c in p.concepts],
                [c.id for c in p.concepts],
                *(getattr(p, score) for score in scores),
            )
            for p in self.planes
        ]
        shown = [(", ".join(names[:4]), *values) for names, _, *values in rows]
        cells = Cells(("concepts", *scores), shown)
        return Table("Planes, largest excess first", ("concepts", "ids", *scores), rows, cells)

    def _lobes(self) -> Table:
        rows = [
            (i, [c.name for c in group], [c.id for c in group])
            for i, group in enumerate(self.lobes.lobes, 1)
        ]
        cells = Cells(("lobe", "most frequent concepts"), [row[:2] for row in rows])
        return Table("Lobes by co-occurrence", ("lobe", "concepts", "ids"), rows, cells)

    def summary(self) -> list[str]:
        """What holds here of what was published, and what does not."""
        o, s, found = self.lobes, self.spectrum, [p for p in self.planes if p.excess >= _EXCESS]
        lobed = "share" if o.z > 3 else "do not share"
        steep = "steeper" if s.slope < 1.5 * s.isotropic_slope else "hardly steeper"
        out = [
            (
                f"Lobes: groups by co-occurrence and direction {lobed} information (AMI"
                f" {o.ami:.3f}, random {o.ami_random:.3f}, z {o.z:.1f})."
            ),
            (
                f"Spectrum: eigenvalues fall with slope {s.slope:.2f} over rank, {steep} than an"
                f" isotropic cloud ({s.isotropic_slope:.2f})."
            ),
            (
                f"Planes: {len(found)} of {len(self.planes)} groups of concepts need two dimensions"
                f" (excess of at least {_EXCESS})."
            ),
        ]
        if self.relations:
            before, after, null = (
                float(np.mean([getattr(r, f) for r in self.relations]))
                for f in ("cosine_before", "cosine_after", "shuffled")
            )
            out.insert(
                0,
                f"Parallelograms: differences agree at cosine {before:.3f}, {after:.3f} without"
                f" distractors (shuffled {null:.3f}).",
            )
        return out

    def plot(self) -> Any:
        """The six planes with the largest excess."""
        from begriff.plots.figures import scatter

        shown = self.planes[:6]
        panels = [
            (
                f"excess {p.excess:.2f}, circularity {p.circularity:.2f}",
                np.array(p.points).reshape(-1, 2),
                p.labels,
            )
            for p in shown
        ]
        return scatter(panels, title="groups of concepts in their planes")


def geometry(
    atlas: Atlas,
    *,
    pairs: str | Path | list[tuple[str, str, str]] | None = None,
    n_clusters: int | None = None,
    limit: int = 12,
) -> Geometry:
    """Parallelograms, lobes, spectrum and two-dimensional features of the core of a dictionary.

    Parameters
    ----------
    atlas : Atlas
    pairs : str, Path or list of (relation, word, word), optional
        For parallelograms, as ("capital", "France", "Paris"); a file holds one triple a line,
        separated by tabs. Words are placed by the atlas's encoder.
    n_clusters : int, optional
        Groups of concepts in which planes are looked for; by default one for every 12 concepts.
    limit : int
        Planes listed.

    Raises
    ------
    InputError
        For pairs that cannot be read, or numbers out of range.

    Source: Li et al. 2024, arXiv 2410.19750; Engels et al. 2024, arXiv 2405.14860.
    """
    n_core = len(atlas.snapshot.concept_records)
    clusters = max(2, n_core // 12) if n_clusters is None else n_clusters
    if not 2 <= clusters <= n_core or limit < 1:
        raise InputError(
            f"n_clusters={clusters}, limit={limit}: clusters lie between 2 and the {n_core}"
            " concepts, limit is at least 1"
        )
    core, directions = (
        csr_array(atlas.snapshot.item_codes[:, :n_core]),
        np.asarray(atlas.components[:n_core]),
    )
    relations = [] if pairs is None else _relations(atlas, pairs)
    best = {
        tuple(p.concepts): p
        for p in sorted(find_planes(core, directions, n_clusters=clusters), key=lambda p: p.excess)
    }
    # of every group of concepts the plane with the largest excess
    planes = sorted(best.values(), key=lambda p: -p.excess)
    spectrum = eigenvalue_slope(directions)
    control = spectrum.control or spectrum
    return Geometry(
        relations=relations,
        lobes=_lobes(atlas, core, directions),
        spectrum=Slope(
            slope=spectrum.slope,
            r2=spectrum.r2,
            effective_dims=spectrum.effective_dims,
            isotropic_slope=control.slope,
            isotropic_dims=control.effective_dims,
        ),
        planes=[_plane(atlas, p) for p in planes[:limit]],
    )


def _relations(atlas: Atlas, pairs: str | Path | list[tuple[str, str, str]]) -> list[Relation]:
    triples = _read_pairs(pairs) if isinstance(pairs, str | Path) else [tuple(t) for t in pairs]
    words = sorted({w for _, a, b in triples for w in (a, b)})
    vectors = atlas.snapshot.encode(words)
    place = {w: i for i, w in enumerate(words)}
    both = np.stack([vectors[[place[a], place[b]]] for _, a, b in triples])
    found = parallelograms(both, [r for r, _, _ in triples])
    o = found.observed
    return [
        Relation(
            relation=name,
            cosine_before=float(o.cosine_before[i]),
            cosine_after=float(o.cosine_after[i]),
            completed_before=float(o.hits_before[i]),
            completed_after=float(o.hits_after[i]),
            shuffled=float(found.shuffled.cosine_after[i]),
        )
        for i, name in enumerate(o.relations)
    ]


def _read_pairs(path: str | Path) -> list[tuple[str, ...]]:
    try:
        lines = Path(path).read_text().splitlines()
    except (OSError, UnicodeDecodeError) as e:
        raise InputError(
            f"no readable pairs at {str(path)!r} ({e}): give a text file of relation, word, word,"
            " separated by tabs"
        ) from e
    out: list[tuple[str, ...]] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            cells = tuple(c.strip() for c in line.split("\t"))
            if len(cells) != 3 or not all(cells):
                raise InputError(
                    f"line {number} of {path} holds {line[:60]!r}: write relation, word and word,"
                    " separated by tabs"
                )
            out.append(cells)
    return out


def _lobes(atlas: Atlas, core: csr_array, directions: Any) -> LobesFound:
    found = lobes(core, directions, n_null=10)
    frequency = {int(j): float((core.indices == j).sum()) for j in found.concepts}
    groups = []
    for lobe in np.unique(found.by_occurrence):
        members = found.concepts[found.by_occurrence == lobe]
        named = [int(j) for j in members if atlas.snapshot.concept_records[int(j)].well_named]
        groups.append([ref(atlas, j) for j in sorted(named, key=lambda j: -frequency[j])[:8]])
    return LobesFound(
        ami=found.ami.value,
        ami_random=found.ami.mean,
        z=found.ami.z,
        accuracy=found.accuracy.value,
        accuracy_permuted=found.accuracy.mean,
        lobes=groups,
        left_out=found.n_left_out,
    )


def _plane(atlas: Atlas, plane: Plane) -> PlaneFound:
    step = max(1, len(plane.coordinates) // 500)
    places = plane.basis @ atlas.components[plane.concepts].T
    reach = float(np.abs(plane.coordinates).max()) / max(
        float(np.linalg.norm(places, axis=0).max()), 1e-9
    )
    labels = [
        (float(x) * reach, float(y) * reach, atlas.snapshot.concept_records[int(j)].label)
        for j, (x, y) in zip(plane.concepts, places.T, strict=True)
    ]
    return PlaneFound(
        concepts=[ref(atlas, int(j)) for j in plane.concepts],
        separability=plane.separability,
        mixture=plane.mixture,
        circularity=plane.circularity,
        excess=plane.excess,
        points=[(float(x), float(y)) for x, y in plane.coordinates[::step]],
        labels=labels,
    )
