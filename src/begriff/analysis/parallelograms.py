"""Relations between concepts as parallelograms: king - man is queen - woman."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.linalg.unit_rows import unit

__all__ = ["ParallelogramQuality", "Parallelograms", "parallelograms"]


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
        Mean over draws in which the pairs are shuffled among relations of the same sizes; a row
        stands for a size, not for a meaning.
    """

    observed: ParallelogramQuality
    shuffled: ParallelogramQuality
    relabelled: ParallelogramQuality


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
    >>> from begriff.analysis.parallelograms import parallelograms
    >>> a = np.random.default_rng(0).standard_normal((6, 4))
    >>> shift = np.eye(4)[[0, 0, 0, 1, 1, 1]]
    >>> found = parallelograms(
    ...     np.stack([a, a + shift], axis=1), ["capital"] * 3 + ["plural"] * 3, n_remove=0
    ... ).observed
    >>> found.relations, [round(float(c), 3) for c in found.cosine_before]
    (('capital', 'plural'), [1.0, 1.0])

    Source: Li et al. 2024, arXiv 2410.19750, with the within-relation scatter in place of
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
