"""Unit rows: those of scikit-learn, and rows of zeros stay."""

import numpy as np
from sklearn.preprocessing import normalize

from begriff.linalg.unit_rows import unit


def test_unit_rows():
    X = np.random.default_rng(0).standard_normal((50, 6)).astype(np.float32)
    X[7] = 0
    np.testing.assert_allclose(unit(X), normalize(X), rtol=1e-6)
    assert unit(X).dtype == np.float32
