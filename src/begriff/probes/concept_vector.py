"""A concept embedding searched from examples, without touching the encoder."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.kinds import Probe
from begriff.kinds.checks import Floats

__all__ = ["ConceptVector"]


class ConceptVector(Probe):
    """The vector nearest to a given one that ranks the items that are above those that are not.

    Minimises the mean of log(1 + exp(-s (v . x+ - v . x-))) over pairs of items plus ``stay`` |v -
    start|^2. The encoder is not touched: what is searched is one vector in its space, from where
    words put it or else from the difference of means.

    Parameters
    ----------
    start : array_like (n_dims,), optional
        Where to begin, as the embedding of the words for the concept.
    stay : float, default 0.3
        How much a move away from ``start`` costs.
    sharpness : float, default 20.0
        s: difference of cosines to which the ranking is sensitive, inverted.

    Attributes
    ----------
    direction_ : ndarray (n_dims,), float32
    threshold_ : float
    classes_ : ndarray (2,)
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.probes import ConceptVector
    >>> X = np.random.default_rng(0).normal(size=(60, 8)) / 3
    >>> probe = ConceptVector(start=np.eye(8)[1]).fit(X, X[:, 0] > 0)
    >>> bool(probe.direction_[0] > 0.5 and probe.direction_[1] > 0.2)
    True

    Source: after Gal et al. 2022 (textual inversion), arXiv 2208.01618, and ConES, arXiv
    2305.18993: here the search is in the space of the embeddings themselves.
    """

    def __init__(
        self, *, start: Floats | None = None, stay: float = 0.3, sharpness: float = 20.0
    ) -> None:
        self.start = start
        self.stay = stay
        self.sharpness = sharpness

    def _direction(self, X: Floats, positive: NDArray[np.bool_], weight: Floats) -> Floats:
        from scipy.optimize import minimize

        if self.stay <= 0 or self.sharpness <= 0:
            raise InputError(f"stay={self.stay}, sharpness={self.sharpness}: both must be above 0")
        sides = [
            (X[m].astype(np.float64), weight[m] / weight[m].sum()) for m in (positive, ~positive)
        ]
        (yes, of_yes), (no, of_no) = sides
        start = (
            of_yes @ yes - of_no @ no
            if self.start is None
            else np.asarray(self.start, dtype=np.float64).ravel()
        )
        if start.shape != (X.shape[1],):
            raise InputError(
                f"start has {start.size} dimensions, the items have {X.shape[1]}: use a vector of"
                " the same encoder"
            )
        start = start / max(float(np.linalg.norm(start)), 1e-12)  # guards equal means
        found = minimize(
            self._loss,
            start,
            args=(sides, start),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 200},
        )
        return np.asarray(found.x)

    def _loss(
        self, v: Floats, sides: list[tuple[Floats, Floats]], start: Floats
    ) -> tuple[float, Floats]:
        (yes, of_yes), (no, of_no) = sides
        margin = self.sharpness * ((yes @ v)[:, None] - (no @ v)[None, :])
        value = float(
            of_yes @ np.logaddexp(0, -margin) @ of_no + self.stay * ((v - start) ** 2).sum()
        )
        wrong = 1 / (1 + np.exp(np.clip(margin, -500, 500)))  # slope of the loss of every pair
        pull = self.sharpness * ((of_yes * (wrong @ of_no)) @ yes - ((of_yes @ wrong) * of_no) @ no)
        return value, 2 * self.stay * (v - start) - pull
