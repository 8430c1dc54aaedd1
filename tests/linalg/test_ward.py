"""Ward's hierarchy: SciPy's, and a weight is a point given again."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.metrics import adjusted_rand_score

from begriff.linalg.ward import cut, ward


@pytest.mark.parametrize("n", [2, 3, 40, 200])
def test_merges_are_those_of_scipy(n):
    X = np.random.default_rng(n).standard_normal((n, 5))
    ours, theirs = ward(X), linkage(X, "ward")
    np.testing.assert_allclose(ours[:, 2:], theirs[:, 2:], rtol=1e-8)
    np.testing.assert_array_equal(ours[:, :2], np.sort(theirs[:, :2], axis=1))


@pytest.mark.parametrize("k", [1, 2, 7, 200])
def test_cuts_are_those_of_scipy(k):
    X = np.random.default_rng(0).standard_normal((200, 4))
    ours, theirs = cut(ward(X), k), fcluster(linkage(X, "ward"), k, "maxclust")
    assert ours.max() == k - 1
    assert adjusted_rand_score(ours, theirs) == pytest.approx(1)
    assert ours[0] == 0  # numbered as they first come


def test_a_weight_is_a_point_given_again():
    rng = np.random.default_rng(1)
    X, weights = rng.standard_normal((60, 3)), rng.integers(1, 6, 60)
    repeated = linkage(np.repeat(X, weights, axis=0), "ward")
    merges = ward(X, weights)
    # before these, repeats find each other at distance 0
    np.testing.assert_allclose(merges[:, 2], repeated[-59:, 2], rtol=1e-6)
    assert not np.allclose(merges[:, 2], ward(X)[:, 2], rtol=0.01)
    assert merges[-1, 3] == weights.sum()


def test_one_point():
    assert ward(np.zeros((1, 2))).shape == (0, 4)
    assert cut(ward(np.zeros((1, 2))), 1).tolist() == [0]


def test_fewer_points_than_clusters_stay_apart():
    X = np.repeat(np.eye(5), 3, axis=0)
    assert cut(ward(np.eye(5)), 9).tolist() == [0, 1, 2, 3, 4]
    merges = ward(X)
    assert np.isfinite(merges).all()  # of equal points, too
    assert len(np.unique(cut(merges, 5))) == 5
