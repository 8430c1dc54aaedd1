"""Several dictionaries on the same vectors: means and spreads over seeds, beside controls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from begriff.errors import InputError
from begriff.evaluation.measures import Task, measure
from begriff.evaluation.trial import Fitted, fit_apart
from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats, Progress, row_batches
from begriff.metrics import matched_cosine

__all__ = ["compare", "Compared"]

_HELD = 5_000
_SEEN = 20_000
_MATCHED = 2_048
_OTHER = 10_000  # a frozen autoencoder has the directions of its own seed


@dataclass(frozen=True)
class Compared:
    """One method.

    Attributes
    ----------
    label : str
    n_concepts : int
    figures : dict of str to tuple (float, float)
        Mean and standard deviation over seeds of what :func:`begriff.evaluation.measure` gives, of
        ``seconds`` and ``megabytes``, of ``stability`` (mean cosine of concepts matched one to one
        between two seeds, and ``stability_start`` the same before the first step,
        ``stability_random`` against random directions), and of ``name`` and ``name_shuffled`` where
        names can be judged.
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
    control: str | None = None,
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
        Where vectors to fit on and fitted dictionaries are kept; an equal comparison goes on from
        there.
    labels : mapping of str to ndarray (n_items,), optional
        Attributes for probes; an empty string is no label.
    judge : callable, optional
        Gives further figures of a fitted dictionary, such as the worth of its names.
    control : str, optional
        A method that is measured again with random directions in place of those that it learnt,
        as ``random (...)``.
    seeds : int
        Fits of each method; one that knows no ``random_state`` is fitted once.
    random_state : int
        Of the split, and the first seed.

    Returns
    -------
    list of Compared
        In the order of ``methods``, and the control.
    Task
        What they were measured on.
    """
    folder = Path(folder)
    train, task = _split(X, labels or {}, folder, random_state)
    limit = min(X.shape[1], len(X) - len(task.held))
    trials = [
        (name, seed)
        for name, method in methods.items()
        for seed in _seeds(method, seeds, random_state)
    ]
    found: dict[str, list[tuple[Fitted, Mapping[str, float]]]] = {name: [] for name in methods}
    errors: dict[str, str] = {}
    for done, (name, seed) in enumerate(trials):
        if progress is not None:
            progress(done, len(trials))
        if name in errors:
            continue
        try:
            fitted = fit_apart(
                _seeded(methods[name], limit, seed),
                train,
                folder / f"{quote(name, safe=' ()=')}-{seed}",
            )
            found[name].append((fitted, _figures(fitted, task, judge)))
            if name == control:
                random = replace(
                    fitted, dictionary=deepcopy(fitted.dictionary).randomise(seed), starts=None
                )
                found.setdefault(f"random ({name})", []).append(
                    (random, _figures(random, task, judge))
                )
        except InputError as e:
            errors[name] = str(e)
    if progress is not None:
        progress(len(trials), len(trials))
    return [
        Compared(n, error=errors[n]) if n in errors else _summed(n, found[n], random_state)
        for n in {**methods, **found}
    ], task


def _figures(
    fitted: Fitted, task: Task, judge: Callable[[Dictionary], Mapping[str, float]] | None
) -> dict[str, float]:
    of_fit = {"seconds": fitted.seconds, "megabytes": fitted.peak / 2**20}
    return {
        **measure(fitted.dictionary, task),
        **of_fit,
        **(judge(fitted.dictionary) if judge is not None else {}),
    }


def _split(
    X: Floats, labels: Mapping[str, NDArray[Any]], folder: Path, seed: int
) -> tuple[Path, Task]:
    """A tenth of the items, at most 5,000, is held out; the others are a file."""
    if len(X) < 50:
        raise InputError(
            f"{len(X)} items: a comparison needs at least 50, of which a tenth is held out"
        )
    folder.mkdir(parents=True, exist_ok=True)
    order = np.random.default_rng(seed).permutation(len(X))
    n_held = min(_HELD, len(X) // 10)
    held, rest = np.sort(order[:n_held]), np.sort(order[n_held:])
    seen = rest[:: -(-len(rest) // _SEEN)]
    train = folder / "vectors.npy"
    _write(X, rest, train)
    parts = {name: (y[seen], y[held]) for name, y in labels.items()}
    return train, Task(
        np.asarray(X[seen], dtype=np.float32), np.asarray(X[held], dtype=np.float32), parts
    )


def _write(X: Floats, rows: NDArray[np.int64], path: Path) -> None:
    """Write rows of X, a batch at a time, unless the file holds them already."""
    batches = list(row_batches(rows, 65_536))
    if path.exists():
        old = np.load(path, mmap_mode="r")
        same = old.shape == (len(rows), X.shape[1])
        if same and all(
            np.array_equal(old[start : start + len(part)], X[part]) for start, part in batches
        ):
            return
    partial = path.with_suffix(".partial")
    out = np.lib.format.open_memmap(
        partial, mode="w+", dtype=np.float32, shape=(len(rows), X.shape[1])
    )
    for start, part in batches:
        out[start : start + len(part)] = X[part]
    out.flush()
    partial.replace(path)


def _seeds(method: Dictionary, n: int, first: int) -> Iterable[int]:
    return range(first, first + n) if method.has_random_state() else [first]


def _seeded(method: Dictionary, limit: int, seed: int) -> Dictionary:
    """A copy with this seed, and no more concepts than one that knows a limit may have."""
    seeded, n_concepts = clone(method).reseeded(seed), method.sizes.n_concepts
    if not method.overcomplete and n_concepts is not None and n_concepts > limit:
        seeded.set_params(n_concepts=limit)
    return seeded


def _summed(label: str, found: list[tuple[Fitted, Mapping[str, float]]], seed: int) -> Compared:
    """Means and spreads over seeds."""
    figures: dict[str, tuple[float, float]] = {}
    for key in found[0][1]:
        values = np.array([f[key] for _, f in found])
        figures[key] = (float(values.mean()), float(values.std()))
    learnt, signed = [f.dictionary.components_ for f, _ in found], found[0][0].dictionary.additive
    random = [
        deepcopy(f.dictionary).randomise(seed + _OTHER + i).components_
        for i, (f, _) in enumerate(found)
    ]
    figures["stability"] = _matched(combinations(learnt, 2), signed)
    figures["stability_start"] = _matched(
        combinations([f.starts for f, _ in found if f.starts is not None], 2), signed
    )
    figures["stability_random"] = _matched(zip(learnt, random, strict=True), signed)
    return Compared(label, len(learnt[0]), figures)


def _matched(pairs: Iterable[tuple[Floats, Floats]], signed: bool) -> tuple[float, float]:
    """Mean and spread, over pairs of sets, of the mean matched cosine; of large sets the first
    2,048 against all.
    """
    means = [float(matched_cosine(a[:_MATCHED], b, signed=signed).mean()) for a, b in pairs]
    return (float(np.mean(means)), float(np.std(means))) if means else (float("nan"), float("nan"))
