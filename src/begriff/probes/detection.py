"""Probes compared as detectors, on items that none of them has seen, beside controls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

from begriff.errors import InputError
from begriff.kinds import Probe
from begriff.kinds.checks import Floats, check_vectors
from begriff.metrics import auroc
from begriff.metrics.intervals import delong, logit_interval
from begriff.probes.concept_vector import ConceptVector
from begriff.probes.diff_mean import DiffMean
from begriff.probes.ideal_words import IdealWords
from begriff.probes.lat import LAT
from begriff.probes.latent import Latent
from begriff.probes.logistic import Logistic

__all__ = ["compare_probes", "Detection", "Detections"]

_DRAWS = 20


@dataclass(frozen=True)
class Detection:
    """How well one probe detects.

    Attributes
    ----------
    name : str
    control : bool
        Whether it stands for what is to be expected of a probe that learnt nothing.
    auroc : float
        Mean over folds, on items held out.
    low, high : float
        Ends of its interval; of a control, between which the AUROCs of its draws lie.
    seconds : float
        Fitting, all folds together.
    """

    name: str
    control: bool
    auroc: float
    low: float
    high: float
    seconds: float


@dataclass(frozen=True)
class Detections:
    """Probes by how well they detect, the best first, then the controls.

    Attributes
    ----------
    rows : tuple of Detection
    n_items, n_positive : int
    n_folds : int
        1 for a given split.
    level : float
        Of the intervals.
    """

    rows: tuple[Detection, ...]
    n_items: int
    n_positive: int
    n_folds: int
    level: float

    def __getitem__(self, name: str) -> Detection:
        return next(r for r in self.rows if r.name == name)

    def __str__(self) -> str:
        head = (
            f"{self.n_positive} of {self.n_items} items, {self.n_folds} fold(s): AUROC"
            f" [{self.level:.0%}]"
        )
        lines = [
            f"{r.name:<18}{r.auroc:.3f} [{r.low:.3f},"
            f" {r.high:.3f}]{'  control' if r.control else ''}"
            for r in self.rows
        ]
        return "\n".join([head, *lines])


def compare_probes(
    X: Any,
    y: Any,
    *,
    probes: Mapping[str, Probe] | None = None,
    groups: ArrayLike | None = None,
    test: ArrayLike | None = None,
    n_folds: int = 5,
    level: float = 0.95,
    random_state: int = 0,
) -> Detections:
    """AUROC of probes on held-out items, with intervals, beside a random direction and shuffled
    labels.

    Parameters
    ----------
    X : array_like (n_items, n_dims)
    y : array_like (n_items,)
        Two labels; the second one is to be detected.
    probes : mapping of str to Probe, optional
        By default every probe of the catalogue with its defaults.
    groups : array_like (n_items,), optional
        A second factor, for :class:`IdealWords`.
    test : array_like (n_items,) of bool, optional
        Items held out; by default folds, stratified by label.
    n_folds : int, default 5
    level : float, default 0.95
        Of the intervals.
    random_state : int, default 0
        Of the folds and the controls.

    Returns
    -------
    Detections

    Raises
    ------
    InputError
        As the probes do; for a fold without two items of each label on either side.

    Notes
    -----
    The controls are drawn 20 times or more, over the same folds: "random direction" knows the
    labels for its sign alone (embeddings are so uneven that such a direction may detect), "shuffled
    labels" is a :class:`DiffMean` of labels in another order. AUROCs of folds are averaged, not the
    scores pooled: scores of two directions have no common scale. Folds share training items, so an
    interval over folds is a little narrow.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.probes.detection import compare_probes
    >>> X = np.random.default_rng(0).normal(size=(400, 8))
    >>> found = compare_probes(X, X[:, 0] + X[:, 1] > 0)
    >>> (
    ...     found.rows[0].name,
    ...     found["DiffMean"].low > found["Latent"].high,
    ...     found["Latent"].auroc > found["shuffled labels"].auroc,
    ... )
    ('Logistic', True, True)

    Source: Wu et al. 2025 (AxBench), arXiv 2501.17148; intervals after DeLong et al. 1988.
    """
    X = check_vectors(X, minimum=4)
    labels, held = _labels(y, len(X)), None if test is None else np.asarray(test)
    factor = None if groups is None else np.asarray(groups)
    if not 0 < level < 1:
        raise InputError(f"level={level}: must lie between 0 and 1")
    folds = list(_folds(labels, held, n_folds, random_state))
    rows = [
        _detect(n, p, X, labels, factor, folds, level)
        for n, p in (_all() if probes is None else probes).items()
    ]
    rows += [
        _control(n, X, labels, folds, level, random_state)
        for n in ("random direction", "shuffled labels")
    ]
    rows.sort(key=lambda r: (r.control, -r.auroc))
    return Detections(tuple(rows), len(X), int(labels.sum()), len(folds), level)


def _all() -> dict[str, Probe]:
    made: tuple[Probe, ...] = (
        ConceptVector(),
        DiffMean(),
        IdealWords(),
        LAT(),
        Latent(),
        Logistic(),
    )
    return {type(p).__name__: p for p in made}


def _labels(y: Any, n: int) -> NDArray[np.bool_]:
    given = np.asarray(y)
    classes = np.unique(given)
    if given.shape != (n,) or len(classes) != 2:
        raise InputError(
            f"y has shape {given.shape} and {len(classes)} label(s): give one of two labels for"
            f" each of {n} items"
        )
    return np.asarray(given == classes[1])


def _folds(
    y: NDArray[np.bool_], test: NDArray[Any] | None, n_folds: int, seed: int
) -> Iterator[NDArray[np.bool_]]:
    """Masks (n_items,) of the items held out."""
    if test is None:
        if n_folds < 2:
            raise InputError(f"n_folds={n_folds}: must be at least 2; for one split give test")
        rng, of = np.random.default_rng(seed), np.empty(len(y), dtype=np.int64)
        for side in (y, ~y):
            of[side] = rng.permutation(int(side.sum())) % n_folds
        masks = [of == i for i in range(n_folds)]
    elif test.dtype != bool or test.shape != y.shape:
        raise InputError(
            f"test has shape {test.shape} and dtype {test.dtype}: give one bool for each of"
            f" {len(y)} items"
        )
    else:
        masks = [test]
    for mask in masks:
        if min(int((part & side).sum()) for part in (mask, ~mask) for side in (y, ~y)) < 2:
            raise InputError(
                "a fold has fewer than 2 items of a label on one side: give more items of it, or"
                " fewer folds"
            )
        yield mask


def _detect(
    name: str,
    probe: Probe,
    X: Floats,
    y: NDArray[np.bool_],
    groups: NDArray[Any] | None,
    folds: list[NDArray[np.bool_]],
    level: float,
) -> Detection:
    parts, smallest, seconds = [], 0, 0.0
    for held in folds:
        more = (
            {"groups": groups[~held]}
            if groups is not None and isinstance(probe, IdealWords)
            else {}
        )
        start = perf_counter()
        fitted = clone(probe).fit(X[~held], y[~held], **more)
        seconds += perf_counter() - start
        scores = fitted.decision_function(X[held])
        parts.append(delong(scores[y[held]], scores[~y[held]]))
        smallest += min(int(y[held].sum()), int((~y[held]).sum()))
    value, variance = (
        np.mean([v for v, _ in parts]),
        np.sum([v for _, v in parts]) / len(parts) ** 2,
    )
    return Detection(
        name, False, *logit_interval(float(value), float(variance), smallest, level), seconds
    )


def _control(
    name: str,
    X: Floats,
    y: NDArray[np.bool_],
    folds: list[NDArray[np.bool_]],
    level: float,
    seed: int,
) -> Detection:
    rng, found, start = np.random.default_rng(seed), [], perf_counter()
    for held in folds:
        train, labels = X[~held], y[~held]
        for _ in range(-(-_DRAWS // len(folds))):
            if name == "shuffled labels":
                direction = DiffMean().fit(train, rng.permutation(labels)).direction_
            else:
                direction = np.asarray(rng.standard_normal(X.shape[1]), dtype=np.float32)
                direction *= (
                    np.sign((train[labels].mean(0) - train[~labels].mean(0)) @ direction) or 1.0
                )
            scores = X[held] @ direction
            found.append(auroc(scores[y[held]], scores[~y[held]]))
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Detection(
        name, True, float(np.mean(found)), float(low), float(high), perf_counter() - start
    )
