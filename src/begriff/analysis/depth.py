"""How central items are to a corpus, and whether another corpus lies elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from begriff.kinds.checks import Floats, row_batches

__all__ = ["compare_depth", "depth", "DepthTest"]


@dataclass(frozen=True)
class DepthTest:
    """Rank-sum test of two corpora on depth with respect to the first.

    Attributes
    ----------
    rank : float
        Q: mean share of reference items that lie no deeper than an item of the other corpus; .5
        when both are alike, towards 0 when the other lies further out.
    p : float
        One-sided: the other corpus lies further out than the reference.
    """

    rank: float
    p: float


def depth(X: Floats, reference: Floats, *, own: bool = False) -> Floats:
    """Depth (n,) of unit vectors X (n, n_dims): 2 less their mean cosine distance to the reference
    (m, n_dims).

    For unit vectors the mean distance is one less the product with the reference's mean, so this
    takes one pass.

    Parameters
    ----------
    X, reference : ndarray or memmap, unit rows
    own : bool
        X is the reference: an item is not compared with itself.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.depth import depth
    >>> depth(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0]]))
    array([2., 1.])

    Source: Seegmiller and Preum 2023, "Statistical depth for ranking and characterizing
    transformer-based text embeddings".
    """
    total = sum(
        (batch.sum(0, dtype=np.float64) for _, batch in row_batches(reference, 65_536)),
        np.zeros(reference.shape[1]),
    )
    along = np.concatenate([batch @ total for _, batch in row_batches(X, 65_536)])
    n = len(reference)
    return 1 + (along - 1) / max(n - 1, 1) if own else 1 + along / max(n, 1)


def compare_depth(reference: Floats, other: Floats) -> DepthTest:
    """Whether the other corpus (m, n_dims) lies further out than the reference (n, n_dims), by
    depth in the reference.

    Source: Liu and Singh 1993 (Q); Wilcoxon 1945.
    """
    from scipy.stats import mannwhitneyu

    here, there = np.sort(depth(reference, reference, own=True)), depth(other, reference)
    rank = float((np.searchsorted(here, there, "right") / len(here)).mean())
    return DepthTest(rank, float(mannwhitneyu(there, here, alternative="less").pvalue))
