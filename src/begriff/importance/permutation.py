"""How much worse a model does when a concept is shuffled among items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from begriff.errors import InputError
from begriff.importance._kernels import rows
from begriff.importance.betting import check_alpha
from begriff.importance.outputs import scores
from begriff.importance.results import Importances, verdict
from begriff.kinds.checks import Floats

__all__ = ["permutation_importance"]


def permutation_importance(
    model: Any,
    X: Any,
    y: Any = None,
    *,
    codes: Any = None,
    components: Any = None,
    loss: Callable[[Floats, Floats], Floats] | None = None,
    target: int | None = None,
    n_repeats: int = 10,
    alpha: float = 0.05,
    fdr: bool = False,
    random_state: int = 0,
) -> Importances:
    """Loss of a model with every concept permuted, less its loss as it is.

    For a model over concepts a column of X is permuted. For a model over vectors give codes and
    components: item x becomes x + (a' - a) c, where a' is another item's activation of concept c
    and everything else of x stays.

    Parameters
    ----------
    model : estimator or callable
        What :func:`begriff.importance.scores` takes.
    X : array_like (n_items, n_dims)
        Items; held out from the model's training, or the loss is that of memory.
    y : array_like (n_items,), optional
        Right answers. By default the model's own output: then the value is how much the output
        moves, whoever is right.
    codes : array_like or sparse (n_items, n_concepts), optional
        Activations of the concepts, for a model over vectors.
    components : array_like (n_concepts, n_dims), optional
        Directions of the concepts.
    loss : callable, optional
        ``loss(y, scores)`` -> (n_items,); the squared error by default.
    target : int, optional
        Column of the model's output.
    n_repeats : int, default 10
        Permutations of every concept.
    alpha : float, default 0.05
        Level of every test, or of the false discovery rate; the interval covers 1 - alpha.
    fdr : bool, default False
        Whether to correct by Benjamini and Hochberg.
    random_state : int, default 0
        Of the permutations.

    Returns
    -------
    Importances
        ``value`` is the mean increase of the loss; interval and one-sided p-value are those of
        Student's t over items, each first averaged over the repeats.

    Raises
    ------
    InputError
        For shapes that do not fit, fewer than two items, or fewer than one repeat.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.importance import permutation_importance
    >>> X = np.random.default_rng(0).normal(size=(300, 3))
    >>> found = permutation_importance(lambda X: X[:, 0], X, X[:, 0])
    >>> found.rejected.tolist(), bool(abs(found.value[0] - 2) < 0.3)
    ([True, False, False], True)

    Source: Breiman 2001, "Random forests"; Fisher, Rudin and Dominici 2019, arXiv 1801.01489.
    """
    check_alpha(alpha)
    X = np.asarray(X)
    strengths = rows(
        X if codes is None else codes, name="X" if codes is None else "codes", n=len(X)
    )
    directions = np.eye(len(strengths)) if codes is None else np.asarray(components)
    if (
        (codes is None) != (components is None)
        or directions.shape != (len(strengths), X.shape[1])
        or n_repeats < 1
    ):
        raise InputError(
            f"{len(strengths)} concepts, directions of shape {directions.shape}, X of shape"
            f" {X.shape}, n_repeats={n_repeats}: give codes (n_items, n_concepts) and components"
            " (n_concepts, n_dims) together, and at least one repeat"
        )
    said = scores(model, X, target=target)
    right = said if y is None else rows(y, name="y", n=len(X))[0]
    cost = loss or _squared
    before, rng = cost(right, said), np.random.default_rng(random_state)
    more = np.zeros(strengths.shape)
    for i, (strength, direction) in enumerate(zip(strengths, directions, strict=True)):
        for _ in range(n_repeats):
            moved = X + np.outer(rng.permutation(strength) - strength, direction)
            more[i] += (
                cost(right, scores(model, moved.astype(X.dtype, copy=False), target=target))
                - before
            ) / n_repeats
    return _student(more, alpha, fdr)


def _squared(y: Floats, said: Floats) -> Floats:
    return (y - said) ** 2


def _student(more: Floats, alpha: float, fdr: bool) -> Importances:
    """Mean of increases (n_concepts, n_items) with interval and one-sided p-value."""
    from scipy.stats import t

    n = more.shape[1]
    value, error = more.mean(1), more.std(1, ddof=1) / np.sqrt(n)
    half = t.ppf(1 - alpha / 2, n - 1) * error
    ratio = np.divide(value, error, out=np.where(value > 0, np.inf, 0.0), where=error > 0)
    # a concept that changes nothing has p = 1
    p = np.where((error > 0) | (value > 0), t.sf(ratio, n - 1), 1.0)
    return verdict(
        "increase of the loss", value, value - half, value + half, p, alpha=alpha, fdr=fdr
    )
