"""Two classes whose means differ, in anisotropic noise far from the origin, 3 items in 10 of the second."""

import numpy as np
import pytest


@pytest.fixture
def planted():
    rng = np.random.default_rng(0)
    y = (rng.random(800) < 0.3).astype(int)
    noise = rng.standard_normal((800, 12)) @ (
        rng.standard_normal((12, 12)) * np.geomspace(0.2, 2, 12)
    )
    return noise + np.outer(y, rng.standard_normal(12)) + 5, y


@pytest.fixture
def three():
    """Three classes of 20 %, 30 % and 50 %, whose means and covariances differ."""
    rng = np.random.default_rng(1)
    y = np.array(["a", "b", "c"])[rng.choice(3, 900, p=[0.2, 0.3, 0.5])]
    X = rng.standard_normal((900, 6))
    for c in "abc":
        X[y == c] = X[y == c] @ rng.standard_normal((6, 6)) + 2 * rng.standard_normal(6)
    return X, y
