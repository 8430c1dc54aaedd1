"""Gradients are right through prompts, maxima, means and hidden layers."""

import itertools

import numpy as np
import pytest

from begriff.tasks.guard.similarity import Head, Similarities


def made(sharpness, layers):
    rng = np.random.default_rng(0)
    prompts = rng.standard_normal((9, 6))
    prompts /= np.linalg.norm(prompts, axis=1, keepdims=True)
    known = Similarities(prompts, np.array([0, 0, 0, 1, 1, 1, -1, -1, -1]), sharpness)
    sizes = [known.n_features, *layers, 1]
    weights = tuple(rng.standard_normal(s) for s in itertools.pairwise(sizes))
    return (
        known,
        Head(weights, tuple(rng.standard_normal(s) for s in sizes[1:])),
        rng.standard_normal(6) / 2,
    )


@pytest.mark.parametrize("sharpness", [0.0, 3.0])
@pytest.mark.parametrize("layers", [[], [8], [8, 5]])
def test_gradient(sharpness, layers):
    known, head, x = made(sharpness, layers)
    found = known.pull(x, head.slope(known(x[None])[0])[None])[0]
    steps = 1e-6 * np.eye(6)
    expected = (head(known(x + steps)) - head(known(x - steps))) / 2e-6
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_features_are_similarities_then_maximum_and_mean_of_every_concept():
    known, _, x = made(0.0, [])
    features = known(x[None])[0]
    assert len(features) == known.n_features == 13
    np.testing.assert_allclose(features[:9], known.prompts @ x)
    np.testing.assert_allclose(
        features[9:],
        [features[:3].max(), features[3:6].max(), features[:3].mean(), features[3:6].mean()],
    )
