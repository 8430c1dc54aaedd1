"""Rounds go on until a probe on items held back is at chance, and not beyond."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from begriff.erasers import INLP, LEACE
from begriff.errors import InputError


def _accuracy(train, test, y):
    return (
        LogisticRegression(class_weight="balanced", max_iter=1000)
        .fit(train - train.mean(0), y[:400])
        .score(test - train.mean(0), y[400:])
    )


def test_a_probe_is_at_chance_where_it_learnt_before(planted):
    X, y = planted
    y = (y + (X[:, 0] > np.median(X[:, 0]))) % 2  # half of it lies along another direction
    fitted = INLP().fit(X[:400], y[:400])
    scores = fitted.scores_
    assert scores[0] > 0.7
    assert scores[-1] < 0.58
    assert len(scores) == fitted.n_iterations_ + 1
    assert _accuracy(X[:400], X[400:], y) > 0.7
    assert _accuracy(fitted.transform(X[:400]), fitted.transform(X[400:]), y) < 0.62


def test_it_is_an_orthogonal_projection_that_loses_one_dimension_a_round(planted, three):
    for (X, y), each in ((planted, 1), (three, 2)):
        fitted = INLP().fit(X, y)
        assert fitted.n_iterations_ > 0
        np.testing.assert_allclose(fitted.matrix_ @ fitted.matrix_, fitted.matrix_, atol=1e-10)
        np.testing.assert_allclose(fitted.matrix_, fitted.matrix_.T, atol=1e-12)
        assert np.linalg.matrix_rank(fitted.matrix_, tol=1e-8) == X.shape[1] - min(
            each * fitted.n_iterations_, X.shape[1]
        )


def test_labels_that_say_nothing_remove_little():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((2000, 10)), rng.integers(0, 2, 2000)
    assert INLP().fit(X, y).n_iterations_ <= 2


def test_changes_more_than_leace(planted):
    X, y = planted
    inlp, leace = (((X - e.fit(X, y).transform(X)) ** 2).sum() for e in (INLP(), LEACE()))
    assert inlp > leace


def test_rounds_are_limited_and_seeded(planted):
    X, y = planted
    assert INLP(n_iterations=1).fit(X, y).n_iterations_ == 1
    a, b, c = (INLP(random_state=s).fit(X, y).matrix_ for s in (0, 0, 1))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)


def test_bad_parameters_and_targets_are_refused(planted):
    X, y = planted
    for bad in ({"n_iterations": 0}, {"C": 0}, {"held_out": 1.0}):
        with pytest.raises(InputError, match="must be at least 1, above 0"):
            INLP(**bad).fit(X, y)
    with pytest.raises(InputError, match="y holds numbers"):
        INLP().fit(X, X[:, 0])
    with pytest.raises(InputError, match=r"class 2 has 1 item"):
        INLP().fit(X, np.where(np.arange(len(y)) == 3, 2, y))
