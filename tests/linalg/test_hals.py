"""Blocked coordinate descent is the sequential one, and ends in the minimum."""

import itertools

import numpy as np
import pytest
from scipy.optimize import nnls as reference

from begriff.linalg.hals import hals_sweep, hals_updates, nnls_shared


def problem(k=40, n=30, seed=0):
    rng = np.random.default_rng(seed)
    others = rng.random((k, 60)).astype(np.float32)
    data = rng.random((n, 60)).astype(np.float32)
    return others, data, rng.random((k, n)).astype(np.float32)


def one_by_one(factors, gram, linear):
    factors = factors.astype(np.float64)
    for k in range(len(factors)):
        if gram[k, k] > 0:
            factors[k] = np.maximum(0, factors[k] + (linear[k] - gram[k] @ factors) / gram[k, k])
    return factors


@pytest.mark.parametrize("k", [1, 16, 17, 40])
def test_a_sweep_is_the_sequential_update(k):
    others, data, factors = problem(k)
    gram, linear = others @ others.T, others @ data.T
    expected, before = one_by_one(factors, gram, linear), factors.copy()
    changed = hals_sweep(factors, gram, linear)
    np.testing.assert_allclose(factors, expected, atol=2e-4)
    assert changed == pytest.approx(float(((factors - before) ** 2).sum()), rel=1e-4)


def test_a_sweep_all_at_once_would_be_another():
    others, data, factors = problem()
    gram, linear = others @ others.T, others @ data.T
    at_once = np.maximum(0, factors + (linear - gram @ factors) / np.diagonal(gram)[:, None])
    hals_sweep(factors, gram, linear)
    assert np.abs(factors - at_once).max() > 0.1


def test_a_factor_that_the_other_side_does_not_use_waits():
    others, data, factors = problem(3)
    others[1], before = 0, factors[1].copy()
    hals_sweep(factors, others @ others.T, others @ data.T)
    np.testing.assert_array_equal(factors[1], before)


def test_updates_lower_the_error_and_stop():
    others, data, factors = problem(12)
    gram, linear = others @ others.T, others @ data.T
    errors = [float(((data - factors.T @ others) ** 2).sum())]
    for _ in range(5):
        taken = hals_updates(factors, gram, linear, 10)
        assert 1 <= taken <= 10
        errors.append(float(((data - factors.T @ others) ** 2).sum()))
    assert all(b <= a + 1e-4 for a, b in itertools.pairwise(errors))


def test_shared_problems_end_in_the_minimum_of_scipy():
    others, data, _ = problem(20, 50)
    found = nnls_shared(others @ others.T, others @ data.T, sweeps=5000, tol=1e-7)
    expected = np.stack(
        [reference(others.T.astype(np.float64), x.astype(np.float64))[0] for x in data], axis=1
    )
    np.testing.assert_allclose(found, expected, atol=2e-3)
