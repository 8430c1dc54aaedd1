"""Stage 2 for vectors that exist already: an array, a file, a column of the source, or what the
source holds beside its rows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.kinds.checks import Floats, row_batches
from begriff.pipeline.embed import finish, save_array
from begriff.readers import Reader
from begriff.store.items import Items
from begriff.store.stages import digest, new_array, sum_of

__all__ = [
    "as_vectors",
    "given_vectors",
    "GivenVectors",
    "loaded",
    "OWN",
    "unit_rows",
    "vectors_key",
    "without_direction",
]

GivenVectors = str | Path | NDArray[Any]
"""An array, the path of an .npy or .npz file, the name of a column, or ``OWN``."""

OWN = "*"
"""Stands for the vectors that the source itself holds."""

_FILES = (".npy", ".npz")
_BATCH = 65_536


def as_vectors(vectors: Any, reader: Reader) -> GivenVectors | None:
    """Vectors as a caller may give them, as one of :data:`GivenVectors`.

    Parameters
    ----------
    vectors : array_like, torch.Tensor, path, str or None
        Text that ends in .npy or .npz is a file; other text is a column, of which a nested one may
        be written ``embedding.vector``.
    reader : Reader
        The source that they belong to.

    Raises
    ------
    InputError
        When there is no such file or column, or the array has no numbers of shape (n_items,
        n_dims).
    """
    if vectors is None or isinstance(vectors, np.ndarray):
        return None if vectors is None else _checked(vectors)
    if isinstance(vectors, Path) or (isinstance(vectors, str) and vectors.lower().endswith(_FILES)):
        if not Path(vectors).exists():
            raise InputError(
                f"no file {str(vectors)!r}: give an .npy or .npz file of vectors, an array, or a"
                " column"
            )
        return Path(vectors)
    if isinstance(vectors, str):
        return vectors if vectors == OWN else _column_of(vectors, reader)
    if hasattr(vectors, "detach"):
        vectors = vectors.detach().to("cpu").float().numpy()
    try:
        return _checked(np.asarray(vectors))
    except ValueError as e:
        raise InputError(
            f"vectors of type {type(vectors).__name__} are no array of shape (n_items, n_dims): {e}"
        ) from e


def _checked(array: NDArray[Any]) -> NDArray[Any]:
    if array.ndim != 2 or array.dtype.kind not in "fiu":
        raise InputError(
            f"vectors have shape {array.shape} and dtype {array.dtype}: expected numbers of shape"
            " (n_items, n_dims)"
        )
    return array


def _column_of(name: str, reader: Reader) -> str:
    """The column of that name that holds lists of numbers."""
    flat, present = name.replace(".", "_"), dict[str, Any]()
    for record in reader:
        row = record.row or {}
        for column in (name, flat):
            if row.get(column) is not None:
                if _numbers(row[column]) is None:
                    raise InputError(
                        f"vectors={name!r} is no list of numbers (line {record.line} holds"
                        f" {row[column]!r:.60})"
                    )
                return column
        present.update(dict.fromkeys(row))
    raise InputError(
        f"vectors={name!r} is neither an .npy or .npz file nor a column; columns are"
        f" {', '.join(map(str, present))}"
    )


def _numbers(value: Any) -> list[float] | None:
    """A list of numbers, or one written as text: ``[0.1, 0.2]``, or as numpy prints it, ``[0.1
    0.2]``.
    """
    if isinstance(value, str):
        inner = re.fullmatch(r"\s*\[(.*)\]\s*", value, re.DOTALL)
        if inner is None:
            return None
        try:
            return [float(v) for v in re.split(r"[,\s]+", inner.group(1).strip())]
        except ValueError:
            return None
    try:
        return None if not isinstance(value, list) or not value else [float(v) for v in value]
    except (TypeError, ValueError):
        return None


def vectors_key(vectors: GivenVectors | None) -> Any:
    """What tells given vectors from others."""
    if isinstance(vectors, np.ndarray):
        content = hashlib.blake2b(digest_size=16)
        for _, part in row_batches(vectors, 8192):
            content.update(np.ascontiguousarray(part).data)
        return digest(vectors.shape, str(vectors.dtype), content.hexdigest())
    return sum_of(vectors) if isinstance(vectors, Path) else vectors


def without_direction(vectors: GivenVectors, reader: Reader) -> dict[int, str]:
    """Positions in the source (from 0) of the rows whose vector is missing, zero, not finite or of
    another width -> why.
    """
    bad: dict[int, str] = {}
    if isinstance(vectors, str) and vectors != OWN:
        width = 0
        for at, record in enumerate(reader):
            if record.row is not None:
                numbers = _numbers(record.row.get(vectors))
                width = width or len(numbers or ())
                reason = _fault(numbers, width, vectors)
                bad.update({at: reason} if reason else {})
        return bad
    start = 0
    for part in _parts(vectors, reader):
        part = np.asarray(part, dtype=np.float64)
        infinite = ~np.isfinite(part).all(axis=1)
        for i in np.flatnonzero(infinite | ~part.any(axis=1)).tolist():
            bad[start + i] = (
                f"its vector (row {start + i + 1}, counted from 1)"
                f" {'holds NaN or infinity' if infinite[i] else _ZERO}"
            )
        start += len(part)
    return bad


_ZERO = "is zero: it has no direction"


def _fault(numbers: list[float] | None, width: int, name: str) -> str:
    if numbers is None:
        return f"{name!r} holds no list of numbers"
    if len(numbers) != width:
        return f"{name!r} has {len(numbers)} numbers, others have {width}"
    if not np.isfinite(numbers).all():
        return f"the vector in {name!r} holds NaN or infinity"
    return "" if any(numbers) else f"the vector in {name!r} {_ZERO}"


def given_vectors(items: Items, reader: Reader, vectors: GivenVectors, folder: Path) -> None:
    """Write the files of :func:`begriff.pipeline.embed.embed` from vectors that exist.

    Raises
    ------
    InputError
        When the number of vectors is not the number of rows, or widths differ.
    """
    folder.mkdir(parents=True, exist_ok=True)
    raw = loaded(vectors, reader, folder / "given.npy")
    spans = np.zeros((items.n, 3), dtype=np.int64)
    spans[:, 0] = np.arange(items.n)
    row = 0
    for texts in items.texts():
        spans[row : row + len(texts), 2] = [len(t) for t in texts]
        row += len(texts)
    out = new_array(folder / "vectors.npy", (items.n, raw.shape[1]), np.float32)
    for start, rows in row_batches(items.column("_source"), _BATCH):
        out[start : start + len(rows)] = unit_rows(raw[rows])
    out.flush()
    (folder / "given.npy").unlink(missing_ok=True)
    save_array(folder / "spans.npy", spans)
    finish(folder, spans, out, items.n)


def unit_rows(vectors: NDArray[Any]) -> Floats:
    """Vectors (n, n_dims) of any length but zero as unit vectors, float32; in float64, and scaled
    so that no square overflows.
    """
    exact = np.asarray(vectors, dtype=np.float64)
    exact = exact / np.abs(exact).max(axis=1, keepdims=True)
    return np.asarray(exact / np.linalg.norm(exact, axis=1, keepdims=True), dtype=np.float32)


def loaded(vectors: GivenVectors, reader: Reader, scratch: Path) -> NDArray[Any]:
    """One array (n_rows, n_dims) for the rows of a source; of vectors that are no file or array it
    is written to ``scratch``.

    Raises
    ------
    InputError
        When the number of vectors is not the number of rows.
    """
    n_rows = sum(1 for _ in reader)
    if isinstance(vectors, np.ndarray):
        array = vectors
    else:
        array = (
            _opened(vectors)
            if isinstance(vectors, Path)
            else _collected(vectors, reader, scratch, n_rows)
        )
    if len(array) != n_rows:
        raise InputError(
            f"{len(array)} vectors for {n_rows} rows of {reader.name}: give one vector a row, in"
            " the same order"
        )
    return array


def _collected(vectors: str, reader: Reader, scratch: Path, n_rows: int) -> NDArray[Any]:
    out, done = np.empty((0, 0), dtype=np.float32), 0
    for part in _parts(vectors, reader):
        if not done:
            out = new_array(scratch, (n_rows, part.shape[1]), np.float64)
        out[done : done + len(part)] = part[: max(0, n_rows - done)]
        done += len(part)
    return out if done == n_rows else np.empty((done, max(out.shape[1], 1)), dtype=np.float32)


def _opened(path: Path) -> NDArray[Any]:
    try:
        loaded = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as e:
        raise InputError(f"{str(path)!r} holds no readable array: {e}") from e
    if not isinstance(loaded, np.ndarray):
        if len(loaded.files) != 1:
            raise InputError(
                f"{str(path)!r} holds {len(loaded.files)} arrays ({', '.join(loaded.files[:5])}):"
                " expected one"
            )
        loaded = np.asarray(loaded[loaded.files[0]])
    return _checked(loaded)


def _parts(vectors: GivenVectors, reader: Reader) -> Iterator[NDArray[Any]]:
    """Arrays (n, n_dims), a row of the source each, in order; rows of a column that hold no vector
    are ones.
    """
    if isinstance(vectors, str) and vectors == OWN:
        if reader.vectors is None:
            raise InputError(
                f"{reader.name} holds no vectors of its own: give an .npy or .npz file or a column"
            )
        yield from reader.vectors()
    elif isinstance(vectors, str):
        width = next(
            len(n) for r in reader if (n := _numbers((r.row or {}).get(vectors))) is not None
        )
        for record in reader:
            numbers = _numbers((record.row or {}).get(vectors))
            yield np.array(
                [numbers if numbers is not None and len(numbers) == width else [1.0] * width]
            )
    else:
        array = _opened(vectors) if isinstance(vectors, Path) else vectors
        yield from (np.asarray(part) for _, part in row_batches(array, _BATCH))
