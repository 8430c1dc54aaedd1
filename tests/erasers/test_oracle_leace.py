"""What is left is the residual of a regression on the targets: the smallest change that removes them."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from begriff.erasers import LEACE, MeanMatching, OracleLEACE
from begriff.errors import InputError


def test_equals_the_formula_of_the_paper_and_the_residual_of_a_regression(planted):
    X, _ = planted
    Z = np.random.default_rng(0).standard_normal((800, 3)) + X[:, :3]
    edited = OracleLEACE().fit_transform(X, Z)
    centred = Z - Z.mean(0)
    cross, own = (X - X.mean(0)).T @ centred, centred.T @ centred
    np.testing.assert_allclose(edited, X - centred @ (cross @ np.linalg.pinv(own)).T, atol=1e-9)
    np.testing.assert_allclose(
        edited, X - LinearRegression().fit(Z, X).predict(Z) + X.mean(0), atol=1e-9
    )
    assert abs((edited - edited.mean(0)).T @ centred).max() / 800 < 1e-10


def test_of_labels_it_is_mean_matching(three):
    X, y = three
    np.testing.assert_allclose(
        OracleLEACE().fit_transform(X, y), MeanMatching().fit_transform(X, y), atol=1e-9
    )


def test_changes_less_than_leace(planted):
    X, _ = planted
    z = X[:, 0] + np.random.default_rng(0).standard_normal(800)
    oracle, leace = OracleLEACE().fit_transform(X, z), LEACE(shrinkage=False).fit(X, z).transform(X)
    assert ((X - oracle) ** 2).sum() < ((X - leace) ** 2).sum()


def test_targets_that_repeat_or_are_constant_add_nothing(planted):
    X, _ = planted
    z = X[:, 0] + np.random.default_rng(0).standard_normal(800)
    more = np.column_stack([z, -2e-6 * z, np.full(800, 0.1)])
    np.testing.assert_allclose(
        OracleLEACE().fit_transform(X, more), OracleLEACE().fit_transform(X, z), atol=1e-8
    )


def test_other_targets_than_those_fitted_are_refused(three):
    X, y = three
    with pytest.raises(InputError, match="holds numbers where labels were fitted"):
        OracleLEACE().fit(X, y).transform(X, X[:, 0])
    with pytest.raises(InputError, match="3 targets where 2 were fitted"):
        OracleLEACE().fit(X, X[:, :2]).transform(X, X[:, :3])
