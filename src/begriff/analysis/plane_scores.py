"""Whether points on a plane are separable, a mixture, or a circle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from begriff.errors import InputError
from begriff.kinds.checks import Floats

__all__ = ["circularity", "mixture", "PlaneScores", "scores_of", "separability"]


_N_BINS = 10

_N_ANGLES = 45  # of a quarter turn: steps of 2 degrees


@dataclass(frozen=True)
class PlaneScores:
    """Measures of a cloud of points in a plane.

    Attributes
    ----------
    separability, mixture, circularity : float
        See :func:`separability`, :func:`mixture` and :func:`circularity`.
    """

    separability: float
    mixture: float
    circularity: float

    @property
    def score(self) -> float:
        """(1 - mixture) * separability, by which planes are ranked: high for a cloud that cannot be
        taken apart.
        """
        return (1 - self.mixture) * self.separability


def separability(points: Floats, *, n_bins: int = _N_BINS, n_angles: int = _N_ANGLES) -> float:
    """Least mutual information of both coordinates over rotations, in bits: 0 where some rotation
    makes them independent.

    Each rotated cloud is binned evenly between its extremes. The bias of the binned estimate, which
    would favour small clouds, is removed to first order, and what falls below 0 is set to 0.

    Parameters
    ----------
    points : ndarray (n, 2)
    n_bins : int
        Bins of a coordinate.
    n_angles : int
        Rotations tried, evenly between 0 and 90 degrees; further ones swap and flip the
        coordinates.

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.multidim import separability
    >>> rng = np.random.default_rng(0)
    >>> turn = rng.uniform(0, 2 * np.pi, 2000)
    >>> (
    ...     separability(np.stack([np.cos(turn), np.sin(turn)], axis=1)) > 1,
    ...     separability(rng.uniform(size=(2000, 2))) < 0.05,
    ... )
    (True, True)

    Source: Engels et al. 2024, arXiv 2405.14860 (separability index); Miller 1955 (the bias).
    """
    points = _check_points(points)
    angles = np.arange(n_angles) * (np.pi / 2 / n_angles)
    turned = (points @ np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]) for t in angles)
    return max(0.0, min(_mutual_information(cloud, n_bins) for cloud in turned))


def mixture(points: Floats, *, epsilon: float = 0.1, n_angles: int = 2 * _N_ANGLES) -> float:
    """Largest share of points near one line: |v . f + c| < epsilon * root mean square of v . f + c,
    over all v and c.

    It is 1 for points on a line, about .5 for two crossing lines met equally often, and about .08
    for a Gaussian cloud. The best offset c is exact for every direction v, for each point admits an
    interval of offsets and the most overlapping ones are counted.

    Parameters
    ----------
    points : ndarray (n, 2)
    epsilon : float
        Above 0 and below 1.
    n_angles : int
        Directions v tried, evenly between 0 and 180 degrees.

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.multidim import mixture
    >>> x = np.linspace(-1, 1, 101)
    >>> (
    ...     mixture(np.stack([x, 2 * x + 1], axis=1)),
    ...     mixture(np.random.default_rng(0).standard_normal((2000, 2))) < 0.15,
    ... )
    (1.0, True)

    Source: Engels et al. 2024, arXiv 2405.14860 (epsilon-mixture index), where v and c are found by
    gradient ascent.
    """
    points = _check_points(points)
    if not 0 < epsilon < 1:
        raise InputError(
            f"epsilon={epsilon}; give a share of the root mean square above 0 and below 1"
        )
    centred = points - points.mean(0)
    angles = np.append(np.arange(n_angles) * (np.pi / n_angles), _flattest(centred))
    total = float((centred**2).sum(1).mean())
    return max(
        _best_band(np.sort(centred @ [np.cos(t), np.sin(t)]), total, epsilon) for t in angles
    )


def circularity(points: Floats) -> float:
    """One less the coefficient of variation of the radius: 1 for a circle, about .48 for an even
    Gaussian cloud.

    The radius is taken about the centre of the least-squares circle, for a circle met unevenly is
    not centred on its mean; where that centre lies further from the mean than the points do (root
    mean square), as for points near a line, about the mean. Three points lie on a circle always,
    and two tight groups lie at one distance from their mean: read it beside :func:`mixture`.

    Parameters
    ----------
    points : ndarray (n, 2)

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.multidim import circularity
    >>> turn = np.linspace(0, 5, 50)
    >>> round(circularity(np.stack([np.cos(turn) + 7, np.sin(turn)], axis=1)), 6)
    1.0

    Source: Kasa 1976, "A circle fitting procedure and its error analysis".
    """
    points = _check_points(points)
    centred = points - points.mean(0)
    squared = (centred**2).sum(1)
    # the circle |p - m|^2 = r^2 is linear in m and r^2 - |m|^2
    centre = np.linalg.lstsq(
        np.column_stack([2 * centred, np.ones(len(points))]), squared, rcond=None
    )[0][:2]
    if centre @ centre > squared.mean():
        centre = np.zeros(2)
    radius = np.linalg.norm(centred - centre, axis=1)
    return float(1 - radius.std() / radius.mean()) if radius.mean() > 0 else 0.0


def _check_points(points: Floats) -> Floats:
    points = np.asarray(points, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3:
        raise InputError(f"points have shape {points.shape}; expected (n, 2) with 3 points or more")
    return points


def scores_of(points: Floats) -> PlaneScores:
    """All three scores of points (n, 2)."""
    return PlaneScores(separability(points), mixture(points), circularity(points))


def _mutual_information(points: Floats, n_bins: int) -> float:
    low, span = points.min(0), np.ptp(points, axis=0)
    cells = np.minimum((points - low) / np.where(span > 0, span, 1) * n_bins, n_bins - 1).astype(
        np.int64
    )
    counts = np.bincount(cells[:, 0] * n_bins + cells[:, 1], minlength=n_bins**2).reshape(
        n_bins, n_bins
    )
    n = len(points)
    rows, columns = counts.sum(1), counts.sum(0)
    bias = (np.count_nonzero(counts) - np.count_nonzero(rows) - np.count_nonzero(columns) + 1) / (
        2 * n
    )
    return float(
        (_entropy(rows / n) + _entropy(columns / n) - _entropy(counts.ravel() / n) - bias)
        / np.log(2)
    )


def _entropy(shares: Floats) -> float:
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def _flattest(centred: Floats) -> float:
    """Angle of the direction of least spread, which the grid may step over for points
    on one line.
    """
    direction = np.linalg.eigh(centred.T @ centred)[1][:, 0]
    return float(np.arctan2(direction[1], direction[0]))


def _best_band(p: Floats, total: float, epsilon: float) -> float:
    """Largest share of sorted, centred p (n,) with (p - t)^2 <= epsilon^2 (var p + t^2)
    for one t.
    """
    variance = float((p**2).mean())
    if variance <= 1e-12 * total or total == 0:
        return 1.0
    rest = 1 - epsilon**2
    reach = epsilon * np.sqrt(p**2 + rest * variance)
    low, high = (p - reach) / rest, (p + reach) / rest  # offsets t that admit p; both ascend with p
    n = len(p)
    open_at = np.arange(1, n + 1) - np.searchsorted(high, low, side="left")
    return float(open_at.max()) / n
