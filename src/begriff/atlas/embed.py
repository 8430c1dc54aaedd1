"""Stage 2: texts -> passages -> unit vectors in a memory map; or vectors that exist already."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.atlas.items import Items
from begriff.atlas.store import new_array
from begriff.base import Encoder, Floats, Progress, check_vectors, row_batches
from begriff.errors import InputError
from begriff.linalg.rows import unit
from begriff.readers import Reader

__all__ = ["check_made_by", "check_spread", "embed", "finish", "given_vectors", "OWN"]

_ASKED = 24
_NEARER = 0.1
_RIGHT = 0.3

OWN = "*"
"""Stands for the vectors that the source itself holds."""


def embed(items: Items, encoder: Encoder, folder: Path, progress: Progress | None) -> None:
    """Write ``spans.npy`` (n_passages, 3: item, start, end), ``vectors.npy`` (n_passages, n_dims) and ``items.npy``.

    ``items.npy`` (n_items, n_dims) is written only where an item has several passages: the normalised mean. A killed run goes
    on at the chunk (2,048 passages, or what the encoder says) that it was in; chunks are encoded alike however often it was killed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "spans.npy").exists():
        _save(folder / "spans.npy", _spans(items, encoder))
    spans = np.load(folder / "spans.npy")
    state = folder / "progress.json"
    done = json.loads(state.read_text())["done"] if state.exists() else 0
    path = folder / "vectors.npy"
    vectors = np.load(path, mmap_mode="r+") if done else new_array(path, (len(spans), encoder.n_dims), np.float32)
    for start in range(done, len(spans), encoder.chunk):
        part = spans[start : start + encoder.chunk]
        texts = items.take(np.unique(part[:, 0]).tolist(), ["_text"])
        of = dict(zip(np.unique(part[:, 0]).tolist(), (t["_text"] for t in texts), strict=True))
        report = None if progress is None else lambda n, _, s=start: progress(s + n, len(spans))
        vectors[start : start + len(part)] = encoder.encode([of[i][a:b] for i, a, b in part.tolist()], progress=report)
        vectors.flush()
        state.write_text(json.dumps({"done": start + len(part)}))
    finish(folder, spans, vectors, items.n)


def given_vectors(items: Items, reader: Reader, vectors: str | Path | NDArray[Any], folder: Path) -> None:
    """The same files from vectors that exist: an array, an .npy or .npz file, a column of the source, or those it holds (``OWN``).

    Raises
    ------
    InputError
        When the number of vectors is not the number of rows, widths differ, a value is not finite, or a vector is zero.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source = items.column("_source")
    n_rows = _count(reader)
    raw = _load(vectors, reader, folder / "given.npy", n_rows)
    if len(raw) != n_rows:
        raise InputError(f"{len(raw)} vectors for {n_rows} rows of {reader.name}: give one vector a row, in the same order")
    spans = np.zeros((items.n, 3), dtype=np.int64)
    spans[:, 0] = np.arange(items.n)
    row = 0
    for texts in items.texts():
        spans[row : row + len(texts), 2] = [len(t) for t in texts]
        row += len(texts)
    out = new_array(folder / "vectors.npy", (items.n, raw.shape[1]), np.float32)
    for start, rows in row_batches(source, 65_536):
        part = check_vectors(np.asarray(raw[rows]), name="vectors")
        norm = np.linalg.norm(part, axis=1, keepdims=True)
        if not (norm > 0).all():
            raise InputError(f"vector of row {int(rows[int((norm == 0).argmax())])} is zero: it has no direction")
        out[start : start + len(part)] = part / norm
    out.flush()
    (folder / "given.npy").unlink(missing_ok=True)
    _save(folder / "spans.npy", spans)
    finish(folder, spans, out, items.n)


def _count(reader: Reader) -> int:
    return sum(1 for _ in reader)


def _load(vectors: str | Path | NDArray[Any], reader: Reader, scratch: Path, n_rows: int) -> NDArray[Any]:
    if isinstance(vectors, np.ndarray):
        loaded = vectors
    elif vectors == OWN:
        loaded = _written(_own(reader), scratch, n_rows)
    elif Path(vectors).suffix in (".npy", ".npz"):
        try:
            found = np.load(vectors, mmap_mode="r", allow_pickle=False)
            loaded = found if isinstance(found, np.ndarray) else _only(found, str(vectors))
        except (OSError, ValueError, EOFError) as e:
            raise InputError(f"{str(vectors)!r} holds no readable array: {e}") from e
    else:
        loaded = _written(_column(str(vectors), reader), scratch, n_rows)
    if loaded.ndim != 2 or loaded.dtype.kind not in "fiu":
        raise InputError(f"vectors have shape {loaded.shape} and dtype {loaded.dtype}: expected numbers of shape (n_items, n_dims)")
    return loaded


def _only(archive: Any, name: str) -> NDArray[Any]:
    if len(archive.files) != 1:
        raise InputError(f"{name!r} holds {len(archive.files)} arrays ({', '.join(archive.files[:5])}): expected one")
    return np.asarray(archive[archive.files[0]])


def _written(parts: Iterator[NDArray[Any]], path: Path, n_rows: int) -> NDArray[Any]:
    """Arrays (n, n_dims) as one of ``n_rows`` on disk."""
    out, done = np.empty((0, 0), dtype=np.float32), 0
    for part in parts:
        if not done:
            out = new_array(path, (n_rows, part.shape[1]), np.float32)
        out[done : done + len(part)] = part[: max(0, n_rows - done)]
        done += len(part)
    return out if done == n_rows else np.empty((done, max(out.shape[1], 1)), dtype=np.float32)


def _own(reader: Reader) -> Iterator[NDArray[Any]]:
    if reader.vectors is None:
        raise InputError(f"{reader.name} holds no vectors of its own: give an .npy or .npz file or a column")
    return reader.vectors()


def _column(name: str, reader: Reader) -> Iterator[NDArray[Any]]:
    first = next((r.row for r in islice(reader, 100) if r.row is not None), {})
    if not isinstance(first.get(name), list):
        what = "no list of numbers" if name in first else "neither an .npy or .npz file nor a column"
        raise InputError(f"vectors={name!r} is {what}; columns are {', '.join(map(str, first))}")
    width = len(first[name])
    for record in reader:
        value = (record.row or {}).get(name)
        if record.row is not None and (value is None or len(value) != width):
            raise InputError(f"line {record.line}: {name!r} has {0 if value is None else len(value)} numbers, others have {width}")
        try:
            yield np.asarray(value if value is not None else np.ones(width), dtype=np.float32).reshape(1, width)
        except (TypeError, ValueError) as e:
            raise InputError(f"line {record.line}: {name!r} holds what is no number: {e}") from e


def _spans(items: Items, encoder: Encoder) -> NDArray[np.int64]:
    out: list[tuple[int, int, int]] = []
    row = 0
    for texts in items.texts():
        for spans in encoder.spans(texts):
            out.extend((row, a, b) for a, b in spans)
            row += 1
    return np.array(out, dtype=np.int64)


def check_spread(vectors: Floats) -> None:
    """Refuse vectors (n, n_dims) that are all equal."""
    sample = vectors[:: max(1, len(vectors) // 1000)]
    if np.allclose(sample, sample[0], atol=1e-6):
        raise InputError("all vectors are equal: there is nothing to tell items apart by")


def check_made_by(items: Items, encoder: Encoder, vectors: Floats) -> None:
    """Refuse an encoder of the right width that did not make the vectors: queries would go nowhere, and nobody would see it."""
    rows = np.unique(np.linspace(0, items.n - 1, min(items.n, _ASKED)).astype(np.int64))
    texts = [t["_text"] for t in items.take(rows.tolist(), ["_text"])]
    made = encoder.encode([t[: encoder.spans([t])[0][0][1]] for t in texts])
    likeness = made @ np.asarray(vectors[rows]).T
    own, others = float(np.median(np.diag(likeness))), float(np.median(likeness[~np.eye(len(rows), dtype=bool)]))
    nearest = float((likeness.argmax(1) == np.arange(len(rows))).mean())
    if own < others + _NEARER and nearest < _RIGHT:
        raise InputError(
            f"the encoder {encoder.name} did not make these vectors: what it makes of {len(rows)} texts has a median cosine of {own:.2f} "
            f"with their own and {others:.2f} with others'. Name the encoder that made them, or encoder none"
        )


def finish(folder: Path, spans: NDArray[np.int64], vectors: Floats, n_items: int) -> None:
    """Write ``items.npy`` (n_items, n_dims), the normalised means, where an item has several passages."""
    if len(spans) == n_items:
        return
    means = new_array(folder / "items.npy", (n_items, vectors.shape[1]), np.float32)
    starts = np.searchsorted(spans[:, 0], np.arange(n_items + 1))
    for start in range(0, n_items, 4096):
        stop = min(start + 4096, n_items)
        sums = np.add.reduceat(vectors[starts[start] : starts[stop]], starts[start:stop] - starts[start], axis=0)
        means[start:stop] = unit(sums)
    means.flush()


def _save(path: Path, array: NDArray[Any]) -> None:
    partial = path.with_name("partial.npy")
    np.save(partial, array)
    partial.replace(path)
