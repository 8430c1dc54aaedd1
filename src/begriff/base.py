"""The abstract kinds that every room fills, and the checks that they share.

Kinds that are scikit-learn estimators live in :mod:`begriff.estimators`, so that a search imports no scikit-learn.
"""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError

__all__ = [
    "check_vectors",
    "check_weights",
    "Encoder",
    "Floats",
    "Index",
    "plain",
    "Progress",
    "row_batches",
    "seed_of",
    "write_tensors",
    "write_whole",
]

Progress = Callable[[int, int], None]
"""Called with (done, total) while long work goes on; total is 0 when it is not known."""

Floats = NDArray[np.floating[Any]]
"""float32 unless said otherwise."""


def write_whole(path: str | Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all; what a killed run leaves of it is hidden.

    Raises
    ------
    OSError
        When the disk is full or the folder cannot be written to.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.partial")  # two may write the same file at once
    try:
        with partial.open("wb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_tensors(path: str | Path, arrays: Mapping[str, NDArray[Any]], metadata: dict[str, str] | None = None) -> None:
    """Write arrays as a .safetensors file, there whole or not at all.

    Raises
    ------
    OSError
        When the disk is full or the folder cannot be written to.
    """
    from safetensors.numpy import save

    write_whole(path, save({k: np.ascontiguousarray(v) for k, v in arrays.items()}, metadata))


def check_vectors(X: Any, *, n_dims: int | None = None, name: str = "X", minimum: int = 1, owner: str = "it") -> Floats:
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
        For another number of axes, another width, too few rows, NaN or infinity (the first bad row is named).
    """
    if hasattr(X, "toarray"):
        raise InputError(f"{name} is sparse; dictionaries are fitted on dense vectors: pass {name}.toarray()")
    X = _array(X, name)
    if X.dtype.kind == "c":
        raise InputError(f"Complex data not supported: {name} has dtype {X.dtype}")
    if X.ndim != 2:
        raise InputError(
            f"{name} has shape {X.shape}; expected (n_items, n_dims). Reshape your data with "
            f"{name}.reshape(-1, 1) for one dimension or {name}.reshape(1, -1) for one item"
        )
    if X.shape[1] < 1:
        raise InputError(f"{name} has 0 feature(s) (shape={X.shape}) while a minimum of 1 is required.")
    if len(X) < minimum:
        raise InputError(f"{name} has {len(X)} sample(s) (shape={X.shape}) while a minimum of {minimum} is required.")
    if n_dims is not None and X.shape[1] != n_dims:
        raise InputError(
            f"{name} has {X.shape[1]} features, but {owner} is expecting {n_dims} features as input: use vectors of one encoder"
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
                f"{name} contains NaN or infinity (first in row {start + int(bad.argmax())}, {int(bad.sum())} in its batch): "
                "remove or impute those rows"
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
        raise InputError(f"sample_weight of shape {given.shape}: give {n} weights of at least zero, not all of them zero")
    return given


def _array(X: Any, name: str) -> NDArray[Any]:
    """An array of what came as one, as a tensor, or as several of either."""
    if hasattr(X, "detach"):
        X = X.detach().cpu()
        return np.asarray(X.float().numpy() if X.is_floating_point() else X.numpy())
    if hasattr(X, "__array__"):
        return np.asanyarray(X)  # a memory map stays one
    if not isinstance(X, Iterable):
        raise InputError(f"{name} is a {type(X).__name__}; give an array, a tensor or an iterable of batches")
    parts = [part if hasattr(part, "ndim") else np.asarray(part) for part in X]
    if parts and all(part.ndim == 2 for part in parts):
        return np.concatenate([_array(part, name) for part in parts])
    try:
        return np.asarray(parts)
    except ValueError as e:
        raise InputError(f"{name} is no matrix ({e}): give (n_items, n_dims), or batches of that shape") from e


def plain(value: Any) -> Any:
    """What json cannot write, as something that it can: numpy's numbers and arrays as Python's, all else as text."""
    return np.asarray(value).tolist() if hasattr(value, "__array__") else str(value)


def seed_of(random_state: Any) -> int:
    """A whole number for a random state: itself; drawn from a RandomState or Generator; fresh for None."""
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    try:
        return int(np.random.default_rng(random_state).integers(2**31))
    except (TypeError, ValueError) as e:
        raise InputError(f"random_state={random_state!r}: give a whole number, None, a RandomState or a Generator") from e


def row_batches(X: NDArray[Any], size: int) -> Iterator[tuple[int, NDArray[Any]]]:
    """Pairs (first row, rows) of consecutive batches of at most ``size`` rows."""
    for start in range(0, len(X), size):
        yield start, X[start : start + size]


class Encoder(ABC):
    """Texts -> unit vectors. Rows are float32 and have length 1.

    Attributes
    ----------
    name : str
        Identifies the encoder and its settings; two encoders with equal names give equal vectors.
    n_dims : int
        Width of a vector.
    """

    name: str
    n_dims: int
    chunk: int = 2048
    """Texts that an interrupted run may have to encode again."""

    @abstractmethod
    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Floats:
        """Unit vectors (n_texts, n_dims) float32, in the order of ``texts``."""

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        """The same of queries, for an encoder that reads them otherwise than items."""
        return self.encode(texts)

    def estimate(self, n_chars: int) -> str:
        """What encoding this many characters takes, in words, where that is worth knowing before it starts; else empty."""
        return ""

    @abstractmethod
    def spans(self, texts: Sequence[str], *, overlap: int = 32) -> list[list[tuple[int, int]]]:
        """For every text the character ranges of its passages: as long as the encoder reads, sharing ``overlap`` tokens."""

    def settings(self) -> dict[str, Any]:
        """Keyword arguments that make an equal encoder."""
        return {}

    @classmethod
    def restore(cls, settings: Mapping[str, Any]) -> Encoder:
        """The encoder that an atlas names by its settings, which are what somebody else may have written.

        Raises
        ------
        InputError
            When it is not to be trusted.
        """
        return cls(**settings)


class Index(ABC):
    """Vectors under a key, searched by inner product."""

    @abstractmethod
    def search(self, query: Floats, k: int, *, mask: NDArray[np.bool_] | None = None) -> tuple[NDArray[np.int64], Floats]:
        """Rows and scores of the ``k`` best, best first; ``mask`` (n,) keeps rows that are True."""
