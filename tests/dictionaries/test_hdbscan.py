"""HDBSCAN: as many concepts as dense regions; what lies between them has none."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from begriff.dictionaries import HDBSCAN
from begriff.errors import InputError


def _dense_and_sparse(seed=0):
    """Five dense regions of 100 items, and 25 items anywhere: too few for a concept."""
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(5), 100)
    dense = rng.standard_normal((5, 24))[y] + 0.1 * rng.standard_normal((500, 24))
    return np.concatenate([dense, rng.standard_normal((25, 24))]).astype(np.float32), y


def test_dense_regions_are_found_and_items_between_them_have_no_concept():
    X, y = _dense_and_sparse()
    hdbscan = HDBSCAN(30, min_samples=15).fit(X)
    assert len(hdbscan.components_) == 5
    codes = hdbscan.transform(X)
    active = np.diff(codes.indptr)
    assert active[:500].mean() > 0.95
    assert active[500:].mean() < 0.1
    assert adjusted_rand_score(y[active[:500] == 1], codes[:500].indices) > 0.99


def test_no_dense_region_is_said():
    with pytest.raises(InputError, match="min_cluster_size"):
        HDBSCAN(90).fit(np.random.default_rng(0).standard_normal((50, 8)))


@pytest.mark.parametrize(
    ("name", "value"), [("min_cluster_size", 1), ("min_samples", 0), ("n_dims", 0)]
)
def test_out_of_range(name, value):
    with pytest.raises(InputError, match=f"{name}={value}"):
        HDBSCAN(**{name: value}).fit(_dense_and_sparse()[0])
