"""Agglomerative: Ward's clusters, through small clusters where there are many items."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.metrics import adjusted_rand_score

from begriff.dictionaries import Agglomerative
from begriff.errors import InputError
from begriff.linalg.unit_rows import unit


def _blobs(n=3000, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 12, n)
    return (rng.standard_normal((12, 10))[y] + 0.25 * rng.standard_normal((n, 10))).astype(
        np.float32
    ), y


def test_concepts_are_the_means_of_wards_clusters():
    X, _ = _blobs(400)
    U = unit(X - X.mean(0))
    theirs = fcluster(linkage(U.astype(np.float64), "ward"), 9, "maxclust")
    means = unit(np.array([U[theirs == c].mean(0) for c in np.unique(theirs)]))
    cosines = Agglomerative(9).fit(X).components_ @ means.T
    np.testing.assert_allclose(np.sort(cosines.max(1)), 1, atol=1e-4)


def test_small_clusters_first_find_the_same_large_ones():
    X, y = _blobs()
    whole, micro = (Agglomerative(12, n_micro=n).fit_transform(X).argmax(1) for n in (4096, 300))
    assert adjusted_rand_score(y, np.asarray(whole).ravel()) > 0.95
    assert adjusted_rand_score(np.asarray(whole).ravel(), np.asarray(micro).ravel()) > 0.95


def test_n_micro_is_checked():
    with pytest.raises(InputError, match="n_micro=0"):
        Agglomerative(4, n_micro=0).fit(_blobs(50)[0])


def test_a_weight_of_two_is_an_item_given_twice():
    X, _ = _blobs(300)
    weight = np.random.default_rng(1).integers(0, 4, 300)
    weighed, repeated = (
        Agglomerative(9).fit(X, sample_weight=weight),
        Agglomerative(9).fit(np.repeat(X, weight, axis=0)),
    )
    cosines = weighed.components_ @ repeated.components_.T
    np.testing.assert_allclose(np.sort(cosines.max(1)), 1, atol=1e-4)
    assert (Agglomerative(9).fit(X).components_ @ repeated.components_.T).max(1).min() < 0.999
