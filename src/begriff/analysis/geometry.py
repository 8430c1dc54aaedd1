"""How the directions of concepts lie: parallelograms, lobes, and the spectrum of the
whole cloud.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.linalg.unit_rows import unit

__all__ = [
    "eigenvalue_slope",
    "Lobes",
    "lobes",
    "Null",
    "ParallelogramQuality",
    "Parallelograms",
    "parallelograms",
    "spectral_clusters",
    "Spectrum",
]

_MIN_ITEMS = 5  # a concept active on fewer has no usable co-occurrence
_FOLDS = 5
_DENSE = 4096  # above this many rows the leading eigenvectors are found by Lanczos iteration


@dataclass(frozen=True)
class ParallelogramQuality:
    """How well the difference vectors of every relation coincide.

    Attributes
    ----------
    relations : tuple of str (n_relations,)
    cosine_before, cosine_after : ndarray (n_relations,)
        Mean cosine of two difference vectors of a relation, before and after the distractors are
        projected out.
    hits_before, hits_after : ndarray (n_relations,)
        Share of pairs for which a plus the mean difference of the other pairs lies nearest to b
        among the b's of the relation.
    """

    relations: tuple[str, ...]
    cosine_before: Floats
    cosine_after: Floats
    hits_before: Floats
    hits_after: Floats


@dataclass(frozen=True)
class Parallelograms:
    """Parallelograms of the relations as given, and of two controls that no relation can explain.

    Attributes
    ----------
    observed : ParallelogramQuality
    shuffled : ParallelogramQuality
        Mean over draws in which every a is paired with the b of another pair of its relation.
    relabelled : ParallelogramQuality
        Mean over draws in which the pairs are dealt out to relations of the same sizes; a row
        stands for a size, not for a meaning.
    """

    observed: ParallelogramQuality
    shuffled: ParallelogramQuality
    relabelled: ParallelogramQuality


@dataclass(frozen=True)
class Null:
    """A value beside what chance gives.

    Attributes
    ----------
    value : float
    draws : ndarray (n_null,)
        The same value in every draw without the effect.
    """

    value: float
    draws: Floats

    @property
    def mean(self) -> float:
        """Mean of the draws; NaN without draws."""
        return float(self.draws.mean()) if len(self.draws) else float("nan")

    @property
    def std(self) -> float:
        """Standard deviation of the draws; NaN for fewer than two."""
        return float(self.draws.std(ddof=1)) if len(self.draws) > 1 else float("nan")

    @property
    def z(self) -> float:
        """(value - mean) / std; NaN where the draws do not vary."""
        return (self.value - self.mean) / self.std if self.std > 0 else float("nan")


@dataclass(frozen=True)
class Lobes:
    """Whether concepts that occur together also lie together.

    Attributes
    ----------
    concepts : ndarray (n_kept,)
        Concepts that took part; the others are active on fewer than 5 items.
    n_left_out : int
    by_occurrence, by_direction : ndarray (n_kept,)
        Lobe of every concept that took part, from co-occurrence and from the angles between
        directions.
    ami : Null
        Adjusted mutual information of both labelings; in the null the directions are drawn
        isotropically and clustered again.
    ami_permuted : Null
        The same value; in the null the directions are dealt out to other concepts.
    accuracy : Null
        Cross-validated balanced accuracy of a logistic regression that predicts the lobe of
        co-occurrence from the direction; in the null the lobes are permuted. NaN where fewer than
        two lobes hold 5 concepts.
    """

    concepts: NDArray[np.int64]
    n_left_out: int
    by_occurrence: NDArray[np.int64]
    by_direction: NDArray[np.int64]
    ami: Null
    ami_permuted: Null
    accuracy: Null


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues of a cloud's covariance and the power law through their bulk.

    Attributes
    ----------
    eigenvalues : ndarray (<= min(n - 1, n_dims),)
        Largest first, without those that are 0 to rounding.
    ranks : tuple of int
        First and last rank (from 1, both included) of the regression.
    slope : float
        d log eigenvalue / d log rank; -1 for eigenvalues that fall as 1 / rank.
    r2 : float
        Share of the variance of the log eigenvalues in the bulk that the line explains.
    effective_dims : float
        exp of the entropy of the eigenvalues' shares; n_dims for an even spectrum.
    control : Spectrum or None
        The same for an isotropic Gaussian cloud of the same shape; None in the control itself.
    """

    eigenvalues: Floats
    ranks: tuple[int, int]
    slope: float
    r2: float
    effective_dims: float
    control: Spectrum | None = None


def parallelograms(
    pairs: Floats,
    labels: Sequence[str],
    *,
    distractors: Floats | None = None,
    n_remove: int = 1,
    n_shuffles: int = 20,
    random_state: int = 0,
) -> Parallelograms:
    """How well b - a coincides within relations, before and after directions that vary inside
    relations are projected out.

    A direction such as word length moves b - a from pair to pair of one relation and hides what the
    pairs share. For every relation the ``n_remove`` principal directions of the scatter of
    differences inside the *other* relations are projected out of its pairs, so that a relation's
    own pairs never choose them. Both controls run through the same steps.

    Parameters
    ----------
    pairs : ndarray (n_pairs, 2, n_dims)
        a and b of every pair, such as a country and its capital.
    labels : sequence of str (n_pairs,)
        Relation of every pair; each needs two pairs.
    distractors : ndarray (n_distractors, n_dims), optional
        Directions that are projected out as well, before the scatter is taken.
    n_remove : int
        0 projects out the given ``distractors`` only.
    n_shuffles : int
        Draws of each control.
    random_state : int

    Returns
    -------
    Parallelograms

    Raises
    ------
    InputError
        For another shape, a relation with one pair, or a single relation where ``n_remove`` is
        above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.geometry import parallelograms
    >>> a = np.random.default_rng(0).standard_normal((6, 4))
    >>> shift = np.eye(4)[[0, 0, 0, 1, 1, 1]]
    >>> found = parallelograms(
    ...     np.stack([a, a + shift], axis=1), ["capital"] * 3 + ["plural"] * 3, n_remove=0
    ... ).observed
    >>> found.relations, [round(float(c), 3) for c in found.cosine_before]
    (('capital', 'plural'), [1.0, 1.0])

    Source: Li et al. 2024, arXiv 2410.19750, with the within-relation scatter in the place of
    linear discriminants.
    """
    pairs = _check_pairs(pairs, labels, n_remove)
    rng = np.random.default_rng(random_state)
    names, groups = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
    cleaned = (
        pairs if distractors is None else _without(pairs, _orthonormal(np.atleast_2d(distractors)))
    )
    observed = _quality(pairs, cleaned, groups, n_remove)
    shuffled, relabelled = [], []
    for _ in range(n_shuffles):
        other = _other_partner(groups, rng)
        mixed, mixed_cleaned = pairs.copy(), cleaned.copy()
        mixed[:, 1], mixed_cleaned[:, 1] = pairs[other, 1], cleaned[other, 1]
        shuffled.append(_quality(mixed, mixed_cleaned, groups, n_remove))
        relabelled.append(_quality(pairs, cleaned, rng.permutation(groups), n_remove))
    empty = np.full_like(observed, np.nan)
    means = [
        observed,
        np.mean(shuffled, axis=0) if shuffled else empty,
        np.mean(relabelled, axis=0) if relabelled else empty,
    ]
    return Parallelograms(*(ParallelogramQuality(tuple(names.tolist()), *rows) for rows in means))


def lobes(
    codes: csr_array,
    components: Floats,
    *,
    n_lobes: int = 6,
    random_state: int = 0,
    n_null: int = 20,
) -> Lobes:
    """Whether concepts that are active on the same items have directions that lie together.

    Concepts are clustered twice: by co-occurrence (phi coefficient of being active, negative values
    0) and by direction (one less the angle over pi). Concepts active on fewer than 5 items are left
    out.

    Parameters
    ----------
    codes : csr_array (n_items, n_concepts)
        Only whether a strength is 0 counts.
    components : ndarray (n_concepts, n_dims)
    n_lobes : int
    random_state : int
    n_null : int
        Draws of every null.

    Returns
    -------
    Lobes

    Raises
    ------
    InputError
        When widths differ, or fewer concepts than lobes occur often enough.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> from begriff.analysis.geometry import lobes
    >>> codes = csr_array(np.repeat(np.kron(np.eye(2), np.ones((1, 6))), 10, axis=0))
    >>> directions = np.repeat(np.eye(2, 8), 6, axis=0) + 0.1 * np.random.default_rng(
    ...     0
    ... ).standard_normal((12, 8))
    >>> found = lobes(codes, directions, n_lobes=2, n_null=5)
    >>> found.ami.value, found.n_left_out
    (1.0, 0)

    Source: Li et al. 2024, arXiv 2410.19750.
    """
    if codes.shape[1] != len(components):
        raise InputError(
            f"codes have {codes.shape[1]} concepts and components {len(components)}; give both of"
            " one dictionary"
        )
    active = np.bincount(codes.indices[codes.data != 0], minlength=codes.shape[1])
    kept = np.flatnonzero(active >= _MIN_ITEMS)
    if not 2 <= n_lobes < len(kept):
        raise InputError(
            f"n_lobes={n_lobes} with {len(kept)} concepts active on {_MIN_ITEMS} items or more;"
            " give from 2 to fewer lobes than concepts"
        )
    rng = np.random.default_rng(random_state)
    directions = unit(np.asarray(components, dtype=np.float64)[kept])
    functional = spectral_clusters(
        np.maximum(_phi(codes, kept), 0), n_lobes, random_state=random_state
    )
    spatial = spectral_clusters(_nearness(directions), n_lobes, random_state=random_state)
    return Lobes(
        kept,
        codes.shape[1] - len(kept),
        functional,
        spatial,
        _against_isotropic(functional, spatial, directions.shape, n_lobes, n_null, rng),
        Null(
            _ami(functional, spatial),
            np.array([_ami(functional, rng.permutation(spatial)) for _ in range(n_null)]),
        ),
        _predicted(functional, directions, n_null, rng),
    )


def eigenvalue_slope(points: Floats, *, random_state: int = 0) -> Spectrum:
    """Power law of the eigenvalues of a cloud's covariance, beside an isotropic Gaussian cloud of
    the same shape.

    The line is fitted by least squares to log eigenvalue over log rank. Of r eigenvalues the bulk
    holds ranks 1 + max(1, r // 50) to r // 2: the first ones often stand for single outlying
    directions, and sampling bends the last ones down. The control shows how steep chance alone
    makes it (the quantiles of the Marchenko-Pastur law).

    Parameters
    ----------
    points : ndarray (n, n_dims)
        Used as they are; give directions at unit length.
    random_state : int
        Of the control.

    Returns
    -------
    Spectrum

    Raises
    ------
    InputError
        For fewer than 8 eigenvalues above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.geometry import eigenvalue_slope
    >>> cloud = np.random.default_rng(0).standard_normal((2000, 40)) / np.sqrt(np.arange(1, 41))
    >>> found = eigenvalue_slope(cloud)
    >>> round(found.slope, 1), found.ranks, found.control.slope > -0.2
    (-1.0, (2, 20), True)

    Source: Li et al. 2024, arXiv 2410.19750; Marchenko and Pastur 1967 (the control).
    """
    points = np.asarray(points)
    if points.ndim != 2:
        raise InputError(f"points have shape {points.shape}; expected (n, n_dims)")
    control = np.random.default_rng(random_state).standard_normal(points.shape)
    return _spectrum(points, _spectrum(control, None))


def spectral_clusters(
    affinity: Any, n_clusters: int, *, random_state: int = 0
) -> NDArray[np.int64]:
    """Cluster (n,) of every node of a weighted graph, from the leading eigenvectors of its
    normalised adjacency.

    Parameters
    ----------
    affinity : ndarray or sparse array (n, n)
        Symmetric and not negative; the diagonal is not read. A hundredth of the mean weight is
        added between all nodes, so that nodes without neighbours do not become clusters of their
        own.
    n_clusters : int
    random_state : int

    Returns
    -------
    ndarray (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.geometry import spectral_clusters
    >>> found = spectral_clusters(np.kron(np.eye(2), np.ones((3, 3))), 2)
    >>> len(set(found[:3])), len(set(found[3:])), len(set(found))
    (1, 1, 2)

    Source: Ng, Jordan and Weiss 2001, "On spectral clustering"; Amini et al. 2013 (the added
    weight).
    """
    from sklearn.cluster import KMeans

    weights = np.array(
        affinity.toarray() if hasattr(affinity, "toarray") else affinity, dtype=np.float64
    )
    np.fill_diagonal(weights, 0)
    weights += 0.01 * weights.mean() + 1e-12  # the constant guards a graph without edges
    np.fill_diagonal(weights, 0)
    root = np.sqrt(weights.sum(0))
    vectors = unit(_leading(weights / root / root[:, None], n_clusters, random_state))
    return (
        KMeans(n_clusters, n_init=10, random_state=random_state)
        .fit_predict(vectors)
        .astype(np.int64)
    )


def _leading(matrix: Floats, k: int, seed: int) -> Floats:
    n = len(matrix)
    if n <= _DENSE or k >= n // 4:
        from scipy.linalg import eigh

        return eigh(matrix, subset_by_index=(n - k, n - 1))[1]
    from scipy.sparse.linalg import eigsh

    return eigsh(matrix, k, which="LA", v0=np.random.default_rng(seed).standard_normal(n))[1]


def _check_pairs(pairs: Floats, labels: Sequence[str], n_remove: int) -> Floats:
    pairs = np.asarray(pairs, dtype=np.float64)
    if pairs.ndim != 3 or pairs.shape[1] != 2:
        raise InputError(
            f"pairs have shape {pairs.shape}; expected (n_pairs, 2, n_dims): stack a and b on"
            " axis 1"
        )
    if len(labels) != len(pairs):
        raise InputError(
            f"{len(labels)} labels for {len(pairs)} pairs; give every pair the name of its relation"
        )
    names, sizes = np.unique(np.asarray(labels, dtype=str), return_counts=True)
    if not len(names) or sizes.min() < 2:
        lonely = "none" if not len(names) else repr(str(names[sizes.argmin()]))
        raise InputError(
            f"relation {lonely} has fewer than 2 pairs, and nothing to compare; add pairs or leave"
            " it out"
        )
    if not 0 <= n_remove < pairs.shape[2]:
        raise InputError(
            f"n_remove={n_remove}; give at least 0 and fewer than the {pairs.shape[2]} dimensions"
        )
    if n_remove and len(names) < 2:
        raise InputError(
            f"n_remove={n_remove} takes directions from other relations, and there is only one; add"
            " one or set n_remove=0"
        )
    return pairs


def _by_group(groups: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    return (np.flatnonzero(groups == g) for g in range(groups.max() + 1))


def _quality(pairs: Floats, cleaned: Floats, groups: NDArray[np.int64], n_remove: int) -> Floats:
    """(4, n_relations): cosine before and after, hits before and after."""
    difference = cleaned[:, 1] - cleaned[:, 0]
    residual = difference.copy()
    for rows in _by_group(groups):
        residual[rows] -= difference[rows].mean(0)
    out = []
    for g, rows in enumerate(_by_group(groups)):
        after = cleaned[rows]
        if n_remove:
            after = _without(
                after, np.linalg.svd(residual[groups != g], full_matrices=False)[2][:n_remove]
            )
        out.append(
            (_mean_cosine(pairs[rows]), _mean_cosine(after), _hits(pairs[rows]), _hits(after))
        )
    return np.array(out).T


def _mean_cosine(pairs: Floats) -> float:
    n = len(pairs)
    units = unit(pairs[:, 1] - pairs[:, 0])
    return float(((units.sum(0) ** 2).sum() - (units**2).sum()) / (n * (n - 1)))


def _hits(pairs: Floats) -> float:
    a, b = pairs[:, 0], pairs[:, 1]
    difference = b - a
    guess = a + (difference.sum(0) - difference) / (len(pairs) - 1)
    squared = (b**2).sum(1) - 2 * guess @ b.T  # less |guess|^2, which is the same for every b
    return float((squared.argmin(1) == np.arange(len(pairs))).mean())


def _other_partner(groups: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """For every pair another pair of its relation: a cycle through the relation in random order, so
    that none keeps its own.
    """
    out = np.arange(len(groups))
    for rows in _by_group(groups):
        order = rng.permutation(rows)
        out[order] = np.roll(order, 1)
    return out


def _orthonormal(directions: Floats) -> Floats:
    _, sizes, rows = np.linalg.svd(np.asarray(directions, dtype=np.float64), full_matrices=False)
    return rows[sizes > 1e-9 * sizes.max(initial=0.0)]


def _without(X: Floats, rows: Floats) -> Floats:
    return X - (X @ rows.T) @ rows


def _phi(codes: csr_array, kept: NDArray[np.int64]) -> Floats:
    on = csr_array(
        ((codes.data != 0).astype(np.float64), codes.indices, codes.indptr), shape=codes.shape
    )[:, kept]
    together = (on.T @ on).toarray()
    count, n = together.diagonal(), codes.shape[0]
    spread = np.sqrt(count * (n - count))
    scale = np.outer(spread, spread)
    return np.divide(
        n * together - np.outer(count, count), scale, out=np.zeros_like(scale), where=scale > 0
    )


def _nearness(units: Floats) -> Floats:
    return 1 - np.arccos(np.clip(units @ units.T, -1, 1)) / np.pi


def _ami(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(a, b))


def _against_isotropic(
    functional: NDArray[np.int64],
    spatial: NDArray[np.int64],
    shape: tuple[int, ...],
    n_lobes: int,
    n_null: int,
    rng: np.random.Generator,
) -> Null:
    draws = np.empty(n_null)
    for i in range(n_null):
        random = spectral_clusters(
            _nearness(unit(rng.standard_normal(shape))), n_lobes, random_state=i
        )
        draws[i] = _ami(functional, random)
    return Null(_ami(functional, spatial), draws)


def _predicted(
    labels: NDArray[np.int64], directions: Floats, n_null: int, rng: np.random.Generator
) -> Null:
    usable = np.bincount(labels)[labels] >= _FOLDS  # a smaller lobe cannot be in every fold
    # about unit variance in every dimension
    y, X = labels[usable], directions[usable] * np.sqrt(directions.shape[1])
    if len(np.unique(y)) < 2:
        return Null(float("nan"), np.full(n_null, np.nan))
    return Null(
        _balanced_accuracy(X, y),
        np.array([_balanced_accuracy(X, rng.permutation(y)) for _ in range(n_null)]),
    )


def _balanced_accuracy(X: Floats, y: NDArray[np.int64]) -> float:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import recall_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    model = LogisticRegression(C=0.01, class_weight="balanced", max_iter=1000, tol=1e-3)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    return float(recall_score(y, cross_val_predict(model, X, y, cv=folds), average="macro"))


def _spectrum(points: Floats, control: Spectrum | None) -> Spectrum:
    centred = points - points.mean(0, dtype=np.float64)
    values = np.linalg.svd(centred, compute_uv=False) ** 2 / max(len(points) - 1, 1)
    values = values[values > 1e-10 * values.max(initial=0.0)]
    r = len(values)
    if r < 8:
        raise InputError(
            f"the points {points.shape} have {r} eigenvalues above 0; give points that span 8"
            " dimensions or more"
        )
    first, last = 1 + max(1, r // 50), r // 2
    x, y = np.log(np.arange(first, last + 1)), np.log(values[first - 1 : last])
    slope, offset = np.polyfit(x, y, 1)
    spread = float(((y - y.mean()) ** 2).sum())
    r2 = 1 - float(((y - slope * x - offset) ** 2).sum()) / spread if spread > 0 else float("nan")
    shares = values / values.sum()
    return Spectrum(
        values,
        (first, last),
        float(slope),
        r2,
        float(np.exp(-(shares * np.log(shares)).sum())),
        control,
    )
