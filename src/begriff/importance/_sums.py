"""The HSIC witness from running sums: the cost of a bet does not grow with the past."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from begriff.importance._kernels import features
from begriff.kinds.checks import Floats

__all__: list[str] = []

N_BLOCK = 32


class Sums:
    """Payoffs of pairs after a past of ``start`` items, with widths that stay; blocks of pairs are
    reckoned together.

    Parameters
    ----------
    y : ndarray (1 or n_tests, n_items)
    z : ndarray (n_tests, n_items)
    wide_y, wide_z : ndarray (1 or n_tests, 1) and (n_tests, 1)
    start : int
        Items of the past.
    """

    def __init__(self, y: Floats, z: Floats, wide_y: Floats, wide_z: Floats, *, start: int) -> None:
        self.y, self.z, self.at = y / wide_y, z / wide_z, start
        self.rows: NDArray[np.int64] = np.arange(len(z))
        none = self._features(self.rows, 0, 0)
        self.products: Floats = none[1].transpose(0, 2, 1) @ none[0]
        self.sum_y, self.sum_z = (f.sum(1) for f in none)
        for s in range(0, start, 2 * N_BLOCK):
            self._add(*self._features(self.rows, s, min(s + 2 * N_BLOCK, start)))
        self.payoffs: Floats = np.empty((len(z), 0))

    def payoff(self, n: int, which: NDArray[np.int64]) -> Floats:
        """g (n_which,) of the pair after n items; pairs come one after the other, and tests only
        ever leave.
        """
        if n == self.at:
            self._block(which)
        return self.payoffs[
            np.searchsorted(self.rows, which), (n - self.at) // 2 + self.payoffs.shape[1]
        ]

    def _block(self, which: NDArray[np.int64]) -> None:
        """Payoffs of the next pairs of the tests that are left: from the sums, and from earlier
        pairs of the block.
        """
        keep = np.searchsorted(self.rows, which)
        self.rows, self.products, self.sum_z = which, self.products[keep], self.sum_z[keep]
        self.sum_y = self.sum_y[keep] if len(self.y) > 1 else self.sum_y
        end = min(self.at + 2 * N_BLOCK, self.z.shape[1] // 2 * 2)
        of_y, of_z = self._features(which, self.at, end)
        dy, dz = (f[:, 0::2] - f[:, 1::2] for f in (of_y, of_z))
        # (n_pairs, n_items): items of earlier pairs of the block
        earlier = np.repeat(np.tri(dy.shape[1], k=-1), 2, axis=1)
        near_y, near_z = (
            dy @ of_y.transpose(0, 2, 1) * earlier,
            dz @ of_z.transpose(0, 2, 1) * earlier,
        )
        both = np.einsum("ibf,ifb->ib", dz, self.products @ dy.transpose(0, 2, 1)) + (
            near_z * near_y
        ).sum(2)
        mean_y = np.einsum("ibf,if->ib", dy, self.sum_y) + near_y.sum(2)
        mean_z = np.einsum("ibf,if->ib", dz, self.sum_z) + near_z.sum(2)
        past = np.arange(self.at, end, 2)
        self.payoffs = both / past - mean_y * mean_z / past**2
        self._add(of_y, of_z)
        self.at = end

    def _features(self, which: NDArray[np.int64], start: int, end: int) -> tuple[Floats, Floats]:
        of_y = self.y[which if len(self.y) > 1 else slice(None), start:end]
        return features(of_y, 1.0), features(self.z[which, start:end], 1.0)

    def _add(self, of_y: Floats, of_z: Floats) -> None:
        self.products += of_z.transpose(0, 2, 1) @ of_y
        self.sum_y += of_y.sum(1)
        self.sum_z += of_z.sum(1)
