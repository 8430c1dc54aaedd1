"""Planes that several concepts share and that no two independent or alternating directions explain,
such as the circle of weekdays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from begriff.analysis.lobes import spectral_clusters
from begriff.analysis.plane_scores import PlaneScores, circularity, mixture, scores_of, separability
from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.linalg.unit_rows import unit

__all__ = ["circularity", "find_planes", "mixture", "Plane", "PlaneScores", "separability"]

# items that a plane is scored on, drawn at random; its coordinates are those of all
_MAX_SCORED = 2000


@dataclass(frozen=True)
class Plane:
    """Two consecutive principal components of what a cluster of concepts reconstructs.

    Attributes
    ----------
    concepts : ndarray (n_cluster,)
        Rows of ``components``.
    axes : tuple of int
        Principal components, from 1.
    basis : ndarray (2, n_dims)
        Orthonormal rows.
    centre : ndarray (n_dims,)
        Mean reconstruction; coordinates are (reconstruction - centre) @ basis.T.
    coordinates : ndarray (n, 2)
    items : ndarray (n,)
        Rows of ``codes`` that the coordinates belong to, ascending.
    scores : PlaneScores
    control : PlaneScores
        The same measures of as many points of a Gaussian cloud with the same 2 x 2 covariance.
    independent : PlaneScores
        The same measures, in the same plane, with the activations of every concept shuffled among
        items. Concepts that seldom meet make a cloud of separate rays, which scores high although
        no concept knows of another; here it scores as high.
    """

    concepts: NDArray[np.int64]
    axes: tuple[int, int]
    basis: Floats
    centre: Floats
    coordinates: Floats
    items: NDArray[np.int64]
    scores: PlaneScores
    control: PlaneScores
    independent: PlaneScores

    @property
    def excess(self) -> float:
        """Score less the score of independent concepts: what the concepts' joint activity adds."""
        return self.scores.score - self.independent.score

    @property
    def separability(self) -> float:
        """Separability index in bits; high where no rotation makes the coordinates independent."""
        return self.scores.separability

    @property
    def mixture(self) -> float:
        """Mixture index; high where many points lie on a line."""
        return self.scores.mixture

    @property
    def circularity(self) -> float:
        """1 for a circle."""
        return self.scores.circularity


def find_planes(
    codes: csr_array,
    components: Floats,
    *,
    n_clusters: int,
    min_items: int = 50,
    n_planes: int = 4,
    n_neighbors: int = 10,
    min_active: int = 1,
    random_state: int = 0,
) -> list[Plane]:
    """Planes in which clusters of concepts span a shape of their own, most irreducible first.

    Concepts are clustered by the cosine of their directions (spectral clustering of the
    nearest-neighbour graph). Every cluster reconstructs the items on which it is active from its
    concepts alone, and consecutive principal components of the reconstructions make up the planes:
    1 and 2, 2 and 3, and so on. Planes are ranked by (1 - mixture) * separability. Small clusters
    of unrelated concepts rank high too, for they seldom meet; a plane with an ``excess`` near 0 is
    no finding.

    Parameters
    ----------
    codes : csr_array (n_items, n_concepts)
    components : ndarray (n_concepts, n_dims)
    n_clusters : int
    min_items : int
        Clusters active on fewer items are passed over, as are those of a single concept.
    n_planes : int
        Most planes of a cluster.
    n_neighbors : int
        Neighbours of a concept in the graph.
    min_active : int
        Concepts of the cluster that must be active on an item; 2 leaves out the rays of items that
        hold one of them.
    random_state : int

    Returns
    -------
    list of Plane

    Raises
    ------
    InputError
        When widths differ or ``n_clusters`` does not lie between 1 and the number of concepts.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> from begriff.analysis.multidim import find_planes
    >>> turn = 2 * np.pi * np.arange(7) / 7
    >>> days = np.stack([np.cos(turn), np.sin(turn), np.ones(7)], axis=1)
    >>> rng = np.random.default_rng(0)
    >>> strengths = rng.dirichlet([1, 1], 700)
    >>> codes = np.zeros((700, 7))
    >>> first = rng.integers(0, 7, 700)
    >>> codes[np.arange(700), first], codes[np.arange(700), (first + 1) % 7] = strengths.T
    >>> plane = find_planes(csr_array(codes), days, n_clusters=1)[0]
    >>> plane.axes, plane.circularity > 0.9, plane.control.circularity < 0.6
    ((1, 2), True, True)

    Source: Engels et al. 2024, arXiv 2405.14860.
    """
    if codes.shape[1] != len(components):
        raise InputError(
            f"codes have {codes.shape[1]} concepts and components {len(components)}; give both of"
            " one dictionary"
        )
    if not 1 <= n_clusters <= len(components):
        raise InputError(
            f"n_clusters={n_clusters} for {len(components)} concepts; give from 1 to as many"
            " clusters as concepts"
        )
    components = np.asarray(components, dtype=np.float64)
    columns, rng = codes.tocsc(copy=True), np.random.default_rng(random_state)
    columns.eliminate_zeros()
    found: list[Plane] = []
    for concepts in _clusters(components, n_clusters, n_neighbors, random_state):
        strengths = columns[:, concepts].tocsr()
        items = np.flatnonzero(np.diff(strengths.indptr) >= min_active)
        if len(concepts) > 1 and len(items) >= min_items:
            alone = _dealt_out(strengths, min_active, rng)
            found += _planes(
                strengths[items].toarray(),
                alone,
                components[concepts],
                concepts,
                items,
                n_planes,
                rng,
            )
    return sorted(found, key=lambda plane: -plane.scores.score)


def _clusters(
    components: Floats, n_clusters: int, n_neighbors: int, seed: int
) -> Iterator[NDArray[np.int64]]:
    units = unit(components)
    cosines = np.maximum(units @ units.T, 0)
    np.fill_diagonal(cosines, 0)
    k = min(n_neighbors, len(units) - 1)
    if k < 1 or n_clusters == 1:
        return iter([np.arange(len(units))])
    least = np.partition(cosines, -k, axis=1)[:, [-k]]  # the k-th best cosine of every concept
    graph = np.where((cosines >= least) | (cosines >= least.T), cosines, 0)
    labels = spectral_clusters(graph, n_clusters, random_state=seed)
    return (np.flatnonzero(labels == label) for label in range(n_clusters))


def _planes(
    strengths: Floats,
    alone: Floats,
    directions: Floats,
    concepts: NDArray[np.int64],
    items: NDArray[np.int64],
    n_planes: int,
    rng: np.random.Generator,
) -> list[Plane]:
    """Planes of activations (n, n_cluster) of directions (n_cluster, n_dims); the work is done
    inside the span of the directions.
    """
    frame, inner = np.linalg.qr(directions.T)
    points = strengths @ inner.T
    mean = points.mean(0)
    sizes, axes = np.linalg.eigh((points - mean).T @ (points - mean))
    axes = axes[:, ::-1][:, sizes[::-1] > 1e-6 * sizes[-1]]
    coordinates, apart = (points - mean) @ axes, (alone @ inner.T - mean) @ axes
    chosen = rng.choice(len(points), min(len(points), _MAX_SCORED), replace=False)
    out = []
    for i in range(min(n_planes, axes.shape[1] - 1)):
        plane = coordinates[:, i : i + 2]
        # principal components are uncorrelated
        noise = rng.standard_normal((len(chosen), 2)) * plane.std(0)
        basis = (frame @ axes[:, i : i + 2]).T
        scores = [scores_of(cloud) for cloud in (plane[chosen], noise, apart[:, i : i + 2])]
        out.append(Plane(concepts, (i + 1, i + 2), basis, frame @ mean, plane, items, *scores))
    return out


def _dealt_out(strengths: csr_array, min_active: int, rng: np.random.Generator) -> Floats:
    """Activations (n, n_cluster) of items that are active after every column is permuted; at most
    as many as are scored.
    """
    columns = strengths.tocsc()
    n, m = columns.shape
    rows = [rng.choice(n, size, replace=False) for size in np.diff(columns.indptr)]
    dealt = csc_array((columns.data, np.concatenate(rows), columns.indptr), shape=(n, m)).tocsr()
    items = np.flatnonzero(np.diff(dealt.indptr) >= min_active)
    # too few to be a cloud, where concepts meet only because they belong together
    if len(items) < 3:
        return np.zeros((3, m))
    return dealt[rng.choice(items, min(len(items), _MAX_SCORED), replace=False)].toarray()
