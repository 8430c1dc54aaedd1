"""Softmax regression under an elastic net or a ridge: the solvers that the heads share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from begriff.kinds.checks import Floats

__all__ = ["Design", "elastic_net_path", "Point", "ridge", "spread"]

_LOOK = 4  # steps between two looks at the duality gap, which costs a third of a step


def spread(X: Any) -> Floats:
    """Standard deviations (n_columns,) of sparse or dense columns, float64; exactly 0 for those
    that are constant.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.bottlenecks.elastic_net import spread
    >>> spread(np.array([[1.0, 5.0], [3.0, 5.0]])).tolist()
    [1.0, 0.0]
    """
    if not hasattr(X, "tocsr"):
        deviation, low, high = X.std(axis=0, dtype=np.float64), X.min(axis=0), X.max(axis=0)
    else:
        squares = (
            np.bincount(
                X.indices, weights=np.square(X.data, dtype=np.float64), minlength=X.shape[1]
            )
            / X.shape[0]
        )
        deviation = np.sqrt(np.maximum(squares - _mean(X) ** 2, 0))  # guards rounding below 0
        low, high = (np.asarray(side(axis=0).todense()).ravel() for side in (X.min, X.max))
    return np.where(low == high, 0.0, deviation)


@dataclass(frozen=True)
class Design:
    """Codes as a solver sees them: columns centred and of standard deviation 1, without a copy of
    the codes.

    The intercept carries the centres, so they change no solution; they only let the solver take
    longer steps.

    Attributes
    ----------
    X : csr_array, csr_matrix or ndarray (n_items, n_columns)
    y : ndarray (n_items,), int
        Places of the labels among the classes.
    n_classes : int
    scale, mean : ndarray (n_columns,)
        A constant column has scale 0 and never gets a weight.
    """

    X: Any
    y: NDArray[np.int64]
    n_classes: int
    scale: Floats
    mean: Floats

    @classmethod
    def of(
        cls, X: Any, y: NDArray[np.int64], n_classes: int, scale: Floats | None = None
    ) -> Design:
        """From codes, with their own spread or a given ``scale``."""
        return cls(X, y, n_classes, spread(X) if scale is None else scale, _mean(X))

    @property
    def inverse(self) -> Floats:
        """1 / scale (n_columns,); 0 where the column is constant."""
        return np.divide(1.0, self.scale, out=np.zeros(len(self.scale)), where=self.scale > 0)

    def columns(self, kept: NDArray[np.int64]) -> Design:
        """The same items, some columns."""
        return replace(self, X=self.X[:, kept], scale=self.scale[kept], mean=self.mean[kept])

    def logits(self, W: Floats) -> Floats:
        """Sums (n_items, n_classes) of weights (n_columns + 1, n_classes), the last row of which is
        the intercept.
        """
        raw = W[:-1] * self.inverse[:, None]
        return np.asarray(self.X @ raw + (W[-1] - self.mean @ raw))

    def gradient(self, residual: Floats) -> Floats:
        """Slopes (n_columns + 1, n_classes) of the mean cross-entropy, from ``residual`` (n_items,
        n_classes).
        """
        total = residual.sum(axis=0)
        raw = self.X.T @ residual - np.outer(self.mean, total)
        return np.vstack([raw * self.inverse[:, None], total[None]]) / len(self.y)

    def loss(self, Z: Floats) -> tuple[float, Floats]:
        """Mean cross-entropy of logits (n_items, n_classes), and probabilities minus labels
        (n_items, n_classes).
        """
        top = Z.max(axis=1, keepdims=True)
        P = np.exp(Z - top)
        total = P.sum(axis=1, keepdims=True)
        rows = np.arange(len(Z))
        value = float(np.mean(np.log(total[:, 0]) + top[:, 0] - Z[rows, self.y]))
        P /= total
        P[rows, self.y] -= 1
        return value, P

    def start(self) -> Floats:
        """Weights (n_columns + 1, n_classes) of the best model without concepts: each class's
        frequency.
        """
        W = np.zeros((self.X.shape[1] + 1, self.n_classes))
        W[-1] = np.log(np.bincount(self.y, minlength=self.n_classes) / len(self.y))
        W[-1] -= W[-1].mean()
        return W


@dataclass(frozen=True)
class Point:
    """One point of the path: the penalty, and weights (n_columns + 1, n_classes) in units of
    standard deviations.
    """

    penalty: float
    weights: Floats


def elastic_net_path(
    design: Design,
    penalties: Iterable[float],
    *,
    l1_ratio: float,
    enough: int | None = None,
    tol: float = 1e-4,
    max_iter: int = 2000,
) -> Iterator[Point]:
    """Minimise mean cross-entropy + penalty (l1_ratio |W|_1 + (1 - l1_ratio) / 2 |W|^2), the
    intercept left free.

    Warm starts along falling penalties; columns that the strong rule lets go are left out and
    checked afterwards.

    Parameters
    ----------
    design : Design
    penalties : iterable of float
        Falling.
    l1_ratio : float
        Above 0.
    enough : int, optional
        The path ends where every class has this many concepts.
    tol : float, default 1e-4
        Largest duality gap: how far the objective may lie above its minimum.
    max_iter : int, default 2000
        Steps a point.

    Yields
    ------
    Point

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.bottlenecks.elastic_net import Design, elastic_net_path
    >>> design = Design.of(np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([0, 0, 1, 1]), 2)
    >>> [
    ...     round(float(p.weights[0, 1]), 2)
    ...     for p in elastic_net_path(design, [0.5, 0.1], l1_ratio=1.0, tol=1e-6)
    ... ]
    [0.0, 1.1]

    Source: Wong et al. 2021 (glm_saga's objective), arXiv 2105.04857; Beck and Teboulle 2009
    (FISTA); Tibshirani et al. 2012 (strong rules), arXiv 1011.2234.
    """
    W = design.start()
    slopes = design.gradient(design.loss(design.logits(W))[1])
    before, steep = float(np.abs(slopes[:-1]).max()) / l1_ratio, 0.25
    for penalty in penalties:
        # the strong rule: slopes change more slowly than the penalty
        bound = l1_ratio * (2 * penalty - before)
        active = (np.abs(slopes[:-1]).max(axis=1) >= bound) | W[:-1].any(axis=1)
        while True:
            kept = np.flatnonzero(active)
            rows = np.append(kept, len(W) - 1)
            W[rows], steep = _fista(
                design.columns(kept), W[rows], penalty, l1_ratio, steep, tol, max_iter
            )
            slopes = design.gradient(design.loss(design.logits(W))[1])
            # guards slopes at the bound
            wrong = ~active & (np.abs(slopes[:-1]).max(axis=1) > penalty * l1_ratio * (1 + 1e-3))
            if not wrong.any():
                break
            active |= wrong
        yield Point(float(penalty), W.copy())
        if enough is not None and (W[:-1] != 0).sum(axis=0).min() >= enough:
            return
        before = penalty


def _fista(
    design: Design,
    W: Floats,
    penalty: float,
    l1_ratio: float,
    steep: float,
    tol: float,
    max_iter: int,
) -> tuple[Floats, float]:
    """Accelerated proximal steps with line search and restarts, from W; also the curvature that the
    last step found.
    """
    thick, damp = penalty * l1_ratio, penalty * (1 - l1_ratio)
    Z = design.logits(W)
    ahead, Z_ahead, momentum = W, Z, 1.0
    for turn in range(max_iter):
        value, residual = design.loss(Z_ahead)
        slopes = design.gradient(residual)
        done = (
            turn % _LOOK == 0 and _gap(design, ahead, value, residual, slopes, thick, damp) <= tol
        )
        while True:
            new = _shrink(ahead - slopes / steep, thick / steep, damp / steep)
            Z_new, step = design.logits(new), new - ahead
            bound = value + float((slopes * step).sum()) + steep / 2 * float((step**2).sum())
            if design.loss(Z_new)[0] <= bound + 1e-12:  # guards rounding where the step is tiny
                break
            steep *= 2
        if done:  # a step never lies above the point it is taken from
            return new, steep
        if float(((ahead - new) * (new - W)).sum()) > 0:
            momentum = 1.0
        later = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        pace = (momentum - 1) / later
        ahead, Z_ahead = new + pace * (new - W), Z_new + pace * (Z_new - Z)
        W, Z, momentum, steep = new, Z_new, later, steep * 0.9
    return W, steep


def _shrink(W: Floats, thick: float, damp: float) -> Floats:
    """The proximal step of the penalty; the intercept, in the last row, is left alone."""
    out = np.sign(W) * np.maximum(np.abs(W) - thick, 0) / (1 + damp)
    out[-1] = W[-1]
    return out


def _gap(
    design: Design,
    W: Floats,
    value: float,
    residual: Floats,
    slopes: Floats,
    thick: float,
    damp: float,
) -> float:
    """Duality gap at W, with the residual shrunk until it is feasible; a slope of the intercept
    counts as what a step would win.
    """
    share = 1.0 if damp > 0 else thick / max(thick, float(np.abs(slopes[:-1]).max(initial=0.0)))
    excess = np.maximum(share * np.abs(slopes[:-1]) - thick, 0)
    conjugate = float((excess**2).sum()) / (2 * damp) if damp > 0 else 0.0
    Q = share * residual
    Q[np.arange(len(Q)), design.y] += 1
    entropy = float(xlogy(Q, Q).sum()) / len(Q)
    primal = value + thick * float(np.abs(W[:-1]).sum()) + damp / 2 * float((W[:-1] ** 2).sum())
    return primal + entropy + conjugate + design.n_classes * float((slopes[-1] ** 2).sum())


def ridge(
    design: Design,
    penalty: float | Floats,
    *,
    mask: NDArray[np.bool_] | None = None,
    offset: Floats | None = None,
    start: Floats | None = None,
    max_iter: int = 500,
) -> Floats:
    """Minimise mean cross-entropy of ``offset`` + logits, plus penalty / 2 W^2 in sum, over the
    weights that ``mask`` leaves free.

    Parameters
    ----------
    design : Design
    penalty : float or ndarray (n_columns,)
        Above 0.
    mask : ndarray (n_columns, n_classes) of bool, optional
        Weights that may differ from 0; all of them by default.
    offset : ndarray (n_items, n_classes), optional
        Logits of a frozen part.
    start : ndarray (n_columns + 1, n_classes), optional
    max_iter : int, default 500

    Returns
    -------
    ndarray (n_columns + 1, n_classes), float64
        In units of standard deviations; the last row is the intercept, which is free and sums to 0.
    """
    from scipy.optimize import minimize

    # columns that nobody reads cost time and change nothing
    if mask is not None and not mask.any(axis=1).all():
        kept = np.flatnonzero(mask.any(axis=1))
        rows, out = np.append(kept, len(mask)), np.zeros((len(mask) + 1, design.n_classes))
        some = np.broadcast_to(penalty, (len(mask),))[kept]
        begin = None if start is None else start[rows]
        out[rows] = ridge(
            design.columns(kept),
            some,
            mask=mask[kept],
            offset=offset,
            start=begin,
            max_iter=max_iter,
        )
        return out
    full = np.ones((design.X.shape[1], design.n_classes), bool) if mask is None else mask
    free = np.vstack([full & (design.scale > 0)[:, None], np.ones((1, design.n_classes), bool)])
    W = (
        (design.start() if offset is None else np.zeros(free.shape))
        if start is None
        else start * free
    )
    weigh = np.append(np.broadcast_to(penalty, (len(W) - 1,)), 0.0)[:, None]
    # about the curvature: steps of equal size
    stretch = np.broadcast_to(np.sqrt(weigh + 1 / design.n_classes), W.shape)[free]

    def objective(v: Floats) -> tuple[float, Floats]:
        W[free] = v / stretch
        Z = design.logits(W)
        value, residual = design.loss(Z if offset is None else Z + offset)
        slopes = design.gradient(residual) + weigh * W
        return value + float((weigh * W**2).sum()) / 2, slopes[free] / stretch

    found = minimize(
        objective,
        W[free] * stretch,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": max_iter, "ftol": 1e-9, "gtol": 1e-6},
    )
    W[free] = found.x / stretch
    W[-1] -= W[-1].mean()
    return W


def _mean(X: Any) -> Floats:
    return np.asarray(X.mean(axis=0), dtype=np.float64).ravel()
