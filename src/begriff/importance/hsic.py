"""Is a concept independent of what a model says? The same statistic as the betting test's, with
permutations, for a fixed sample.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from begriff.errors import InputError
from begriff.importance._kernels import N_WIDTH, features, rows, widths
from begriff.importance.betting import check_alpha
from begriff.importance.results import Importances, verdict
from begriff.kinds.checks import Floats

__all__ = ["hsic"]


def hsic(
    y: Any,
    Z: Any,
    *,
    n_permutations: int = 199,
    alpha: float = 0.05,
    fdr: bool = False,
    random_state: int = 0,
) -> Importances:
    """Test every concept for dependence on a model's output, all items at once.

    For a sample of fixed size more powerful than :func:`begriff.importance.skit`; invalid if one
    looks, adds items and looks again.

    Parameters
    ----------
    y : array_like (n_items,)
        What the model says.
    Z : array_like or sparse (n_items, n_concepts)
        Concepts of the items.
    n_permutations : int, default 199
        Of the outputs; the smallest p-value is one over one more.
    alpha : float, default 0.05
        Level of every test, or of the false discovery rate.
    fdr : bool, default False
        Whether to correct by Benjamini and Hochberg.
    random_state : int, default 0
        Of the permutations.

    Returns
    -------
    Importances
        ``value`` is HSIC, the squared norm of the kernels' covariance; the interval is the middle 1
        - alpha of the permutations' values.

    Raises
    ------
    InputError
        For other shapes, fewer than four items, NaN, fewer than one permutation, or a level outside
        (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.importance import hsic
    >>> Z = np.random.default_rng(0).normal(size=(200, 2))
    >>> hsic(Z[:, 0] ** 2, Z).rejected.tolist()
    [True, False]

    Source: Gretton et al. 2007, "A kernel statistical test of independence" (biased estimate).
    """
    check_alpha(alpha)
    concepts = rows(Z, name="Z", minimum=4)
    output = rows(y, name="y", n=concepts.shape[1])
    if len(output) != 1 or n_permutations < 1:
        raise InputError(
            f"y has {len(output)} columns, n_permutations={n_permutations}: give one output and at"
            " least one permutation"
        )
    rng = np.random.default_rng(random_state)
    n = output.shape[1]
    sample = rng.permutation(n)[:N_WIDTH]
    wide_y, wide = float(widths(output[:, sample])[0, 0]), widths(concepts[:, sample])[:, 0]
    of_y = _centred(output[0], wide_y)
    of_z = [_centred(concept, float(w)).T for concept, w in zip(concepts, wide, strict=True)]
    found = np.empty((len(concepts), 1 + n_permutations))
    for p in range(found.shape[1]):
        dealt = of_y[rng.permutation(n)] if p else of_y
        found[:, p] = [((z @ dealt) ** 2).sum() / n**2 for z in of_z]
    value, null = found[:, 0], found[:, 1:]
    # guards ties and zeros up to rounding
    p = (1 + (null >= value[:, None] * (1 - 1e-9) - 1e-20).sum(1)) / (1 + n_permutations)
    low, high = np.quantile(null, [alpha / 2, 1 - alpha / 2], axis=1)
    return verdict("HSIC", value, low, high, p, alpha=alpha, fdr=fdr)


def _centred(values: Floats, wide: float) -> Floats:
    """Few columns (n_items, rank) whose inner products are the centred kernel."""
    found = features(values, wide)
    found -= found.mean(0)
    size, axes = np.linalg.eigh(found.T @ found)
    # what is left out is rounding; a constant keeps nothing
    return found @ axes[:, size > 1e-12 * len(values)]
