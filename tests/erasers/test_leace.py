"""No covariance with the concept is left, no linear probe learns, the change is the least, and streams give what one batch gives."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from begriff.erasers import LEACE, Projection
from begriff.errors import InputError
from begriff.linalg.shrinkage import optimal_linear_shrinkage
from begriff.metrics import auroc


def _covariance(X, Z):
    return (X - X.mean(0)).T @ (Z - Z.mean(0)) / len(X)


def _one_hot(y):
    return (y[:, None] == np.unique(y)).astype(float)


def _reference(X, Z, shrinkage):
    """I - W^+ P W with the symmetric root and pseudo-inverses, straight from the paper."""
    cov = np.cov(X.T, bias=True)
    if shrinkage:
        cov = optimal_linear_shrinkage(cov, len(X))
    values, vectors = np.linalg.eigh(cov)
    W = vectors * values**-0.5 @ vectors.T
    A = W @ _covariance(X, Z)
    return np.eye(X.shape[1]) - np.linalg.inv(W) @ A @ np.linalg.pinv(A, rcond=1e-8) @ W


@pytest.mark.parametrize("shrinkage", [True, False])
def test_equals_the_formula_of_the_paper(planted, three, shrinkage):
    for X, y in (planted, three):
        expected = _reference(X, _one_hot(y), shrinkage)
        fitted = LEACE(shrinkage=shrinkage).fit(X, y)
        np.testing.assert_allclose(fitted.matrix_.T, expected, atol=1e-9)
        np.testing.assert_allclose(
            fitted.transform(X), X.mean(0) + (X - X.mean(0)) @ expected.T, atol=1e-9
        )


@pytest.mark.parametrize("options", [{}, {"shrinkage": False}, {"affine": False}])
def test_no_covariance_is_left(planted, three, options):
    for X, y in (planted, three):
        Z = _one_hot(y)
        assert abs(_covariance(X, Z)).max() > 0.01
        assert abs(_covariance(LEACE(**options).fit(X, y).transform(X), Z)).max() < 1e-10


@pytest.mark.parametrize("options", [{}, {"shrinkage": False}, {"affine": False}])
def test_no_linear_probe_learns(planted, options):
    X, y = planted
    erased = LEACE(**options).fit(X, y).transform(X)
    sides = [(A - A.mean(0)) / A.std() for A in (X, erased)]
    probes = [LogisticRegression(C=np.inf, tol=1e-10, max_iter=5000).fit(A, y) for A in sides]
    assert abs(probes[1].coef_).max() < 1e-4
    assert probes[1].score(sides[1], y) == pytest.approx(1 - y.mean())
    assert abs(probes[0].coef_).max() > 0.1  # the control: a probe does learn before
    assert probes[0].score(sides[0], y) > 1 - y.mean() + 0.1


def test_twice_is_once_and_the_rank_falls_by_that_of_the_concept(planted, three):
    for (X, y), lost in ((planted, 1), (three, 2)):
        fitted = LEACE().fit(X, y)
        np.testing.assert_allclose(fitted.matrix_ @ fitted.matrix_, fitted.matrix_, atol=1e-10)
        assert np.linalg.matrix_rank(fitted.matrix_, tol=1e-8) == X.shape[1] - lost
        np.testing.assert_allclose(
            fitted.transform(fitted.transform(X)), fitted.transform(X), atol=1e-9
        )


def test_no_other_edit_that_removes_it_changes_less(three):
    X, y = three
    fitted = LEACE(shrinkage=False).fit(X, y)
    change = ((X - fitted.transform(X)) ** 2).sum(1).mean()
    assert change < 0.99 * ((X - Projection().fit(X, y).transform(X)) ** 2).sum(1).mean()
    rng = np.random.default_rng(0)
    # what may be read without reading the concept
    free = np.linalg.svd(_covariance(X, _one_hot(y)))[0][:, 2:]
    for size in (1e-3, 0.1, 1):
        other = fitted.matrix_.T + size * rng.standard_normal((6, 4)) @ free.T
        edited = X.mean(0) + (X - X.mean(0)) @ other.T
        assert abs(_covariance(edited, _one_hot(y))).max() < 1e-10
        assert ((X - edited) ** 2).sum(1).mean() > change
        weigh = np.diag(np.arange(1.0, 7))  # the least in any inner product
        assert (((X - edited) @ weigh) ** 2).sum() > (
            ((X - fitted.transform(X)) @ weigh) ** 2
        ).sum()


def test_shrinkage_changes_unseen_items_less():
    rng = np.random.default_rng(0)
    changes = []
    for _ in range(20):
        mix = np.linalg.qr(rng.standard_normal((40, 40)))[0] * np.geomspace(3, 0.3, 40)
        y = np.arange(44) % 2
        X = rng.standard_normal((44, 40)) @ mix.T + np.outer(y, np.ones(40))
        new = rng.standard_normal((2000, 40)) @ mix.T
        changes.append(
            [
                ((new - LEACE(shrinkage=s).fit(X, y).transform(new)) ** 2).sum(1).mean()
                for s in (True, False)
            ]
        )
    shrunk, plain = np.mean(changes, axis=0)
    assert shrunk < 0.9 * plain


@pytest.mark.parametrize("shrinkage", [True, False])
def test_the_variance_never_grows(shrinkage):
    rng = np.random.default_rng(0)
    for n in (12, 30, 200):
        for low in (1, 0.1, 1e-3):
            y = np.arange(n) % 3
            X = (
                rng.standard_normal((n, 20)) * np.geomspace(1, low, 20)
                + rng.standard_normal((3, 20))[y] * low
            )
            assert (
                np.var(LEACE(shrinkage=shrinkage).fit(X, y).transform(X), axis=0).sum()
                <= np.var(X, axis=0).sum()
            )


def test_an_edit_with_other_rows_may_increase_the_variance():
    """The control: it removes the concept as well, but spreads the items."""
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    X = rng.standard_normal((200, 20)) * np.geomspace(1, 0.1, 20) + np.outer(
        y, rng.standard_normal(20) * 0.1
    )
    gap = _covariance(X, _one_hot(y))[:, :1]
    row = np.linalg.matrix_power(np.linalg.inv(np.cov(X.T)), 3) @ gap
    edited = (X - X.mean(0)) @ (np.eye(20) - row @ gap.T / (row.T @ gap))
    assert abs(_covariance(edited, _one_hot(y))).max() < 1e-10
    assert (
        np.var(edited, axis=0).sum()
        > np.var(X, axis=0).sum()
        > np.var(LEACE().fit(X, y).transform(X), axis=0).sum()
    )


def _rare():
    """One item in 200, one and a half standard deviations away."""
    rng = np.random.default_rng(0)
    y = np.arange(20_000) % 200 == 0
    X = rng.standard_normal((20_000, 10))
    X[y, 0] += 1.5
    return X, y


def test_a_rare_concept_goes_too():
    X, y = _rare()
    naive = _naive(X, y)
    for erased, remains in ((naive, True), (LEACE().fit(X, y).transform(X), False)):
        probe = LogisticRegression(C=np.inf, tol=1e-10, class_weight="balanced", max_iter=1000).fit(
            erased, y
        )
        along = probe.decision_function(erased)
        if remains:
            assert auroc(along[y], along[~y]) > 0.8
        else:
            assert abs(probe.coef_).max() < 1e-4
            assert abs(_covariance(erased, y[:, None].astype(float))).max() < 1e-10


def _naive(X, y):
    """The control: singular values of the whitened covariance with the raw indicator, cut at .01."""
    W = np.linalg.inv(np.linalg.cholesky(np.cov(X.T)))
    U, s, _ = np.linalg.svd(W @ _covariance(X, y[:, None].astype(float)), full_matrices=False)
    U = U[:, s > 0.01]
    return X - (X - X.mean(0)) @ (np.linalg.inv(W) @ U @ U.T @ W).T


def test_scale_of_vectors_and_targets_does_not_matter(planted):
    X, y = planted
    expected = LEACE().fit(X, y).matrix_
    np.testing.assert_allclose(LEACE().fit(X * 1e-6, y).matrix_, expected, atol=1e-8)
    np.testing.assert_allclose(LEACE().fit(X, y * 1e-9 + 1e-10).matrix_, expected, atol=1e-6)


def test_numbers_and_labels_say_the_same(planted):
    X, y = planted
    np.testing.assert_allclose(
        LEACE().fit(X, y[:, None]).matrix_, LEACE().fit(X, y).matrix_, atol=1e-10
    )
    np.testing.assert_allclose(
        LEACE().fit(X, _one_hot(y)).matrix_, LEACE().fit(X, y).matrix_, atol=1e-10
    )


def test_numeric_targets(planted):
    X, _ = planted
    # the last one is constant
    Z = np.column_stack([X[:, 0] + X[:, 1] ** 2, np.sin(X[:, 2]), np.ones(len(X)) * 0.1])
    fitted = LEACE().fit(X, Z)
    assert abs(_covariance(fitted.transform(X), Z)).max() < 1e-10
    assert np.linalg.matrix_rank(fitted.matrix_, tol=1e-8) == 10
    assert abs(_covariance(LEACE().fit(X, Z[:, 0]).transform(X), Z[:, :1])).max() < 1e-10


def test_float32_is_fitted_in_float64(planted):
    # far from the origin: float32 sums would lose the covariance
    X, y = (planted[0] * 1e-3 + 5).astype(np.float32), planted[1]
    fitted = LEACE().fit(X, y)
    assert fitted.transform(X).dtype == np.float32
    np.testing.assert_array_equal(fitted.matrix_, LEACE().fit(X.astype(np.float64), y).matrix_)
    assert abs(_covariance(fitted.transform(X.astype(np.float64)), _one_hot(y))).max() < 1e-13


@pytest.mark.parametrize("size", [1, 7, 250])
def test_batches_in_any_order_give_the_same(three, size):
    X, y = three
    whole = LEACE().fit(X, y)
    starts = np.random.default_rng(size).permutation(np.arange(0, len(X), size))
    fitter = LEACE().fitter()
    for s in starts:
        fitter.update(X[s : s + size], y[s : s + size])
    streamed = fitter.eraser()
    np.testing.assert_allclose(streamed.matrix_, whole.matrix_, atol=1e-10)
    np.testing.assert_allclose(streamed.mean_, whole.mean_, atol=1e-10)
    np.testing.assert_array_equal(streamed.classes_, whole.classes_)
    assert (
        sum(a.size for a in vars(fitter.moments).values() if isinstance(a, np.ndarray))
        == 6 + 3 + 6 * 6 + 6 * 3 + 3 * 3
    )


def test_sorted_batches_far_from_the_origin(three):
    X, y = three
    order = np.argsort(y)
    far = X + 1e4
    fitter = LEACE().fitter()
    for rows in np.array_split(order, 9):
        fitter.update(far[rows], y[rows])
    np.testing.assert_allclose(fitter.eraser().matrix_, LEACE().fit(X, y).matrix_, atol=1e-7)


def test_more_batches_change_the_next_eraser_and_no_earlier_one(three):
    X, y = three
    fitter = LEACE().fitter().update(X[:300], y[:300])
    first = fitter.eraser()
    np.testing.assert_array_equal(first.matrix_, LEACE().fit(X[:300], y[:300]).matrix_)
    fitter.update(X[300:], y[300:])
    np.testing.assert_allclose(fitter.eraser().matrix_, LEACE().fit(X, y).matrix_, atol=1e-10)
    np.testing.assert_array_equal(first.matrix_, LEACE().fit(X[:300], y[:300]).matrix_)


def test_classes_named_in_advance(three):
    X, y = three
    fitter = LEACE().fitter(["c", "b", "a", "never"]).update(X, y)
    np.testing.assert_allclose(fitter.eraser().matrix_, LEACE().fit(X, y).matrix_, atol=1e-10)
    with pytest.raises(InputError, match="'d' is none of the classes"):
        fitter.update(X[:1], ["d"])


def test_streams_that_do_not_fit_together_are_refused(three):
    X, y = three
    with pytest.raises(InputError, match="holds numbers, earlier batches had labels"):
        LEACE().fitter().update(X, y).update(X, X[:, 0])
    with pytest.raises(InputError, match="2 targets, earlier batches had 3"):
        LEACE().fitter().update(X, X[:, :3]).update(X, X[:, :2])
    with pytest.raises(InputError, match="same target"):
        LEACE().fitter().update(X[:1], y[:1]).eraser()
    with pytest.raises(InputError, match="same target"):
        LEACE().fit(X, np.full((len(X), 2), 0.1))
    with pytest.raises(InputError, match="must be numeric"):
        LEACE().fit(X, np.array([y, y]).T)
    with pytest.raises(InputError, match="tol=0"):
        LEACE(tol=0).fit(X, y)
    with pytest.raises(InputError, match="no batch was taken in yet"):
        LEACE().fitter().eraser()
    with pytest.raises(InputError, match="Projection does not learn from batches"):
        Projection().fitter()
