"""ICA finds independent sources, which PCA does not."""

import numpy as np
import pytest

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


def test_more_concepts_than_dimensions_are_refused(vectors):
    with pytest.raises(InputError, match="from 1 to 16"):
        ICA(17).fit(vectors)
