"""Means and covariances of the classes are equal, so no quadratic probe learns, and the mean of all stays under imbalance."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis

from begriff.erasers import LEACE, QLEACE
from begriff.errors import InputError


def test_means_and_covariances_meet(three):
    X, y = three
    fitted = QLEACE(shrinkage=False)
    edited = fitted.fit_transform(X, y)
    for c in "abc":
        np.testing.assert_allclose(edited[y == c].mean(0), X.mean(0), atol=1e-9)
        np.testing.assert_allclose(
            np.cov(edited[y == c].T, bias=True), fitted.covariance_, atol=1e-6
        )


def test_no_quadratic_probe_learns_though_one_does_after_leace(three):
    X, y = three
    majority = (y == "c").mean()
    scores = [
        QuadraticDiscriminantAnalysis(priors=[1 / 3] * 3, tol=1e-12).fit(A, y).score(A, y)
        for A in (
            X,
            LEACE().fit(X, y).transform(X)[:, :4],
            QLEACE(shrinkage=False).fit_transform(X, y),
        )
    ]
    assert min(scores[:2]) > majority + 0.1
    assert scores[2] < 1 / 3 + 0.25
    guess = QuadraticDiscriminantAnalysis().fit(QLEACE(shrinkage=False).fit_transform(X, y), y)
    assert (guess.predict(QLEACE(shrinkage=False).fit_transform(X, y)) == "c").mean() > 0.99


def test_rare_classes_do_not_move_the_mean_of_all(three):
    X, y = three
    fitted = QLEACE().fit(X, y)
    np.testing.assert_allclose(fitted.transform(X, y).mean(0), X.mean(0), atol=1e-10)
    # the control: the unweighted mean of the classes is elsewhere
    assert np.linalg.norm(fitted.means_.mean(0) - X.mean(0)) > 0.1


def test_maps_are_symmetric_and_twice_is_once(three):
    X, y = three
    fitted = QLEACE(shrinkage=False).fit(X, y)
    np.testing.assert_allclose(fitted.maps_, fitted.maps_.transpose(0, 2, 1), atol=1e-10)
    edited = fitted.transform(X, y)
    np.testing.assert_allclose(QLEACE(shrinkage=False).fit_transform(edited, y), edited, atol=1e-5)


def test_changes_less_than_matching_any_other_covariance(three):
    X, y = three
    best = ((X - QLEACE(shrinkage=False).fit_transform(X, y)) ** 2).sum()
    cheaper = 0
    for c in "abc":  # carrying all classes to the covariance of one of them
        from begriff.linalg.transport import transport

        target = np.cov(X[y == c].T, bias=True)
        moved = np.empty_like(X)
        for k in "abc":
            own = X[y == k]
            moved[y == k] = X.mean(0) + (own - own.mean(0)) @ transport(
                np.cov(own.T, bias=True), target
            )
        cheaper += ((X - moved) ** 2).sum() < best
    assert cheaper == 0


def test_a_class_of_one_item_is_refused(three):
    X, y = three
    y = y.copy()
    y[0] = "z"
    with pytest.raises(InputError, match="class 'z' has 1 item"):
        QLEACE().fit(X, y)
