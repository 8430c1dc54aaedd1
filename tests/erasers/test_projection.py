"""Nothing is left along the directions, given or found from labels."""

import numpy as np
import pytest

from begriff.erasers import LEACE, Projection
from begriff.errors import InputError
from begriff.kinds import Eraser


def test_given_directions_are_gone_and_nothing_else(planted):
    X, _ = planted
    rng = np.random.default_rng(0)
    D = rng.standard_normal((3, 12)) * [[1e-3], [1], [1e3]]
    D = np.vstack([D, D[0] - 5 * D[1]])  # one that says nothing new
    for affine in (True, False):
        edited = Projection(D, affine=affine).fit(X).transform(X)
        moved = edited - (X.mean(0) if affine else 0)
        assert abs(moved @ (D / np.linalg.norm(D, axis=1, keepdims=True)).T).max() < 1e-9
        other = np.linalg.svd(D)[2][3:]
        np.testing.assert_allclose(edited @ other.T, X @ other.T, atol=1e-9)


def test_words_are_projected_about_the_origin():
    words = np.array([[0.6, 0.8, 0.0]])
    edited = Projection(words, affine=False).fit(np.eye(3)).transform(np.vstack([words, np.eye(3)]))
    np.testing.assert_allclose(edited[0], 0, atol=1e-12)
    np.testing.assert_allclose(edited @ words[0], 0, atol=1e-12)


def test_half_strength_removes_half(planted):
    X, y = planted
    whole, half = (X - Projection(strength=s).fit(X, y).transform(X) for s in (1.0, 0.5))
    np.testing.assert_allclose(half, whole / 2, atol=1e-10)


def test_from_labels_it_is_the_projection_off_the_differences_of_means(three):
    X, y = three
    Q = np.linalg.qr(
        np.array(
            [X[y == "a"].mean(0) - X[y == "c"].mean(0), X[y == "b"].mean(0) - X[y == "c"].mean(0)]
        ).T
    )[0]
    fitted = Projection().fit(X, y)
    np.testing.assert_allclose(fitted.matrix_, np.eye(6) - Q @ Q.T, atol=1e-9)
    np.testing.assert_allclose(fitted.matrix_ @ fitted.matrix_, fitted.matrix_, atol=1e-10)
    edited = fitted.transform(X)
    np.testing.assert_allclose(edited[y == "a"].mean(0), edited[y == "b"].mean(0), atol=1e-9)


def test_equals_leace_on_white_vectors_only(planted):
    X, y = planted
    assert (
        abs(Projection().fit(X, y).matrix_ - LEACE(shrinkage=False).fit(X, y).matrix_).max() > 0.01
    )
    white = (X - X.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(X.T))).T
    np.testing.assert_allclose(
        Projection().fit(white, y).matrix_, LEACE(shrinkage=False).fit(white, y).matrix_, atol=1e-9
    )


def test_a_rare_concept_and_small_numbers_count(planted):
    X, y = planted
    np.testing.assert_allclose(
        Projection().fit(X * 1e-9, y * 1e-9 + 0.5).matrix_,
        Projection().fit(X, y).matrix_,
        atol=1e-5,
    )


def test_directions_travel_with_the_file(planted, tmp_path):
    X, _ = planted
    fitted = Projection(np.eye(12)[:2]).fit(X)
    fitted.save(tmp_path / "edit.safetensors")
    loaded = Eraser.load(tmp_path / "edit.safetensors")
    np.testing.assert_array_equal(loaded.directions, np.eye(12)[:2])
    np.testing.assert_array_equal(loaded.fit(X).matrix_, fitted.matrix_)


def test_bad_directions_are_refused(planted):
    X, _ = planted
    for bad, said in (
        (np.ones((2, 5)), r"shape \(2, 5\)"),
        (np.zeros((1, 12)), "zero vector"),
        (np.full((1, 12), np.nan), "NaN"),
    ):
        with pytest.raises(InputError, match=said):
            Projection(bad).fit(X)
    with pytest.raises(InputError, match="strength=inf"):
        Projection(np.eye(12)[:1], strength=np.inf).fit(X)
