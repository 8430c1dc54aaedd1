"""Stage 9: unit vectors -> a place in the plane for every item, near those of the items that
resemble it.
"""

from __future__ import annotations

import importlib
import json
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.extmath import randomized_svd

from begriff.errors import MissingExtraError
from begriff.kinds.checks import Floats, Progress, row_batches

__all__ = ["lay_out", "place_beside", "read_points"]

_SETTINGS: dict[str, Any] = {
    "metric": "cosine",
    "n_neighbors": 15,
    "min_dist": 0.05,
    "n_epochs": 300,
}
_MOST = 50_000
_BLOCK = 256
_GROUP = 64
_PCA_ROWS = 10_000
_COMPANY = 10  # laid-out neighbours that an item is placed by
_ISLAND = 0.01  # width of their kernel, as a share of the map's extent
_STRAGGLERS = 0.1  # per cent of the items


def lay_out(
    vectors: Floats,
    folder: Path,
    random_state: int,
    progress: Progress | None,
    *,
    most: int = _MOST,
) -> None:
    """Write ``points.npy`` (n_items, 2) uint16 and ``layout.json``: method, number of items it
    ``placed`` itself, settings.

    UMAP lays out the items, or a random sample of ``most``, from their exact neighbours and
    starting from two principal components. Every other item goes to where the largest group of its
    10 nearest laid-out items lies, not between far islands. The longer side of the map spans 0 to
    65,535; the outermost .1 % are moved to its border where they lie outside. Fewer than 16 items
    are placed by two principal components.

    Parameters
    ----------
    vectors : ndarray or memmap (n_items, n_dims), float32
        Unit rows.
    folder : Path
    random_state : int
        The same vectors, seed and number of threads give the same points.
    progress : callable, optional
    most : int
        Items that UMAP lays out.

    Raises
    ------
    MissingExtraError
        When umap-learn is not installed.

    Source: McInnes, Healy and Melville 2018, "UMAP: uniform manifold approximation and projection",
    arXiv 1802.03426; starting from principal components: Kobak and Linderman 2021.
    """
    folder.mkdir(parents=True, exist_ok=True)
    n = len(vectors)
    if n <= _SETTINGS["n_neighbors"]:
        found: dict[str, Any] = {"method": "pca", "placed": n, "settings": {}}
        points = _principal(np.asarray(vectors), random_state)
    else:
        _umap_class()  # without it nothing else is worth doing
        rows = (
            np.arange(n)
            if n <= most
            else np.sort(np.random.default_rng(random_state).choice(n, most, replace=False))
        )
        meter = _Steps(progress, len(rows), n)
        laid = np.ascontiguousarray(vectors[rows], dtype=np.float32)
        points = np.empty((n, 2), dtype=np.float32)
        points[rows] = _umap(laid, random_state, meter)
        rest = np.setdiff1d(np.arange(n), rows, assume_unique=True)
        points[rest] = _beside(vectors, rest, laid, points[rows], meter)
        settings = {
            **_SETTINGS,
            "init": "pca",
            "random_state": random_state,
            "umap-learn": version("umap-learn"),
        }
        found = {"method": "umap", "placed": len(rows), "settings": settings}
    np.save(folder / "points.npy", _quantised(points))
    (folder / "layout.json").write_text(json.dumps(found))


def place_beside(vectors: Floats, laid: Floats, points: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Places (n, 2) of vectors (n, n_dims) on a map that stays, given its items (n_laid, n_dims)
    and their places; at most 50,000 count.
    """
    step = -(-len(laid) // _MOST)
    found = _beside(
        vectors,
        np.arange(len(vectors)),
        np.asarray(laid[::step]),
        np.asarray(points[::step], np.float32),
        _Steps(None, 0, 0),
    )
    return np.asarray(np.rint(np.clip(found, 0, 65_535)), dtype=np.uint16)


def read_points(folder: Path) -> NDArray[np.uint16]:
    """Memory map (n_items, 2) of what ``lay_out`` wrote."""
    points: NDArray[np.uint16] = np.load(folder / "points.npy", mmap_mode="r")
    return points


class _Steps:
    """Progress in rows of work: a laid-out item counts once for its neighbours and 1.5 times for
    UMAP, another once.
    """

    def __init__(self, progress: Progress | None, n_laid: int, n_items: int) -> None:
        self.progress, self.done, self.total = progress, 0, n_items + 3 * n_laid // 2

    def add(self, rows: int) -> None:
        self.done += rows
        if self.progress is not None:
            self.progress(self.done, self.total)


def _umap_class() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Tensorflow not installed", ImportWarning)
            return importlib.import_module("umap").UMAP
    except ImportError as e:
        raise MissingExtraError("the map", "map") from e


def _umap(X: Floats, seed: int, meter: _Steps) -> Floats:
    """Positions (n, 2) float32 of X (n, n_dims), n > n_neighbors."""
    k = _SETTINGS["n_neighbors"]
    columns, cosines = (
        np.empty((len(X), k), dtype=np.int32),
        np.empty((len(X), k), dtype=np.float32),
    )
    for start, part in row_batches(X, _BLOCK):
        here = slice(start, start + len(part))
        columns[here], cosines[here] = _nearest(part, X, k, first=start)
        meter.add(len(part))
    start_at = _principal(X, seed)
    start_at /= max(float(start_at.std(0).max()), 1e-6)  # guards vectors that are all equal
    # repeats must be able to part
    start_at += np.random.default_rng(seed).normal(0, 1e-4, start_at.shape)
    # equal vectors, exactly opposite ones included, stay linked: disconnection_distance. Without
    # n_jobs=1 UMAP warns of its seed.
    fitted = _umap_class()(
        **_SETTINGS,
        init=start_at.astype(np.float32),
        precomputed_knn=(columns, np.maximum(1 - cosines, 0)),
        disconnection_distance=np.inf,
        random_state=seed,
        n_jobs=1,
    )
    with warnings.catch_warnings():
        # an index for new items, which are placed here
        warnings.filterwarnings("ignore", r"precomputed_knn\[2\]", UserWarning)
        points = np.asarray(fitted.fit_transform(X), dtype=np.float32)
    meter.add(3 * len(X) // 2)
    return points


def _nearest(
    queries: Floats, base: Floats, k: int, *, first: int | None = None
) -> tuple[NDArray[np.int64], Floats]:
    """Rows and cosines, each (n, k), of the nearest rows of base (n_base, n_dims), nearest first.

    Exact: the k best lie in the k groups of 64 whose maxima are the largest. With ``first``,
    queries are the rows of base from there on, and each one's nearest is itself.
    """
    n, width = len(queries), -(-len(base) // _GROUP)
    cosine = np.full((n, width * _GROUP), -4, dtype=np.float32)
    np.matmul(queries, base.T, out=cosine[:, : len(base)])
    if first is not None:
        cosine[np.arange(n), first + np.arange(n)] = 4
    best = cosine.reshape(n, _GROUP, width).max(1)
    groups = (
        np.argpartition(best, -k, axis=1)[:, -k:]
        if k < width
        else np.broadcast_to(np.arange(width), best.shape)
    )
    columns = (groups[:, :, None] + width * np.arange(_GROUP)).reshape(n, -1)
    columns.sort(axis=1)  # of equal cosines the lower row comes first
    order = np.argsort(-np.take_along_axis(cosine, columns, 1), axis=1, kind="stable")[:, :k]
    columns = np.take_along_axis(columns, order, 1)
    found = np.take_along_axis(cosine, columns, 1)
    return columns, np.where(found > 2, np.float32(1), found)


def _principal(X: Floats, seed: int) -> Floats:
    """The first two principal components (n, 2) of X, fitted on at most 10,000 rows; zeros where
    there are fewer.
    """
    mean = X.mean(0)
    sample = X[:: max(1, len(X) // _PCA_ROWS)] - mean
    _, _, axes = randomized_svd(sample, min(2, *sample.shape), random_state=seed)
    out = np.zeros((len(X), 2), dtype=np.float32)
    out[:, : len(axes)] = X @ axes.T - mean @ axes.T
    return out


def _beside(
    vectors: Floats, rows: NDArray[np.int64], laid: Floats, points: Floats, meter: _Steps
) -> Floats:
    """Positions (n_rows, 2) of some rows of vectors, given those (n_laid, 2) of the laid-out
    vectors (n_laid, n_dims).

    Of its nearest laid-out items, the one with most of the others around it on the map stands for
    the island, and the kernel mean about it is the place (one step of mean shift).
    """
    out = np.empty((len(rows), 2), dtype=np.float32)
    # guards points that are all equal
    width = max(_ISLAND * float(np.ptp(points, axis=0).max()), 1e-12)
    for start, part in row_batches(rows, _BLOCK):
        near, _ = _nearest(np.asarray(vectors[part]), laid, min(_COMPANY, len(laid)))
        at = points[near]
        close = np.exp(-((at[:, :, None] - at[:, None]) ** 2).sum(-1) / (2 * width**2))
        around = close[np.arange(len(part)), close.sum(2).argmax(1)]
        out[start : start + len(part)] = (around[:, :, None] * at).sum(1) / around.sum(
            1, keepdims=True
        )
        meter.add(len(part))
    return out


def _quantised(points: Floats) -> NDArray[np.uint16]:
    low, high = np.percentile(points, [_STRAGGLERS / 2, 100 - _STRAGGLERS / 2], axis=0)
    span = max(float((high - low).max()), 1e-12)  # guards points that are all equal
    unit = np.clip((points - (low + high) / 2) / span + 0.5, 0, 1)
    return np.asarray(np.rint(unit * 65_535), dtype=np.uint16)
