"""Several dictionaries on the same vectors: means and spreads over seeds, beside controls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from begriff.base import Floats, Progress, row_batches
from begriff.errors import InputError
from begriff.estimators import Dictionary
from begriff.evaluation.measures import Task, measure
from begriff.evaluation.trial import Fitted, fit_apart
from begriff.metrics import matched_cosine

__all__ = ["compare", "Compared"]

_HELD = 5_000
_SEEN = 20_000
_MATCHED = 2_048


@dataclass(frozen=True)
class Compared:
    """One method.

    Attributes
    ----------
    label : str
    n_concepts : int
    figures : dict of str to tuple (float, float)
        Mean and standard deviation over seeds of what :func:`begriff.evaluation.measure` gives, of ``seconds`` and ``megabytes``, of
        ``stability`` (mean cosine of concepts matched one to one between two seeds, and ``stability_start`` the same before the first
        step, ``stability_random`` against random directions), and of ``name`` and ``name_shuffled`` where names can be judged.
    error : str
        Why it could not be fitted; then there are no figures.
    """

    label: str
    n_concepts: int = 0
    figures: dict[str, tuple[float, float]] = field(default_factory=dict)
    error: str = ""


def compare(
    methods: Mapping[str, Dictionary],
    X: Floats,
    folder: str | Path,
    *,
    labels: Mapping[str, NDArray[Any]] | None = None,
    judge: Callable[[Dictionary], Mapping[str, float]] | None = None,
    seeds: int = 3,
    random_state: int = 0,
    progress: Progress | None = None,
) -> tuple[list[Compared], Task]:
    """Fit every method with every seed on nine tenths of X, and measure it on the rest.

    Parameters
    ----------
    methods : mapping of str to Dictionary
        Unfitted. One that allows no more concepts than dimensions gets as many as it may have.
    X : ndarray or memmap (n_items, n_dims)
    folder : str or Path
        Where vectors to fit on and fitted dictionaries are kept; an equal comparison goes on from there.
    labels : mapping of str to ndarray (n_items,), optional
        Attributes for probes; an empty string is no label.
    judge : callable, optional
        Gives further figures of a fitted dictionary, such as the worth of its names.
    seeds : int
        Fits of each method; one that knows no ``random_state`` is fitted once.
    random_state : int
        Of the split, and the first seed.

    Returns
    -------
    list of Compared
        In the order of ``methods``.
    Task
        What they were measured on.
    """
    folder = Path(folder)
    train, task = _split(X, labels or {}, folder, random_state)
    trials = [(name, seed) for name, method in methods.items() for seed in _seeds(method, seeds, random_state)]
    found: dict[str, list[tuple[Fitted, Mapping[str, float]]]] = {name: [] for name in methods}
    errors: dict[str, str] = {}
    for done, (name, seed) in enumerate(trials):
        if progress is not None:
            progress(done, len(trials))
        if name in errors:
            continue
        try:
            fitted = fit_apart(_seeded(methods[name], X.shape[1], seed), train, folder / f"{_plain(name)}-{seed}")
        except InputError as e:
            errors[name] = str(e)
            continue
        figures = {**measure(fitted.dictionary, task), "seconds": fitted.seconds, "megabytes": fitted.peak / 2**20}
        found[name].append((fitted, {**figures, **(judge(fitted.dictionary) if judge is not None else {})}))
    if progress is not None:
        progress(len(trials), len(trials))
    return [Compared(n, error=errors[n]) if n in errors else _summed(n, found[n], random_state) for n in methods], task


def _split(X: Floats, labels: Mapping[str, NDArray[Any]], folder: Path, seed: int) -> tuple[Path, Task]:
    """A tenth of the items, at most 5,000, is held out; the others are a file."""
    if len(X) < 50:
        raise InputError(f"{len(X)} items: a comparison needs at least 50, of which a tenth is held out")
    folder.mkdir(parents=True, exist_ok=True)
    order = np.random.default_rng(seed).permutation(len(X))
    n_held = min(_HELD, len(X) // 10)
    held, rest = np.sort(order[:n_held]), np.sort(order[n_held:])
    seen = rest[:: -(-len(rest) // _SEEN)]
    train = folder / "vectors.npy"
    _write(X, rest, train)
    parts = {name: (y[seen], y[held]) for name, y in labels.items()}
    return train, Task(np.asarray(X[seen], dtype=np.float32), np.asarray(X[held], dtype=np.float32), parts)


def _write(X: Floats, rows: NDArray[np.int64], path: Path) -> None:
    """Write rows of X, a batch at a time, unless the file holds them already."""
    batches = list(row_batches(rows, 65_536))
    if path.exists():
        old = np.load(path, mmap_mode="r")
        same = old.shape == (len(rows), X.shape[1])
        if same and all(np.array_equal(old[start : start + len(part)], X[part]) for start, part in batches):
            return
    partial = path.with_suffix(".partial")
    out = np.lib.format.open_memmap(partial, mode="w+", dtype=np.float32, shape=(len(rows), X.shape[1]))
    for start, part in batches:
        out[start : start + len(part)] = X[part]
    out.flush()
    partial.replace(path)


def _plain(label: str) -> str:
    """A label as the name of a folder."""
    return re.sub(r"[^\w.=-]+", "_", label)


def _seeds(method: Dictionary, n: int, first: int) -> Iterable[int]:
    return range(first, first + n) if "random_state" in method.get_params() else [first]


def _seeded(method: Dictionary, n_dims: int, seed: int) -> Dictionary:
    """A copy with this seed, and no more concepts than it may have."""
    made, params = clone(method), method.get_params()
    if "random_state" in params:
        made.set_params(random_state=seed)
    if not method.overcomplete and params.get("n_concepts", 0) > n_dims:
        made.set_params(n_concepts=n_dims)
    return made


def _summed(label: str, found: list[tuple[Fitted, Mapping[str, float]]], seed: int) -> Compared:
    """Means and spreads over seeds."""
    figures: dict[str, tuple[float, float]] = {}
    for key in found[0][1]:
        values = np.array([f[key] for _, f in found])
        figures[key] = (float(values.mean()), float(values.std()))
    components = [f.dictionary.components_ for f, _ in found]
    random = np.random.default_rng([seed, 1]).standard_normal(components[0].shape).astype(np.float32)
    figures["stability"] = _matched(components)
    figures["stability_start"] = _matched([f.starts for f, _ in found if f.starts is not None])
    figures["stability_random"] = _matched([components[0], random])
    return Compared(label, len(components[0]), figures)


def _matched(sets: list[Floats]) -> tuple[float, float]:
    """Mean and spread, over pairs of sets, of the mean matched cosine; of large sets the first 2,048 against all."""
    means = [float(matched_cosine(a[:_MATCHED], b).mean()) for a, b in combinations(sets, 2)]
    return (float(np.mean(means)), float(np.std(means))) if means else (float("nan"), float("nan"))
