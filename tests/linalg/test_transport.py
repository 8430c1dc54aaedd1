"""Maps reach the target at the least cost; the barycentre equals what is known in closed form."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from begriff.errors import InputError
from begriff.linalg.transport import barycentre, transport
from begriff.linalg.whitening import roots


@pytest.fixture
def covariances():
    A = np.random.default_rng(0).standard_normal((3, 5, 12))
    return A @ A.transpose(0, 2, 1) / 12


def test_the_map_reaches_its_target_at_the_least_cost(covariances):
    a, b, _ = covariances
    T = transport(a, b)
    np.testing.assert_allclose(T @ a @ T, b, atol=1e-10)
    np.testing.assert_allclose(T, T.T, atol=1e-10)
    assert np.linalg.eigvalsh(T).min() > 0
    other = np.linalg.cholesky(b) @ np.linalg.inv(np.linalg.cholesky(a))  # reaches it too
    np.testing.assert_allclose(other @ a @ other.T, b, atol=1e-10)
    costs = [np.trace((M - np.eye(5)) @ a @ (M - np.eye(5)).T) for M in (T, other)]
    assert costs[0] < costs[1]


def test_the_barycentre_of_two_has_a_closed_form(covariances):
    a, b, _ = covariances
    T = transport(a, b)
    for w in (0.5, 0.2):
        S = (1 - w) * np.eye(5) + w * T
        np.testing.assert_allclose(barycentre(covariances[:2], [1 - w, w]), S @ a @ S, atol=1e-8)


def test_the_barycentre_is_a_fixed_point_and_the_best(covariances):
    weights = np.array([0.2, 0.3, 0.5])
    best = barycentre(covariances, weights)
    np.testing.assert_allclose(
        sum(w * transport(best, c) for w, c in zip(weights, covariances, strict=True)),
        np.eye(5),
        atol=1e-6,
    )

    def cost(K):
        root = roots(K)[0]
        return sum(
            w * (np.trace(K) + np.trace(c) - 2 * np.trace(roots(root @ c @ root)[0]))
            for w, c in zip(weights, covariances, strict=True)
        )

    assert cost(best) < min(
        cost(best * 1.05), cost(best * 0.95), cost(np.einsum("c,cij->ij", weights, covariances))
    )


def test_weights_count_and_only_their_ratio(covariances):
    np.testing.assert_allclose(barycentre(covariances, [0, 0, 7]), covariances[2], atol=1e-8)
    np.testing.assert_allclose(
        barycentre(covariances, [1, 2, 3]), barycentre(covariances, [10, 20, 30]), atol=1e-8
    )
    assert (
        np.linalg.norm(barycentre(covariances, [1, 1, 1]) - barycentre(covariances, [1, 2, 3]))
        > 0.01
    )


def test_bad_weights_and_too_few_iterations(covariances):
    for bad in ([1, 2], [0, 0, 0], [1, -1, 1]):
        with pytest.raises(InputError, match="give 3 of at least 0"):
            barycentre(covariances, bad)
    with pytest.warns(ConvergenceWarning, match="after 1 iterations"):
        barycentre(covariances, [1, 1, 1], max_iterations=1)
