"""All class means are one point, and a class keeps its shape."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from begriff.erasers import LEACE, MeanMatching
from begriff.errors import InputError
from begriff.kinds import Eraser


def test_means_meet_and_shapes_stay(three):
    X, y = three
    edited = MeanMatching().fit_transform(X, y)
    for c in "abc":
        np.testing.assert_allclose(edited[y == c].mean(0), X.mean(0), atol=1e-10)
        np.testing.assert_allclose(np.cov(edited[y == c].T), np.cov(X[y == c].T), atol=1e-10)


def test_no_linear_probe_learns_and_the_change_is_smaller_than_without_labels(planted):
    X, y = planted
    edited = MeanMatching().fit_transform(X, y)
    centred = (edited - edited.mean(0)) / edited.std()
    assert (
        abs(LogisticRegression(C=np.inf, tol=1e-10, max_iter=5000).fit(centred, y).coef_).max()
        < 1e-4
    )
    assert ((X - edited) ** 2).sum() < (
        (X - LEACE(shrinkage=False).fit(X, y).transform(X)) ** 2
    ).sum()


def test_a_label_that_was_not_fitted_is_refused(three):
    X, y = three
    with pytest.raises(InputError, match="label 'd' is none of the classes"):
        MeanMatching().fit(X, y).transform(X[:2], ["a", "d"])


def test_a_file_says_which_eraser_it_holds(three, tmp_path):
    X, y = three
    fitted = MeanMatching().fit(X, y)
    fitted.save(tmp_path / "edit.safetensors")
    again = Eraser.load(tmp_path / "edit.safetensors")
    assert type(again) is MeanMatching and again.classes_.tolist() == fitted.classes_.tolist()
    np.testing.assert_array_equal(again.transform(X, y), fitted.transform(X, y))
