"""Equal to scikit-learn's and to the closed form; what a model does not use has no importance at all."""

import numpy as np
import pytest
from sklearn.inspection import permutation_importance as theirs
from sklearn.linear_model import LinearRegression

from begriff.errors import InputError
from begriff.importance import permutation_importance


@pytest.fixture
def fitted():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 4))
    y = X @ [2.0, 1.0, 0.2, 0.0] + rng.normal(size=500)
    return LinearRegression().fit(X[:250], y[:250]), X[250:], y[250:]


def test_close_to_scikit_learn_and_the_closed_form(fitted):
    model, X, y = fitted
    ours = permutation_importance(model, X, y, n_repeats=30)
    reference = theirs(model, X, y, scoring="neg_mean_squared_error", n_repeats=30, random_state=1)
    np.testing.assert_allclose(ours.value, reference.importances_mean, atol=0.25)
    np.testing.assert_allclose(
        permutation_importance(model, X, n_repeats=30).value,
        2 * model.coef_**2 * X.var(0),
        rtol=0.1,
        atol=1e-6,
    )
    assert ours.rejected[:2].all()
    assert (ours.low <= ours.value).all()
    assert (ours.value <= ours.high).all()
    assert ours.ranking[:2].tolist() == [0, 1]


def test_unused_concepts_have_none():
    X = np.random.default_rng(1).normal(size=(100, 2))
    found = permutation_importance(lambda X: X[:, 0], X, X[:, 0])
    assert found.value[1] == found.low[1] == found.high[1] == 0
    assert found.p[1] == 1


def test_answers_that_have_nothing_to_do_with_a_concept_make_it_no_better_than_chance():
    rng, rejected = np.random.default_rng(2), []
    for seed in range(100):
        X = rng.normal(size=(200, 2))
        y = X[:, 0] + rng.normal(size=200)
        rejected.append(
            permutation_importance(
                lambda X: X @ [1.0, -0.2], X, y, n_repeats=3, random_state=seed
            ).rejected
        )
    rejected = np.mean(rejected, 0)
    assert rejected[0] == 1
    harmless = [
        permutation_importance(
            lambda X: X[:, 0], X, rng.normal(size=200), n_repeats=3, random_state=s
        ).rejected[0]
        for s in range(20)
    ]
    # a model whose output is noise: dealing it out is neither better nor worse on average
    assert np.mean(harmless) < 0.5


def test_over_vectors_only_the_concept_moves():
    rng = np.random.default_rng(3)
    codes, components = np.maximum(rng.normal(size=(200, 3)), 0), rng.normal(size=(3, 6))
    X = codes @ components + 0.1 * rng.normal(size=(200, 6))
    w = np.linalg.pinv(components)[:, 0]
    found = permutation_importance(lambda X: X @ w, X, codes=codes, components=components)
    assert found.rejected.tolist() == [True, False, False] or found.value[1:].max() < 1e-20
    same = permutation_importance(lambda C: C[:, 0], codes)
    np.testing.assert_allclose(found.value, same.value, atol=1e-9)


def test_own_loss_and_errors(fitted):
    model, X, y = fitted
    found = permutation_importance(model, X, y, loss=lambda y, s: np.abs(y - s))
    assert found.rejected[0]
    with pytest.raises(InputError, match="give codes"):
        permutation_importance(model, X, y, codes=np.ones((250, 2)))
    with pytest.raises(InputError, match="n_repeats=0"):
        permutation_importance(model, X, y, n_repeats=0)
