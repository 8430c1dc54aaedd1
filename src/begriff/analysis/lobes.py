"""Whether concepts that occur together lie together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.linalg.unit_rows import unit

__all__ = ["Lobes", "lobes", "Null", "spectral_clusters"]


_MIN_ITEMS = 5  # a concept active on fewer has no usable co-occurrence

_FOLDS = 5

_DENSE = 4096  # above this many rows the leading eigenvectors are found by Lanczos iteration


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
        The same value; in the null the directions are shuffled among concepts.
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
        Only whether an activation is 0 counts.
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
    >>> from begriff.analysis.lobes import lobes
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
    >>> from begriff.analysis.lobes import spectral_clusters
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
