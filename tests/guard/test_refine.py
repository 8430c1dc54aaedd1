"""The nearest vector that passes: equal to the closed form where there is one, and to a search of the whole sphere."""

import numpy as np
import pytest

from begriff.tasks.guard.refine import _least, nearest_allowed


def linear(A, b):
    return (lambda z: A @ z - b), (lambda z: np.array(A))


def test_one_linear_score_has_a_closed_form():
    rng = np.random.default_rng(0)
    p, x, far = (v / np.linalg.norm(v) for v in rng.standard_normal((3, 12)))
    x = (x + 2 * p) / np.linalg.norm(x + 2 * p)
    scores, slopes = linear(p[None], np.array([0.2]))
    allowed = far - (far @ p + 0.5) * p
    found = nearest_allowed(x, (allowed / np.linalg.norm(allowed))[None], scores, slopes, 1e-9)
    across = x - (x @ p) * p
    expected = 0.2 * p + np.sqrt(1 - 0.04) * across / np.linalg.norm(across)
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_several_scores_against_a_search_of_the_sphere(seed):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((3, 3))
    # each region is less than a half: there is one nearest point
    scores, slopes = linear(A, np.full(3, -0.1))
    sphere = rng.standard_normal((200_000, 3))
    sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
    passing = sphere[(sphere @ A.T).max(axis=1) <= -0.1]
    beyond = (sphere @ A.T).max(axis=1)
    x = sphere[np.abs(beyond - 0.3).argmin()]
    found = nearest_allowed(x, passing[:50], scores, slopes, 1e-6)
    assert scores(found).max() <= -1e-6
    assert found @ x >= (passing @ x).max() - 1e-3
    assert np.linalg.norm(found) == pytest.approx(1)


def test_the_way_to_the_anchor_alone_is_longer():
    rng = np.random.default_rng(1)
    p = np.eye(20)[0]
    x = p + 0.1 * rng.standard_normal(20)
    x /= np.linalg.norm(x)
    anchor = rng.standard_normal(20) - 3 * p
    anchor /= np.linalg.norm(anchor)
    scores, slopes = linear(p[None], np.array([0.2]))
    chord = [(1 - t) * x + t * anchor for t in np.linspace(0, 1, 2000)]
    reached = max(z @ x / np.linalg.norm(z) for z in chord if z @ p <= 0.2 * np.linalg.norm(z))
    assert nearest_allowed(x, anchor[None], scores, slopes, 1e-9) @ x > reached + 0.02


def test_least_distance():
    np.testing.assert_allclose(
        _least(np.array([[1.0, 0], [0, 2.0]]), np.array([1.0, -1])), [1, 0], atol=1e-9
    )
    np.testing.assert_allclose(
        _least(np.array([[1.0, 0], [0, 2.0]]), np.array([1.0, 2])), [1, 1], atol=1e-9
    )
    assert _least(np.array([[1.0], [-1.0]]), np.array([1.0, 1])) is None
