"""How far one grouping of items is determined by another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["associate", "Association"]

_LEAST = 0.05


@dataclass(frozen=True)
class Association:
    """Two groupings of the same items.

    Attributes
    ----------
    strength : float
        From 0 (independent) to 1 (one determines the other): Cramér's V of the whole table, or of
        the one value against all others that has the largest, without what chance adds.
    value, group : int
        The value that goes with the groups most, and the group that holds it most above its share
        of all.
    here, elsewhere : float
        Its share of that group, and of all other groups.
    """

    strength: float
    value: int
    group: int
    here: float
    elsewhere: float


def associate(
    group: NDArray[np.int64], value: NDArray[np.int64], *, balanced: bool = False
) -> Association:
    """How strongly values go with groups.

    Parameters
    ----------
    group, value : ndarray (n_items,) of int64, >= 0
    balanced : bool
        Count every group alike, however many items it has; else by its items.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.association import associate
    >>> group = np.repeat([0, 1], 100)
    >>> round(associate(group, group).strength, 2), associate(group, np.tile([0, 1], 100)).strength
    (1.0, 0.0)

    Source: Cramér 1946; Bergsma 2013, "A bias-correction for Cramér's V and Tschuprow's T".
    """
    n_groups, n_values = int(group.max()) + 1, int(value.max()) + 1
    counts = (
        np.bincount(group * n_values + value, minlength=n_groups * n_values)
        .reshape(n_groups, n_values)
        .astype(np.float64)
    )
    counts = counts[counts.sum(1) > 0]
    place, column = (
        np.flatnonzero(np.bincount(group, minlength=n_groups)),
        np.flatnonzero(counts.sum(0)),
    )
    counts = counts[:, column]
    sizes = counts.sum(1)
    weights = np.full(len(sizes), 1 / len(sizes)) if balanced else sizes / sizes.sum()
    shares = counts / sizes[:, None]
    whole = weights @ shares
    if len(sizes) < 2 or len(column) < 2:
        return Association(0.0, int(column[0]), int(place[0]), float(shares[0, 0]), float(whole[0]))
    n = len(sizes) ** 2 / (1 / sizes).sum() if balanced else sizes.sum()
    spread = weights @ (shares - whole) ** 2
    # 1e-12 guards a value of all items
    single = np.maximum(spread / np.maximum(whole * (1 - whole), 1e-12) - (len(sizes) - 1) / n, 0)
    single = np.where(whole >= _LEAST, single, 0)
    best = int(single.argmax()) if single.any() else int(spread.argmax())
    at = int((np.sqrt(weights) * (shares[:, best] - whole[best])).argmax())
    others = np.delete(np.arange(len(sizes)), at)
    elsewhere = float(weights[others] @ shares[others, best] / weights[others].sum())
    strength = min(
        float(
            np.sqrt(
                max(
                    _cramer(float((spread / whole).sum()), len(sizes), len(column), float(n)),
                    single[best],
                )
            )
        ),
        1.0,
    )
    return Association(
        strength, int(column[best]), int(place[at]), float(shares[at, best]), elsewhere
    )


def _cramer(phi: float, n_groups: int, n_values: int, n: float) -> float:
    """The square of Cramér's V, corrected for chance, from the mean square contingency."""
    excess = max(phi - (n_groups - 1) * (n_values - 1) / max(n - 1, 1), 0)
    sides = [k - (k - 1) ** 2 / max(n - 1, 1) for k in (n_groups, n_values)]
    # guards tables of hardly more items than cells
    return float(excess / max(min(sides) - 1, 1e-12))
