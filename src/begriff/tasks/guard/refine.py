"""The nearest unit vector that a guard lets pass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["nearest_allowed"]

Array = NDArray[np.float64]
_ROUNDS = 15
_AIM = 1.5  # times the margin: a step that ends where it aims passes


def nearest_allowed(
    x: Array,
    allowed: Array,
    scores: Callable[[Array], Array],
    slopes: Callable[[Array], Array],
    margin: float,
) -> Array:
    """The unit vector nearest to x (n_dims,) at which no score exceeds -margin.

    Starts where the chord from x to the most similar of the allowed vectors leaves what is flagged,
    so that there always is an answer. Then every score is replaced by its tangent, the point
    nearest to x under these is found exactly on the plane that touches the sphere (least distance
    programming, all concepts at once), and this is repeated from there; a step that lands on the
    flagged side is pulled back.

    Parameters
    ----------
    x : ndarray (n_dims,)
        Of length 1.
    allowed : ndarray (n, n_dims)
        Unit vectors whose scores lie below -margin.
    scores : callable
        (n_dims,) -> (n_concepts,).
    slopes : callable
        (n_dims,) -> (n_concepts, n_dims), gradients of the scores.
    margin : float

    Returns
    -------
    ndarray (n_dims,)

    Notes
    -----
    Source: Moosavi-Dezfooli et al. 2016 (DeepFool), arXiv 1511.04599; Lawson and Hanson 1974,
    chapter 23.
    """

    def passes(z: Array) -> bool:
        return bool(scores(z).max() <= -margin)

    best = _edge(x, allowed[int((allowed @ x).argmax())], passes, 20)
    z = best
    for _ in range(_ROUNDS):
        gradient = slopes(z)
        gradient -= np.outer(gradient @ z, z)  # along the sphere
        back = _towards(z, x)
        step = _least(-gradient, scores(z) + _AIM * margin + gradient @ back)
        if step is None:
            break
        moved = _along(z, back + step)
        if moved @ x > best @ x:
            best = moved if passes(moved) else _nearer(_edge(moved, best, passes, 8), best, x)
        if np.abs(moved - z).max() < 1e-5:
            break
        z = moved
    return best


def _towards(z: Array, x: Array) -> Array:
    """The tangent vector at z that leads to x along the great circle, as long as the arc."""
    cosine = float(np.clip(z @ x, -1, 1))
    across = x - cosine * z
    # guards z = x
    return np.asarray(across * (np.arccos(cosine) / max(float(np.linalg.norm(across)), 1e-12)))


def _along(z: Array, v: Array) -> Array:
    """Where the great circle from z in the direction v ends after |v|, at most 1."""
    length = float(np.linalg.norm(v))
    far = min(length, 1.0)
    moved = np.cos(far) * z + np.sin(far) * v / max(length, 1e-12)  # guards a step of length 0
    return np.asarray(moved / np.linalg.norm(moved))


def _nearer(a: Array, b: Array, x: Array) -> Array:
    return a if a @ x > b @ x else b


def _edge(x: Array, inside: Array, passes: Callable[[Array], bool], rounds: int) -> Array:
    """The first point found to pass on the chord from x to a vector that passes, brought to length
    1; by bisection.
    """
    low, high, best = 0.0, 1.0, inside
    for _ in range(rounds):
        middle = (low + high) / 2
        z = (1 - middle) * x + middle * inside
        z = z / max(float(np.linalg.norm(z)), 1e-12)  # guards opposite vectors
        if passes(z):
            high, best = middle, z
        else:
            low = middle
    return best


def _least(A: Array, b: Array) -> Array | None:
    """The shortest v with A v >= b, or None where there is none."""
    from scipy.optimize import nnls

    size = np.maximum(np.linalg.norm(A, axis=1, keepdims=True), 1e-12)  # guards a flat score
    A, b = A / size, b / size[:, 0]
    E = np.vstack([A.T, b])
    target = np.zeros(len(E))
    target[-1] = 1.0
    residual = E @ nnls(E, target)[0] - target
    return None if abs(residual[-1]) < 1e-12 else -residual[:-1] / residual[-1]
