"""The one atom of a dictionary that separates best."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from begriff.errors import InputError
from begriff.kinds import Probe
from begriff.kinds.checks import Floats

__all__ = ["Latent"]

_SHORTLIST = 256


class Latent(Probe):
    """The atom of a given dictionary whose projection ranks the items that are above those that are
    not best.

    Nothing is learnt but which atom it is and where its threshold lies, so what the atom is called
    (its name in an atlas) says what the probe looks at. An atom may point away from the items that
    are: it is then taken the other way round. Of more than 256 atoms those are ranked whose means
    differ most in units of their spread.

    Parameters
    ----------
    components : array_like (n_concepts, n_dims), optional
        Atoms, as ``components_`` of a dictionary; by default the axes of the space.
    mask : array_like (n_concepts,) of bool, optional
        Atoms that may be chosen; by default all.
    signed : bool, default False
        Whether an atom may only stand for what lies along it, not for what lies against it.

    Attributes
    ----------
    latent_ : int
        Row of ``components`` that was chosen.
    direction_ : ndarray (n_dims,), float32
    threshold_ : float
    classes_ : ndarray (2,)
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.probes import Latent
    >>> X = np.random.default_rng(0).normal(size=(200, 8))
    >>> Latent().fit(X, X[:, 5] > 0).latent_
    5

    Source: Wu et al. 2025 (AxBench, SAE-A: the latent with the best AUROC), arXiv 2501.17148.
    """

    def __init__(
        self,
        *,
        components: ArrayLike | None = None,
        mask: ArrayLike | None = None,
        signed: bool = False,
    ) -> None:
        self.components = components
        self.mask = mask
        self.signed = signed

    def _direction(self, X: Floats, positive: NDArray[np.bool_], weight: Floats) -> Floats:
        atoms = self._atoms(X.shape[1])
        allowed = np.ones(len(atoms), dtype=bool) if self.mask is None else np.asarray(self.mask)
        if allowed.dtype != bool or allowed.shape != (len(atoms),):
            raise InputError(
                f"mask has shape {allowed.shape} and dtype {allowed.dtype}: give one bool for each"
                f" of {len(atoms)} atoms"
            )
        rows = np.flatnonzero(allowed & (np.linalg.norm(atoms, axis=1) > 0))
        if not len(rows):
            raise InputError(
                f"none of {len(atoms)} atoms is left: the mask must keep at least one that is not"
                " zero"
            )
        rows, scores = self._shortlist(rows, X @ atoms[rows].T, positive, weight)
        better = _separation(scores, positive, weight) - 0.5
        best = int((better if self.signed else np.abs(better)).argmax())
        self.latent_ = int(rows[best])
        return np.asarray(atoms[self.latent_] * (1.0 if self.signed or better[best] >= 0 else -1.0))

    def _shortlist(
        self, rows: NDArray[np.intp], scores: Floats, positive: NDArray[np.bool_], weight: Floats
    ) -> tuple[NDArray[np.intp], Floats]:
        """The atoms, and their scores (n_items, n_atoms), whose means differ most."""
        if len(rows) <= _SHORTLIST:
            return rows, scores
        of = weight / weight.sum()
        # guards an atom that never varies
        spread = np.sqrt(np.maximum(of @ scores**2 - (of @ scores) ** 2, 1e-12))
        apart = np.where(positive, of, -of) @ scores / spread
        kept = np.sort(
            np.argsort(-(apart if self.signed else np.abs(apart)), kind="stable")[:_SHORTLIST]
        )
        return rows[kept], scores[:, kept]

    def _atoms(self, n_dims: int) -> Floats:
        if self.components is None:
            return np.eye(n_dims, dtype=np.float32)
        atoms: NDArray[Any] = np.asarray(self.components, dtype=np.float32)
        if atoms.ndim != 2 or atoms.shape[1] != n_dims or not np.isfinite(atoms).all():
            raise InputError(
                f"components have shape {atoms.shape}, items {n_dims} dimensions: use a dictionary"
                " of the same encoder"
            )
        return atoms


def _separation(scores: Floats, positive: NDArray[np.bool_], weight: Floats) -> Floats:
    """Weighted chance (n_atoms,) that an item that is scores above one that is not, of scores
    (n_items, n_atoms); ties count half.
    """
    of_yes, of_no = (
        weight[positive] / weight[positive].sum(),
        weight[~positive] / weight[~positive].sum(),
    )
    out = np.empty(scores.shape[1])
    for j, column in enumerate(np.ascontiguousarray(scores.T)):
        order = np.argsort(column[~positive], kind="stable")
        below = np.concatenate([[0.0], np.cumsum(of_no[order])])
        no, yes = column[~positive][order], column[positive]
        out[j] = (
            of_yes
            @ (below[np.searchsorted(no, yes, "left")] + below[np.searchsorted(no, yes, "right")])
            / 2
        )
    return out
