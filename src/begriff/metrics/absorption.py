"""Whether a concept fails to fire because a narrower one has taken its place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.kinds.checks import Floats

__all__ = ["absorption"]


def absorption(
    codes: Any, components: Floats, X: Floats, direction: Floats, main: NDArray[np.int64]
) -> Floats:
    """How much of what should be said by the main concepts of a label is said by others.

    Of an item x with codes z, p = x . probe is what there is to say; m, the sum of z_i cos_i over
    the main concepts, is what they say; s is the same of those three other active concepts, of
    cosine at least .1, that say most. The fraction is 0 where m >= p or s < .4 p, 1 where m <= 0,
    and else a / (a + m) with a = min(s, p - m). It means little for small dictionaries.

    Parameters
    ----------
    codes : csr_array (n_items, n_concepts)
        Of items that have the label.
    components : ndarray (n_concepts, n_dims)
        Unit rows.
    X : ndarray (n_items, n_dims)
        The items less the dictionary's bias.
    direction : ndarray (n_dims,)
        A probe of the label; its length does not matter.
    main : ndarray (m,), int
        The label's main concepts, from :func:`begriff.metrics.telling_concepts`.

    Returns
    -------
    ndarray (n_items,), float64, from 0 to 1
        NaN where the probe finds nothing to say (p <= 0).

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.metrics import absorption
    >>> probe, components = np.array([1.0, 0.0]), np.array([[1.0, 0.0], [0.8, 0.6]])
    >>> codes = np.array([[1.0, 0.0], [0.0, 1.25]])
    >>> absorption(codes, components, codes @ components, probe, np.array([0])).tolist()
    [0.0, 1.0]

    Source: Chanin et al. 2024, "A is for absorption", arXiv 2409.14507; Karvonen et al. 2025,
    "SAEBench", arXiv 2503.09532.
    """
    probe = direction / max(float(np.linalg.norm(direction)), 1e-12)  # guards a probe of zeros
    cosines = np.asarray(components @ probe, dtype=np.float64)
    said = csr_array(codes, dtype=np.float64) * cosines[None, :]
    there = np.asarray(X @ probe, dtype=np.float64)
    own = np.asarray(said[:, main].sum(axis=1)).ravel()
    others = cosines >= 0.1
    others[main] = False
    rest = csr_array(said * others[None, :])
    rest.eliminate_zeros()
    top = np.array(
        [
            np.sort(rest.data[a:b])[::-1][:3].sum()
            for a, b in zip(rest.indptr[:-1], rest.indptr[1:], strict=True)
        ]
    )
    a = np.minimum(top, there - own)
    with np.errstate(divide="ignore", invalid="ignore"):
        out = np.where(own <= 0, 1.0, a / (a + own))
        out = np.where((own >= there) | (top < 0.4 * there), 0.0, out)
    return np.where(there > 0, out, np.nan)
