"""Top-k against a sort."""

import numpy as np

from begriff.linalg.neighbours import neighbours
from begriff.linalg.topk import top_columns, top_rows


def test_top_rows_equals_a_stable_sort():
    scores = np.random.default_rng(0).integers(0, 20, 200).astype(float)
    np.testing.assert_array_equal(top_rows(scores, 30), np.argsort(-scores, kind="stable")[:30])


def test_top_rows_leaves_out_what_is_excluded():
    scores = np.array([1.0, -np.inf, 3.0, -np.inf])
    np.testing.assert_array_equal(top_rows(scores, 4), [2, 0])
    assert len(top_rows(np.full(3, -np.inf), 2)) == 0
    assert len(top_rows(np.empty(0), 2)) == 0


def test_top_columns_equals_a_sort():
    scores = np.random.default_rng(0).random((50, 12))
    expected = np.sort(np.argsort(-scores, 1)[:, :4], 1)
    np.testing.assert_array_equal(np.sort(top_columns(scores, 4), 1), expected)
    assert top_columns(scores, 99).shape == (50, 12)


def test_neighbours_are_exact_and_exclude_oneself():
    X = np.random.default_rng(0).standard_normal((70, 5)).astype(np.float32)
    likeness = X @ X.T
    np.fill_diagonal(likeness, -np.inf)
    np.testing.assert_array_equal(neighbours(X, 6, block=16), np.argsort(-likeness, 1)[:, :6])
    assert neighbours(X[:1], 3).shape == (1, 0)
