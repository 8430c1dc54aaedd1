"""What every kind asks of its input, and the types that they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError

__all__ = [
    "check_vectors",
    "check_weights",
    "Floats",
    "plain",
    "Progress",
    "row_batches",
    "seed_of",
]

Progress = Callable[[int, int], None]
"""Called with (done, total) while long work goes on; total is 0 when it is not known."""

Floats = NDArray[np.floating[Any]]
"""float32 unless said otherwise."""


def check_vectors(
    X: Any, *, n_dims: int | None = None, name: str = "X", minimum: int = 1, owner: str = "it"
) -> Floats:
    """Vectors as a finite float32 array; a memory map of float32 stays one.

    Parameters
    ----------
    X : array_like, torch.Tensor, or iterable of arrays, each (n, n_dims)
    n_dims : int, optional
        Required width.
    name : str
        What to call the array in errors.
    minimum : int
        Fewest rows accepted.
    owner : str
        Who expects ``n_dims``, for the error.

    Returns
    -------
    ndarray or memmap (n_items, n_dims), float32

    Raises
    ------
    InputError
        For another number of axes, another width, too few rows, NaN or infinity (the first bad row
        is named).
    """
    if hasattr(X, "toarray"):
        raise InputError(
            f"{name} is sparse; dictionaries are fitted on dense vectors: pass {name}.toarray()"
        )
    X = _array(X, name)
    if X.dtype.kind == "c":
        raise InputError(f"Complex data not supported: {name} has dtype {X.dtype}")
    if X.ndim != 2:
        raise InputError(
            f"{name} has shape {X.shape}; expected (n_items, n_dims). Reshape your data with "
            f"{name}.reshape(-1, 1) for one dimension or {name}.reshape(1, -1) for one item"
        )
    if X.shape[1] < 1:
        raise InputError(
            f"{name} has 0 feature(s) (shape={X.shape}) while a minimum of 1 is required."
        )
    if len(X) < minimum:
        raise InputError(
            f"{name} has {len(X)} sample(s) (shape={X.shape}) while a minimum of {minimum} is"
            " required."
        )
    if n_dims is not None and X.shape[1] != n_dims:
        raise InputError(
            f"{name} has {X.shape[1]} features, but {owner} is expecting {n_dims} features as"
            " input: use vectors of one encoder"
        )
    if X.dtype != np.float32:
        try:
            X = X.astype(np.float32)
        except ValueError as e:
            raise InputError(f"{name} has dtype {X.dtype}, and {e}: give numbers") from e
    for start, batch in row_batches(X, 65_536):
        bad = ~np.isfinite(batch).all(axis=1)
        if bad.any():
            raise InputError(
                f"{name} contains NaN or infinity (first in row {start + int(bad.argmax())},"
                f" {int(bad.sum())} in its batch): remove or impute those rows"
            )
    return X


def check_weights(sample_weight: Any, n: int) -> NDArray[np.float64] | None:
    """Weights (n,) of items; None stays None.

    Raises
    ------
    InputError
        For another number of weights, one that is negative or not finite, or zeros alone.
    """
    if sample_weight is None:
        return None
    given = np.asarray(sample_weight, dtype=np.float64)
    if given.shape != (n,) or not np.isfinite(given).all() or (given < 0).any() or not given.any():
        raise InputError(
            f"sample_weight of shape {given.shape}: give {n} weights of at least zero, not all of"
            " them zero"
        )
    return given


def _array(X: Any, name: str) -> NDArray[Any]:
    """An array of what came as one, as a tensor, or as several of either."""
    if hasattr(X, "detach"):
        X = X.detach().cpu()
        return np.asarray(X.float().numpy() if X.is_floating_point() else X.numpy())
    if hasattr(X, "__array__"):
        return np.asanyarray(X)  # a memory map stays one
    if not isinstance(X, Iterable):
        raise InputError(
            f"{name} is a {type(X).__name__}; give an array, a tensor or an iterable of batches"
        )
    parts = [part if hasattr(part, "ndim") else np.asarray(part) for part in X]
    if parts and all(part.ndim == 2 for part in parts):
        return np.concatenate([_array(part, name) for part in parts])
    try:
        return np.asarray(parts)
    except ValueError as e:
        raise InputError(
            f"{name} is no matrix ({e}): give (n_items, n_dims), or batches of that shape"
        ) from e


def plain(value: Any) -> Any:
    """What json cannot write, as something that it can: numpy's numbers and arrays as Python's, all
    else as text.
    """
    return np.asarray(value).tolist() if hasattr(value, "__array__") else str(value)


def seed_of(random_state: Any) -> int:
    """A whole number for a random state: itself; drawn from a RandomState or Generator; fresh for
    None.
    """
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    try:
        return int(np.random.default_rng(random_state).integers(2**31))
    except (TypeError, ValueError) as e:
        raise InputError(
            f"random_state={random_state!r}: give a whole number, None, a RandomState or a"
            " Generator"
        ) from e


def row_batches(X: NDArray[Any], size: int) -> Iterator[tuple[int, NDArray[Any]]]:
    """Pairs (first row, rows) of consecutive batches of at most ``size`` rows."""
    for start in range(0, len(X), size):
        yield start, X[start : start + size]
