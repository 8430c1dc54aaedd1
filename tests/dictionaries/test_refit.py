"""Refitted strengths are the least-squares ones; neighbours see less of the rest."""

import numpy as np
from scipy.optimize import nnls
from scipy.sparse import csr_array

from begriff.dictionaries.refit_activations import refit


def _problem(seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((40, 12)).astype(np.float32)
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    D = rng.standard_normal((20, 12)).astype(np.float32)
    D /= np.linalg.norm(D, axis=1, keepdims=True)
    support = np.sort(np.argsort(rng.random((40, 20)), 1)[:, :5], 1)
    codes = csr_array(
        (np.ones(200, np.float32), support.ravel(), np.arange(0, 201, 5)), shape=(40, 20)
    )
    return X, D, codes, 0.1 * rng.standard_normal(12).astype(np.float32)


def test_equals_scipy_on_every_support():
    X, D, codes, bias = _problem()
    fitted = refit(codes, X, D, bias, n_core=20).toarray()
    for i in range(40):
        columns = codes[[i]].indices
        expected = nnls(D[columns].T.astype(float), (X[i] - bias).astype(float))[0]
        np.testing.assert_allclose(fitted[i, columns], expected, atol=3e-3)


def test_core_comes_first():
    X, D, codes, bias = _problem()
    fitted = refit(codes, X, D, bias, n_core=8)
    alone = refit(csr_array(codes[:, :8]), X, D[:8], bias, n_core=8)
    np.testing.assert_allclose(fitted[:, :8].toarray(), alone.toarray(), atol=1e-4)


def test_neighbours_see_less_of_the_rest_at_little_cost():
    X, D, codes, bias = _problem(1)
    plain = refit(codes, X, D, bias, n_core=20)
    near = refit(codes, X, D, bias, n_core=20, reference=X, n_neighbours=5)

    def seen(c):
        rest = X - bias - c @ D
        likeness = X @ X.T
        np.fill_diagonal(likeness, -1)
        nearest = np.argsort(-likeness, 1)[:, :5]
        return np.mean([(X[nearest[i]] @ rest[i]) ** 2 for i in range(len(X))]), (rest**2).sum()

    assert seen(near)[0] < 0.8 * seen(plain)[0]
    assert seen(plain)[1] <= seen(near)[1] < 2 * seen(plain)[1]


def test_an_item_is_not_its_own_neighbour():
    X, D, codes, bias = _problem()
    np.testing.assert_allclose(
        refit(codes[[0]], X[:1], D, bias, n_core=20, reference=X[:1]).toarray(),
        refit(codes[[0]], X[:1], D, bias, n_core=20).toarray(),
        atol=1e-5,
    )


def test_empty_codes_stay_empty():
    X, D, _, bias = _problem()
    empty = csr_array((40, 20), dtype=np.float32)
    assert refit(empty, X, D, bias, n_core=20).nnz == 0
