"""ICA finds independent sources, which PCA does not."""

import numpy as np
import pytest
from sklearn.decomposition import FastICA

from begriff.dictionaries import ICA, PCA
from begriff.errors import InputError


def test_sources_are_found_and_principal_components_are_not():
    rng = np.random.default_rng(0)
    sources, mixing = rng.laplace(size=(5000, 4)), rng.standard_normal((4, 6))
    X = (sources @ mixing + 3).astype(np.float32)
    directions = mixing / np.linalg.norm(mixing, axis=1, keepdims=True)
    found, other = (np.abs(m(4).fit(X).components_ @ directions.T).max(0) for m in (ICA, PCA))
    assert found.min() > 0.99
    assert other.min() < 0.95
    model = ICA(4).fit(X)
    np.testing.assert_allclose(model.inverse_transform(model.transform(X)), X, atol=1e-2)


def test_equals_scikit_learns(vectors):
    found, theirs = (
        ICA(6, max_epochs=400).fit(vectors),
        FastICA(6, whiten="unit-variance", max_iter=400, random_state=0).fit(vectors),
    )
    rebuilt = theirs.inverse_transform(theirs.transform(vectors))
    np.testing.assert_allclose(
        found.inverse_transform(found.transform(vectors)), rebuilt, atol=1e-3
    )
    np.testing.assert_allclose(
        found.components_, (theirs.mixing_ / np.linalg.norm(theirs.mixing_, axis=0)).T, atol=1e-4
    )


def test_more_concepts_than_dimensions_in_which_vectors_differ_are_refused(vectors):
    flat = vectors.copy()
    flat[:, 3] = 2.0
    with pytest.raises(InputError, match="must be at most 15"):
        ICA(16).fit(flat)
    with pytest.raises(InputError, match="must be at most 0"):
        ICA(2).fit(np.ones((50, 4), np.float32))
    left = ICA(15).fit(flat)
    np.testing.assert_allclose(left.inverse_transform(left.transform(flat)), flat, atol=1e-2)


def test_more_concepts_than_dimensions_are_refused(vectors):
    with pytest.raises(InputError, match="from 1 to 16"):
        ICA(17).fit(vectors)
