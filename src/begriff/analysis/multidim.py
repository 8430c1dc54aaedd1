"""Planes that several concepts share and that no two independent or alternating directions explain,
such as the circle of weekdays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from begriff.analysis.geometry import spectral_clusters
from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.linalg.unit_rows import unit

__all__ = ["circularity", "find_planes", "mixture", "Plane", "PlaneScores", "separability"]

# items that a plane is scored on, drawn at random; its coordinates are those of all
_MAX_SCORED = 2000
_N_BINS = 10
_N_ANGLES = 45  # of a quarter turn: steps of 2 degrees


@dataclass(frozen=True)
class PlaneScores:
    """Measures of a cloud of points in a plane.

    Attributes
    ----------
    separability, mixture, circularity : float
        See :func:`separability`, :func:`mixture` and :func:`circularity`.
    """

    separability: float
    mixture: float
    circularity: float

    @property
    def score(self) -> float:
        """(1 - mixture) * separability, by which planes are ranked: high for a cloud that cannot be
        taken apart.
        """
        return (1 - self.mixture) * self.separability


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
        The same measures, in the same plane, with the strengths of every concept dealt out to other
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


def separability(points: Floats, *, n_bins: int = _N_BINS, n_angles: int = _N_ANGLES) -> float:
    """Least mutual information of both coordinates over rotations, in bits: 0 where some rotation
    makes them independent.

    Each rotated cloud is binned evenly between its extremes. The bias of the binned estimate, which
    would favour small clouds, is removed to first order, and what falls below 0 is set to 0.

    Parameters
    ----------
    points : ndarray (n, 2)
    n_bins : int
        Bins of a coordinate.
    n_angles : int
        Rotations tried, evenly between 0 and 90 degrees; further ones swap and flip the
        coordinates.

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.multidim import separability
    >>> rng = np.random.default_rng(0)
    >>> turn = rng.uniform(0, 2 * np.pi, 2000)
    >>> (
    ...     separability(np.stack([np.cos(turn), np.sin(turn)], axis=1)) > 1,
    ...     separability(rng.uniform(size=(2000, 2))) < 0.05,
    ... )
    (True, True)

    Source: Engels et al. 2024, arXiv 2405.14860 (separability index); Miller 1955 (the bias).
    """
    points = _check_points(points)
    angles = np.arange(n_angles) * (np.pi / 2 / n_angles)
    turned = (points @ np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]) for t in angles)
    return max(0.0, min(_mutual_information(cloud, n_bins) for cloud in turned))


def mixture(points: Floats, *, epsilon: float = 0.1, n_angles: int = 2 * _N_ANGLES) -> float:
    """Largest share of points near one line: |v . f + c| < epsilon * root mean square of v . f + c,
    over all v and c.

    It is 1 for points on a line, about .5 for two crossing lines met equally often, and about .08
    for a Gaussian cloud. The best offset c is exact for every direction v, for each point admits an
    interval of offsets and the most overlapping ones are counted.

    Parameters
    ----------
    points : ndarray (n, 2)
    epsilon : float
        Above 0 and below 1.
    n_angles : int
        Directions v tried, evenly between 0 and 180 degrees.

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.multidim import mixture
    >>> x = np.linspace(-1, 1, 101)
    >>> (
    ...     mixture(np.stack([x, 2 * x + 1], axis=1)),
    ...     mixture(np.random.default_rng(0).standard_normal((2000, 2))) < 0.15,
    ... )
    (1.0, True)

    Source: Engels et al. 2024, arXiv 2405.14860 (epsilon-mixture index), where v and c are found by
    gradient ascent.
    """
    points = _check_points(points)
    if not 0 < epsilon < 1:
        raise InputError(
            f"epsilon={epsilon}; give a share of the root mean square above 0 and below 1"
        )
    centred = points - points.mean(0)
    angles = np.append(np.arange(n_angles) * (np.pi / n_angles), _flattest(centred))
    total = float((centred**2).sum(1).mean())
    return max(
        _best_band(np.sort(centred @ [np.cos(t), np.sin(t)]), total, epsilon) for t in angles
    )


def circularity(points: Floats) -> float:
    """One less the coefficient of variation of the radius: 1 for a circle, about .48 for an even
    Gaussian cloud.

    The radius is taken about the centre of the least-squares circle, for a circle met unevenly is
    not centred on its mean; where that centre lies further from the mean than the points do (root
    mean square), as for points near a line, about the mean. Three points lie on a circle always,
    and two tight groups lie at one distance from their mean: read it beside :func:`mixture`.

    Parameters
    ----------
    points : ndarray (n, 2)

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.multidim import circularity
    >>> turn = np.linspace(0, 5, 50)
    >>> round(circularity(np.stack([np.cos(turn) + 7, np.sin(turn)], axis=1)), 6)
    1.0

    Source: Kasa 1976, "A circle fitting procedure and its error analysis".
    """
    points = _check_points(points)
    centred = points - points.mean(0)
    squared = (centred**2).sum(1)
    # the circle |p - m|^2 = r^2 is linear in m and r^2 - |m|^2
    centre = np.linalg.lstsq(
        np.column_stack([2 * centred, np.ones(len(points))]), squared, rcond=None
    )[0][:2]
    if centre @ centre > squared.mean():
        centre = np.zeros(2)
    radius = np.linalg.norm(centred - centre, axis=1)
    return float(1 - radius.std() / radius.mean()) if radius.mean() > 0 else 0.0


def _check_points(points: Floats) -> Floats:
    points = np.asarray(points, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3:
        raise InputError(f"points have shape {points.shape}; expected (n, 2) with 3 points or more")
    return points


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
    """Planes of strengths (n, n_cluster) of directions (n_cluster, n_dims); the work is done inside
    the span of the directions.
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
        scores = [_scores(cloud) for cloud in (plane[chosen], noise, apart[:, i : i + 2])]
        out.append(Plane(concepts, (i + 1, i + 2), basis, frame @ mean, plane, items, *scores))
    return out


def _dealt_out(strengths: csr_array, min_active: int, rng: np.random.Generator) -> Floats:
    """Strengths (n, n_cluster) of items that are active after every column is permuted; at most as
    many as are scored.
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


def _scores(points: Floats) -> PlaneScores:
    return PlaneScores(separability(points), mixture(points), circularity(points))


def _mutual_information(points: Floats, n_bins: int) -> float:
    low, span = points.min(0), np.ptp(points, axis=0)
    cells = np.minimum((points - low) / np.where(span > 0, span, 1) * n_bins, n_bins - 1).astype(
        np.int64
    )
    counts = np.bincount(cells[:, 0] * n_bins + cells[:, 1], minlength=n_bins**2).reshape(
        n_bins, n_bins
    )
    n = len(points)
    rows, columns = counts.sum(1), counts.sum(0)
    bias = (np.count_nonzero(counts) - np.count_nonzero(rows) - np.count_nonzero(columns) + 1) / (
        2 * n
    )
    return float(
        (_entropy(rows / n) + _entropy(columns / n) - _entropy(counts.ravel() / n) - bias)
        / np.log(2)
    )


def _entropy(shares: Floats) -> float:
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def _flattest(centred: Floats) -> float:
    """Angle of the direction of least spread, which the grid may step over for points
    on one line.
    """
    direction = np.linalg.eigh(centred.T @ centred)[1][:, 0]
    return float(np.arctan2(direction[1], direction[0]))


def _best_band(p: Floats, total: float, epsilon: float) -> float:
    """Largest share of sorted, centred p (n,) with (p - t)^2 <= epsilon^2 (var p + t^2)
    for one t.
    """
    variance = float((p**2).mean())
    if variance <= 1e-12 * total or total == 0:
        return 1.0
    rest = 1 - epsilon**2
    reach = epsilon * np.sqrt(p**2 + rest * variance)
    low, high = (p - reach) / rest, (p + reach) / rest  # offsets t that admit p; both ascend with p
    n = len(p)
    open_at = np.arange(1, n + 1) - np.searchsorted(high, low, side="left")
    return float(open_at.max()) / n
