"""KMeans finds separate clusters and gives each item one concept."""

import numpy as np
import pytest

from begriff.dictionaries import KMeans
from begriff.errors import InputError
from begriff.metrics import matched_cosine


def test_separate_clusters_are_found():
    rng = np.random.default_rng(0)
    centres = np.linalg.qr(rng.standard_normal((12, 12)))[0][:6]
    X = (centres[rng.integers(6, size=900)] + 0.05 * rng.standard_normal((900, 12))).astype(
        np.float32
    )
    found = KMeans(6, random_state=1).fit(X)
    centred = centres - X.mean(0)
    assert matched_cosine(centred, found.components_).mean() > 0.85
    random = rng.standard_normal((6, 12))
    assert matched_cosine(centred, random).mean() < 0.7


def test_one_concept_an_item_and_it_is_the_nearest(vectors):
    model = KMeans(8).fit(vectors)
    codes = model.transform(vectors)
    assert codes.count_nonzero(axis=1).max() == 1
    along = (vectors - model.bias_) @ model.components_.T
    rows = np.flatnonzero(np.diff(codes.indptr))
    np.testing.assert_array_equal(codes.indices, along[rows].argmax(1))


def test_weights():
    rng = np.random.default_rng(0)
    y = rng.integers(6, size=900)
    X = (6 * np.eye(12)[y] + 0.3 * rng.standard_normal((900, 12))).astype(np.float32)
    absent, without = KMeans(5).fit(X, sample_weight=(y > 0).astype(float)), KMeans(5).fit(X[y > 0])
    # a weight of zero is no item
    np.testing.assert_allclose(absent.components_, without.components_, atol=1e-6)
    heavy = KMeans(5).fit(X, sample_weight=np.where(y == 0, 100.0, 1.0))
    assert (
        np.linalg.norm(heavy.bias_ - X[y == 0].mean(0))
        < np.linalg.norm(KMeans(5).fit(X).bias_ - X[y == 0].mean(0)) / 4
    )
    with pytest.raises(InputError, match="sample_weight"):
        KMeans(5).fit(X, sample_weight=[-1.0] * 900)
