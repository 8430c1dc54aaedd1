"""Nearer to the truth than the sample, the formula of the paper, and never below zero."""

import numpy as np
import pytest

from begriff.errors import InputError
from begriff.linalg.shrinkage import optimal_linear_shrinkage


def _formula(S, n):
    """Term by term as in the paper, with the target I tr(S) / p."""
    target = np.eye(len(S)) * np.trace(S) / len(S)
    bottom = (S**2).sum() * (target**2).sum() - np.trace(S @ target) ** 2
    alpha = 1 - np.trace(S) ** 2 * (target**2).sum() / n / bottom
    beta = (1 - alpha) * np.trace(S @ target) / (target**2).sum()
    return alpha * S + beta * target, alpha


def _sample(n, scales, seed=0):
    X = np.random.default_rng(seed).standard_normal((n, len(scales))) * scales
    return np.cov(X.T, bias=True)


def test_equals_the_formula():
    S = _sample(60, np.geomspace(1, 5, 30))
    expected, alpha = _formula(S, 60)
    assert 0.1 < alpha < 0.9
    np.testing.assert_allclose(optimal_linear_shrinkage(S, 60), expected, rtol=1e-12)


def test_nearer_to_the_truth_than_the_sample():
    scales = np.geomspace(1, 5, 30)
    for n in (15, 60):
        S = _sample(n, scales)
        truth = np.diag(scales**2)
        assert np.linalg.norm(optimal_linear_shrinkage(S, n) - truth) < 0.8 * np.linalg.norm(
            S - truth
        )


def test_keeps_the_trace_and_fades_with_more_items():
    S = _sample(500, np.geomspace(1, 5, 30))
    assert np.trace(optimal_linear_shrinkage(S, 500)) == pytest.approx(np.trace(S))
    np.testing.assert_allclose(optimal_linear_shrinkage(S, 10**9), S, atol=1e-5)


def test_never_has_negative_eigenvalues_where_the_bare_formula_does():
    S = np.diag([1.0, 1.0, 1.0, 1.4])
    bare, alpha = _formula(S, 4)
    assert alpha < 0
    assert np.linalg.eigvalsh(bare).min() < 0
    np.testing.assert_allclose(optimal_linear_shrinkage(S, 4), np.eye(4) * 1.1)


def test_one_dimension_and_zero_stay():
    assert optimal_linear_shrinkage(np.array([[2.0]]), 5).tolist() == [[2.0]]
    assert optimal_linear_shrinkage(np.zeros((3, 3)), 5).tolist() == np.zeros((3, 3)).tolist()


def test_bad_input_is_refused():
    with pytest.raises(InputError, match=r"shape \(2, 3\)"):
        optimal_linear_shrinkage(np.ones((2, 3)), 5)
    with pytest.raises(InputError, match="n_items=0"):
        optimal_linear_shrinkage(np.eye(2), 0)
