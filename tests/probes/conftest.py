"""Two classes that differ along one direction, in anisotropic noise."""

import numpy as np
import pytest


@pytest.fixture
def planted():
    rng = np.random.default_rng(0)
    direction = rng.standard_normal(16)
    direction /= np.linalg.norm(direction)
    y = rng.random(600) < 0.3
    noise = rng.standard_normal((600, 16)) * np.geomspace(0.05, 1.5, 16)
    return noise + np.outer(y, 1.5 * direction), y, direction
