"""The spectrum of a cloud of points against that of an isotropic one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from begriff.errors import InputError
from begriff.kinds.checks import Floats

__all__ = ["eigenvalue_slope", "Spectrum"]


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues of a cloud's covariance and the power law through their bulk.

    Attributes
    ----------
    eigenvalues : ndarray (<= min(n - 1, n_dims),)
        Largest first, without those that are 0 to rounding.
    ranks : tuple of int
        First and last rank (from 1, both included) of the regression.
    slope : float
        d log eigenvalue / d log rank; -1 for eigenvalues that fall as 1 / rank.
    r2 : float
        Share of the variance of the log eigenvalues in the bulk that the line explains.
    effective_dims : float
        exp of the entropy of the eigenvalues' shares; n_dims for an even spectrum.
    control : Spectrum or None
        The same for an isotropic Gaussian cloud of the same shape; None in the control itself.
    """

    eigenvalues: Floats
    ranks: tuple[int, int]
    slope: float
    r2: float
    effective_dims: float
    control: Spectrum | None = None


def eigenvalue_slope(points: Floats, *, random_state: int = 0) -> Spectrum:
    """Power law of the eigenvalues of a cloud's covariance, beside an isotropic Gaussian cloud of
    the same shape.

    The line is fitted by least squares to log eigenvalue over log rank. Of r eigenvalues the bulk
    holds ranks 1 + max(1, r // 50) to r // 2: the first ones often stand for single outlying
    directions, and sampling bends the last ones down. The control shows how steep chance alone
    makes it (the quantiles of the Marchenko-Pastur law).

    Parameters
    ----------
    points : ndarray (n, n_dims)
        Used as they are; give directions at unit length.
    random_state : int
        Of the control.

    Returns
    -------
    Spectrum

    Raises
    ------
    InputError
        For fewer than 8 eigenvalues above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.spectrum import eigenvalue_slope
    >>> cloud = np.random.default_rng(0).standard_normal((2000, 40)) / np.sqrt(np.arange(1, 41))
    >>> found = eigenvalue_slope(cloud)
    >>> round(found.slope, 1), found.ranks, found.control.slope > -0.2
    (-1.0, (2, 20), True)

    Source: Li et al. 2024, arXiv 2410.19750; Marchenko and Pastur 1967 (the control).
    """
    points = np.asarray(points)
    if points.ndim != 2:
        raise InputError(f"points have shape {points.shape}; expected (n, n_dims)")
    control = np.random.default_rng(random_state).standard_normal(points.shape)
    return _spectrum(points, _spectrum(control, None))


def _spectrum(points: Floats, control: Spectrum | None) -> Spectrum:
    centred = points - points.mean(0, dtype=np.float64)
    values = np.linalg.svd(centred, compute_uv=False) ** 2 / max(len(points) - 1, 1)
    values = values[values > 1e-10 * values.max(initial=0.0)]
    r = len(values)
    if r < 8:
        raise InputError(
            f"the points {points.shape} have {r} eigenvalues above 0; give points that span 8"
            " dimensions or more"
        )
    first, last = 1 + max(1, r // 50), r // 2
    x, y = np.log(np.arange(first, last + 1)), np.log(values[first - 1 : last])
    slope, offset = np.polyfit(x, y, 1)
    spread = float(((y - y.mean()) ** 2).sum())
    r2 = 1 - float(((y - slope * x - offset) ** 2).sum()) / spread if spread > 0 else float("nan")
    shares = values / values.sum()
    return Spectrum(
        values,
        (first, last),
        float(slope),
        r2,
        float(np.exp(-(shares * np.log(shares)).sum())),
        control,
    )
