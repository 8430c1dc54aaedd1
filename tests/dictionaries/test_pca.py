"""PCA equals the singular value decomposition of centred data."""

import numpy as np

from begriff.dictionaries import PCA


def test_equals_svd(vectors):
    model = PCA(5).fit(vectors)
    expected = np.linalg.svd(vectors - vectors.mean(0), full_matrices=False)[2][:5]
    np.testing.assert_allclose(np.abs((model.components_ * expected).sum(1)), 1, atol=1e-3)


def test_all_components_lose_nothing(vectors):
    model = PCA(16).fit(vectors)
    np.testing.assert_allclose(
        model.inverse_transform(model.transform(vectors)), vectors, atol=1e-4
    )
