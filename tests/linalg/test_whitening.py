"""What is whitened has the identity as covariance, in its range, by either road."""

import numpy as np
import pytest

from begriff.linalg.whitening import roots, whitener


def _covariance(rank, low=0.1):
    Q = np.linalg.qr(np.random.default_rng(0).standard_normal((6, 6)))[0]
    return (Q * np.where(np.arange(6) < rank, np.geomspace(1, low, 6), 0)) @ Q.T, Q[:, :rank]


@pytest.mark.parametrize("rank", [2, 6])
@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_whitens_within_the_range(rank, scale):
    S, Q = _covariance(rank)
    W, V = whitener(S * scale)
    assert W.shape == (rank, 6)
    np.testing.assert_allclose(W @ (S * scale) @ W.T, np.eye(rank), atol=1e-8)
    np.testing.assert_allclose(V @ W, Q @ Q.T, atol=1e-8)
    np.testing.assert_allclose(V @ V.T, S * scale, atol=1e-10 * scale)


def test_both_roads_give_the_same_projector():
    S, _ = _covariance(6)
    A = np.random.default_rng(1).standard_normal((6, 2))
    found = []
    for W, V in (whitener(S), reversed(roots(S))):
        U = np.linalg.qr(W @ A)[0]
        found.append(V @ U @ U.T @ W)
    np.testing.assert_allclose(*found, atol=1e-10)


def test_nearly_singular_goes_by_eigenvectors():
    W, _ = whitener(_covariance(6, low=1e-18)[0])
    assert len(W) < 6
    assert len(whitener(np.zeros((3, 3)))[0]) == 0


@pytest.mark.parametrize("rank", [2, 6])
def test_roots(rank):
    S, Q = _covariance(rank)
    root, inverse = roots(S)
    np.testing.assert_allclose(root @ root, S, atol=1e-10)
    np.testing.assert_allclose(root @ inverse, Q @ Q.T, atol=1e-7)
