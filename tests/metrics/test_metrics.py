"""Measures against scikit-learn and against their pitfalls."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.metrics import ndcg_score, roc_auc_score

from begriff.metrics import auroc, fvu, matched_cosine, ndcg, usage


def test_auroc_equals_scikit_learn_with_ties():
    rng = np.random.default_rng(0)
    p, n = rng.integers(0, 6, 40), rng.integers(0, 5, 60)
    expected = roc_auc_score(np.r_[np.ones(40), np.zeros(60)], np.r_[p, n])
    assert auroc(p, n) == pytest.approx(expected)
    assert np.isnan(auroc([], [1]))


def test_ndcg_equals_scikit_learn():
    rng = np.random.default_rng(0)
    gains, scores = rng.integers(0, 3, 30), rng.random(30)
    expected = ndcg_score([gains], [scores], k=10)
    assert ndcg(gains[np.argsort(-scores)], gains, 10) == pytest.approx(expected)


def test_fvu_uses_the_mean_of_each_dimension():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((100, 4)) + np.array([0, 50, -50, 100])
    assert fvu(X, np.tile(X.mean(0), (100, 1))) == pytest.approx(1)
    global_mean = ((X - X.mean(0)) ** 2).sum() / ((X - X.mean()) ** 2).sum()
    assert global_mean < 0.01  # one scalar mean would call this a near-perfect fit


def test_matched_cosine_is_a_mean_of_one_to_one_matches():
    A = np.eye(4)
    assert matched_cosine(A, A[[3, 1, 0, 2]]).tolist() == [1, 1, 1, 1]
    doubled = np.stack([A[0]] * 4)
    # one partner each: a repeated concept is not stable four times
    assert matched_cosine(doubled, A).sum() == pytest.approx(1)


def test_usage_counts_items():
    codes = csr_array(np.array([[1.0, 0, 2], [0, 0, 3]]))
    np.testing.assert_allclose(usage(codes), [0.5, 0, 1])
