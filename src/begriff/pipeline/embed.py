"""Stage 2: texts -> passages -> unit vectors in a memory map."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.kinds.checks import Floats, Progress
from begriff.kinds.encoder import Encoder
from begriff.kinds.segmenter import Segmenter
from begriff.linalg.unit_rows import unit
from begriff.store.items import Items
from begriff.store.stages import new_array

__all__ = ["check_made_by", "check_spread", "embed", "finish", "save_array"]

_ASKED = 24
_NEARER = 0.1
_RIGHT = 0.3


def embed(
    items: Items,
    encoder: Encoder,
    segmenter: Segmenter,
    folder: Path,
    progress: Progress | None,
) -> None:
    """Write ``spans.npy`` (n_passages, 3: item, start, end), ``vectors.npy`` (n_passages, n_dims)
    and ``items.npy``.

    ``items.npy`` (n_items, n_dims) is written only where an item has several passages: the
    normalised mean. A killed run goes on at the chunk (2,048 passages, or what the encoder says)
    that it was in; chunks are encoded alike however often it was killed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "spans.npy").exists():
        save_array(folder / "spans.npy", _spans(items, segmenter))
    spans = np.load(folder / "spans.npy")
    state = folder / "progress.json"
    done = json.loads(state.read_text())["done"] if state.exists() else 0
    path = folder / "vectors.npy"
    vectors = (
        np.load(path, mmap_mode="r+")
        if done
        else new_array(path, (len(spans), encoder.n_dims), np.float32)
    )
    for start in range(done, len(spans), encoder.chunk):
        part = spans[start : start + encoder.chunk]
        texts = items.take(np.unique(part[:, 0]).tolist(), ["_text"])
        of = dict(zip(np.unique(part[:, 0]).tolist(), (t["_text"] for t in texts), strict=True))
        report = None if progress is None else lambda n, _, s=start: progress(s + n, len(spans))
        vectors[start : start + len(part)] = encoder.encode(
            [segmenter.cut(of[i], tuple(region)) for i, *region in part.tolist()], progress=report
        )
        vectors.flush()
        state.write_text(json.dumps({"done": start + len(part)}))
    finish(folder, spans, vectors, items.n)


def _spans(items: Items, segmenter: Segmenter) -> NDArray[np.int64]:
    out: list[tuple[int, ...]] = []
    row = 0
    for texts in items.texts():
        for regions in segmenter.regions(texts):
            out.extend((row, *region) for region in regions)
            row += 1
    return np.array(out, dtype=np.int64)


def check_spread(vectors: Floats) -> None:
    """Refuse vectors (n, n_dims) that are all equal."""
    sample = vectors[:: max(1, len(vectors) // 1000)]
    if np.allclose(sample, sample[0], atol=1e-6):
        raise InputError("all vectors are equal: there is nothing to tell items apart by")


def check_made_by(items: Items, encoder: Encoder, vectors: Floats) -> None:
    """Refuse an encoder of the right width that did not make the vectors: queries would go nowhere,
    and nobody would see it.
    """
    rows = np.unique(np.linspace(0, items.n - 1, min(items.n, _ASKED)).astype(np.int64))
    texts = [t["_text"] for t in items.take(rows.tolist(), ["_text"])]
    made = encoder.encode([t[: encoder.spans([t])[0][0][1]] for t in texts])
    likeness = made @ np.asarray(vectors[rows]).T
    own, others = (
        float(np.median(np.diag(likeness))),
        float(np.median(likeness[~np.eye(len(rows), dtype=bool)])),
    )
    nearest = float((likeness.argmax(1) == np.arange(len(rows))).mean())
    if own < others + _NEARER and nearest < _RIGHT:
        raise InputError(
            f"the encoder {encoder.name} did not make these vectors: what it makes of {len(rows)}"
            f" texts has a median cosine of {own:.2f} with their own and {others:.2f} with others'."
            " Name the encoder that made them, or encoder none"
        )


def finish(folder: Path, spans: NDArray[np.int64], vectors: Floats, n_items: int) -> None:
    """Write ``items.npy`` (n_items, n_dims), the normalised means, where an item has several
    passages.
    """
    if len(spans) == n_items:
        return
    means = new_array(folder / "items.npy", (n_items, vectors.shape[1]), np.float32)
    starts = np.searchsorted(spans[:, 0], np.arange(n_items + 1))
    for start in range(0, n_items, 4096):
        stop = min(start + 4096, n_items)
        sums = np.add.reduceat(
            vectors[starts[start] : starts[stop]], starts[start:stop] - starts[start], axis=0
        )
        means[start:stop] = unit(sums)
    means.flush()


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write an array that is there whole or not at all."""
    partial = path.with_name("partial.npy")
    np.save(partial, array)
    partial.replace(path)
