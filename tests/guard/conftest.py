"""Two harmful concepts and harmless items on a sphere, and texts of the same kinds."""

import numpy as np
import pytest

THREATS = ["threat", "kill", "hurt", "destroy", "burn", "attack"]
SLURS = ["idiot", "moron", "stupid", "trash", "loser", "scum"]
PLAIN = [
    "weather",
    "garden",
    "recipe",
    "train",
    "music",
    "library",
    "window",
    "morning",
    "coffee",
    "bridge",
    "paper",
    "river",
]


def draw(n, seed=0, n_dims=16):
    """Unit vectors (n, n_dims) and their concepts: half of them harmless."""
    rng = np.random.default_rng(seed)
    y = rng.choice(["", "threats", "slurs"], n, p=[0.5, 0.25, 0.25])
    X = 0.35 * rng.standard_normal((n, n_dims))
    X[:, 0] += y == "threats"
    X[:, 1] += y == "slurs"
    X[:, 2] += y == ""
    return (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(np.float32), y


def write_texts(words, n, seed):
    rng = np.random.default_rng(seed)
    return [" ".join([*rng.choice(words, 4), *rng.choice(PLAIN, 3), str(i)]) for i in range(n)]


@pytest.fixture(scope="session")
def drawn():
    return draw(1200)


@pytest.fixture(scope="session")
def harmful():
    return {"threats": write_texts(THREATS, 60, 1), "slurs": write_texts(SLURS, 60, 2)}


@pytest.fixture(scope="session")
def harmless():
    return write_texts(PLAIN, 300, 3)
