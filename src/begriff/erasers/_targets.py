"""What is to go from vectors: labels of any kind, or numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError

__all__ = ["are_labels", "as_numbers", "checked", "found_classes", "members", "one_hot", "spreads"]


def checked(
    eraser: Any, X: Any, y: Any, *, reset: bool = True, minimum: int = 1
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Vectors (n_items, n_dims) float64 or float32, and targets (n_items,) or (n_items, n_targets)
    without NaN.

    ``reset`` takes the width of X as the eraser's; else another width is refused.

    Raises
    ------
    InputError
        For too few items, another width, NaN or infinity, no targets, or another number of targets
        than items.
    """
    from sklearn.utils.validation import validate_data

    if y is None:
        raise InputError(
            f"{type(eraser).__name__} requires y to be passed, but the target y is None: give what"
            " is to go for every item"
        )
    try:
        X = validate_data(
            eraser, X, reset=reset, dtype=[np.float64, np.float32], ensure_min_samples=minimum
        )
    except ValueError as e:
        raise InputError(str(e)) from e
    targets = np.asarray(y)
    if targets.ndim not in (1, 2):
        raise InputError(
            f"y has shape {targets.shape}: give labels (n_items,), or numbers (n_items,) or"
            " (n_items, n_targets)"
        )
    if len(targets) != len(X):
        raise InputError(f"{len(X)} items and {len(targets)} targets: give one for every item")
    if targets.dtype.kind == "f" and not np.isfinite(targets).all():
        raise InputError(
            "y contains NaN or infinity: give a target for every item, or leave the item out"
        )
    return X, targets


def are_labels(targets: NDArray[Any]) -> bool:
    """Whether targets name classes: one column that is no fraction. More columns are numbers."""
    return targets.ndim == 1 and not (
        targets.dtype.kind == "f" and (targets != np.round(targets)).any()
    )


def found_classes(targets: NDArray[Any], owner: str, *, minimum: int = 1) -> NDArray[Any]:
    """The sorted classes (n_classes,), each with at least ``minimum`` items.

    Raises
    ------
    InputError
        For numbers, a single class, or a class of too few items.
    """
    if not are_labels(targets):
        raise InputError(
            f"Unknown label type: y holds numbers of shape {targets.shape} where {owner} needs one"
            " label for every item; LEACE takes both"
        )
    classes, counts = np.unique(targets, return_counts=True)
    if len(classes) < 2:
        raise InputError(
            f"y holds 1 class ({classes.tolist()[0]!r}) where {owner} needs at least 2: give items"
            " that are and items that are not"
        )
    if counts.min() < minimum:
        raise InputError(
            f"class {classes.tolist()[counts.argmin()]!r} has {counts.min()} item(s) and {owner}"
            f" needs {minimum}: give more or leave it out"
        )
    return np.asarray(classes)


def members(labels: NDArray[Any], classes: NDArray[Any]) -> NDArray[np.intp]:
    """Place (n_items,) of every label among the sorted classes.

    Raises
    ------
    InputError
        For a label that is no class.
    """
    place = np.minimum(np.searchsorted(classes, labels), len(classes) - 1)
    strange = classes[place] != labels
    if strange.any():
        raise InputError(
            f"label {labels[strange].tolist()[0]!r} is none of the classes {classes.tolist()}:"
            " leave its items out or fit again with them"
        )
    return np.asarray(place)


def one_hot(labels: NDArray[Any], classes: NDArray[Any]) -> NDArray[np.float64]:
    """Indicators (n_items, n_classes) of the sorted classes."""
    return np.asarray(
        members(labels, classes)[:, None] == np.arange(len(classes)), dtype=np.float64
    )


def as_numbers(targets: NDArray[Any]) -> NDArray[np.float64]:
    """Numeric targets (n_items, n_targets).

    Raises
    ------
    InputError
        For columns that are not numeric.
    """
    if targets.dtype.kind not in "biuf":
        raise InputError(
            f"y of shape {targets.shape} has dtype {targets.dtype}: more than one column must be"
            " numeric"
        )
    return targets.astype(np.float64).reshape(len(targets), -1)


def spreads(
    sum_of_squares: NDArray[np.float64], mean: NDArray[np.float64], n_items: int
) -> NDArray[np.float64]:
    """Standard deviations (n_targets,); infinite for a target that is constant but for rounding, so
    that dividing by it gives 0.

    Raises
    ------
    InputError
        When every target is constant.
    """
    deviation = np.sqrt(sum_of_squares / n_items)
    varies = deviation > 1e-12 * np.abs(mean)  # rounding of a constant's mean
    if not varies.any():
        raise InputError(
            "every item has the same target, so there is nothing to remove: give at least 2"
            " classes, or numbers that vary"
        )
    return np.where(varies, deviation, np.inf)
