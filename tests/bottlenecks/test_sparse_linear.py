"""The path solves its problem, no class reads more than it may, and a decision is exactly the sum of what it shows."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from begriff.bottlenecks import SparseLinear
from begriff.bottlenecks.elastic_net import Design, elastic_net_path, ridge
from begriff.errors import InputError


def planted(n=600, n_concepts=40, n_classes=3, seed=0):
    """Sparse codes, of which each class has two concepts of its own; some labels are wrong."""
    rng = np.random.default_rng(seed)
    C = np.where(rng.random((n, n_concepts)) < 0.3, rng.gamma(2, size=(n, n_concepts)), 0)
    Z = np.stack([C[:, 2 * k] + C[:, 2 * k + 1] for k in range(n_classes)], axis=1)
    y = (Z + rng.gumbel(size=Z.shape) * 0.5).argmax(axis=1)
    return C, np.array(["ant", "bee", "cow", "dog", "elk"])[y]


@pytest.fixture(scope="module")
def data():
    return planted()


def design_of(C, y):
    classes, places = np.unique(y, return_inverse=True)
    return Design.of(C, places, len(classes))


def objective(design, W, penalty, ratio):
    value, _ = design.loss(design.logits(W))
    return value + penalty * (ratio * np.abs(W[:-1]).sum() + (1 - ratio) / 2 * (W[:-1] ** 2).sum())


@pytest.mark.parametrize("ratio", [0.5, 0.99, 1.0])
def test_points_of_the_path_meet_the_optimality_conditions(data, ratio):
    design = design_of(*data)
    for point in elastic_net_path(
        design, [0.1, 0.03, 0.005], l1_ratio=ratio, tol=1e-10, max_iter=20_000
    ):
        W = point.weights
        slopes = design.gradient(design.loss(design.logits(W))[1])
        np.testing.assert_allclose(slopes[-1], 0, atol=2e-4)
        slopes, W = slopes[:-1] + point.penalty * (1 - ratio) * W[:-1], W[:-1]
        thick = point.penalty * ratio
        assert np.abs(slopes[W == 0]).max() <= thick * 1.002
        np.testing.assert_allclose(slopes[W != 0], -thick * np.sign(W[W != 0]), atol=1e-4)
        assert 0 < (W != 0).mean() < 1


def test_conditions_fail_away_from_the_solution(data):
    design = design_of(*data)
    W = next(elastic_net_path(design, [0.03], l1_ratio=0.99, tol=0.5)).weights
    slopes = design.gradient(design.loss(design.logits(W * 0.5))[1])
    assert np.abs(slopes[:-1]).max() > 0.03 * 1.1


@pytest.mark.parametrize("as_codes", [np.asarray, csr_array])
def test_objective_equals_scikit_learn(data, as_codes):
    C, y = data
    penalty, ratio = 0.01, 0.7
    design = design_of(as_codes(C), y)
    ours = list(elastic_net_path(design, [0.1, 0.03, penalty], l1_ratio=ratio, tol=1e-5))[
        -1
    ].weights
    scaled = (C - design.mean) * design.inverse
    theirs = LogisticRegression(
        solver="saga",
        l1_ratio=ratio,
        C=1 / (penalty * len(C)),
        tol=1e-6,
        max_iter=5000,
        random_state=0,
    )
    theirs.fit(scaled, y)
    reference = np.vstack([theirs.coef_.T, theirs.intercept_])
    assert objective(design, ours, penalty, ratio) == pytest.approx(
        objective(design, reference, penalty, ratio), abs=1e-4
    )
    assert (
        objective(design, reference * 0.8, penalty, ratio)
        > objective(design, reference, penalty, ratio) + 1e-3
    )


def test_the_gap_bounds_the_distance_to_the_minimum(data):
    design = design_of(*data)
    best = next(elastic_net_path(design, [0.01], l1_ratio=0.99, tol=1e-9, max_iter=20_000)).weights
    for tol in (0.1, 0.01, 0.001):
        loose = next(elastic_net_path(design, [0.01], l1_ratio=0.99, tol=tol)).weights
        assert objective(design, loose, 0.01, 0.99) <= objective(design, best, 0.01, 0.99) + tol


def test_two_classes_are_one_binary_regression():
    C, y = planted(n_classes=2)
    design = design_of(C, y)
    W = next(elastic_net_path(design, [0.02], l1_ratio=1.0, tol=1e-8, max_iter=20_000)).weights
    theirs = LogisticRegression(
        solver="saga", l1_ratio=1.0, C=1 / (0.02 * len(C)), tol=1e-7, max_iter=5000, random_state=0
    )
    theirs.fit((C - design.mean) * design.inverse, y)  # |w+ - w-| <= |w+| + |w-|: the same penalty
    np.testing.assert_allclose(W[:-1, 1] - W[:-1, 0], theirs.coef_[0], atol=5e-3)
    head = SparseLinear(n_active=4).fit(C, y)
    np.testing.assert_allclose(head.coef_[0], -head.coef_[1], atol=1e-6)
    assert (head.coef_[0] != 0).sum() <= 4
    assert head.decision_function(C).shape == (len(C),)


def test_ridge_equals_scikit_learn(data):
    C, y = data
    design = design_of(C, y)
    W = ridge(design, 0.01)
    theirs = LogisticRegression(C=1 / (0.01 * len(C)), tol=1e-8, max_iter=2000).fit(
        (C - design.mean) * design.inverse, y
    )
    np.testing.assert_allclose(W[:-1].T, theirs.coef_, atol=2e-3)


@pytest.mark.parametrize("n_active", [1, 2, 5, 40])
def test_no_class_reads_more_concepts_than_it_may(data, n_active):
    head = SparseLinear(n_active=n_active).fit(*data)
    assert (head.coef_ != 0).sum(axis=1).max() <= n_active
    assert head.path_["concepts"].max() <= n_active


def test_finds_the_planted_concepts():
    C, y = planted(n=3000)
    head = SparseLinear(n_active=2).fit(C, y)
    assert [sorted(np.flatnonzero(w).tolist()) for w in head.coef_] == [[0, 1], [2, 3], [4, 5]]
    assert (head.coef_ >= 0).all()


def test_refitting_undoes_the_shrinking(data):
    C, y = data
    head = SparseLinear(n_active=2, path_end=0.3).fit(C, y)
    design = design_of(C, y)
    point = list(elastic_net_path(design, [head.lambda_], l1_ratio=0.99))[-1].weights
    assert np.abs(head.coef_).sum() > 1.3 * np.abs(point[:-1] * design.inverse[:, None]).sum()


def test_logits_are_the_sum_that_is_shown(data):
    C, y = data
    head = SparseLinear().fit(csr_array(C), y)
    shown = head.intercept_ + np.array([[(c * w).sum() for w in head.coef_] for c in C])
    np.testing.assert_allclose(head.logits(csr_array(C)), shown, atol=1e-9)


def test_sparse_and_dense_give_the_same(data):
    C, y = data
    a, b = SparseLinear(n_active=5).fit(C, y), SparseLinear(n_active=5).fit(csr_array(C), y)
    np.testing.assert_allclose(a.coef_, b.coef_, atol=1e-4)
    np.testing.assert_allclose(a.predict_proba(C), b.predict_proba(csr_array(C)), atol=1e-4)


def test_the_unit_of_a_concept_does_not_matter(data):
    C, y = data
    units = np.geomspace(1e-3, 1e3, C.shape[1])
    a, b = SparseLinear(n_active=5).fit(C, y), SparseLinear(n_active=5).fit(C * units, y)
    np.testing.assert_allclose(a.predict_proba(C), b.predict_proba(C * units), atol=1e-4)
    np.testing.assert_allclose(a.coef_, b.coef_ * units, atol=1e-3)


def test_where_a_concept_is_zero_does_not_matter(data):
    C, y = data
    a, b = SparseLinear(n_active=5).fit(C, y), SparseLinear(n_active=5).fit(C + 3, y)
    np.testing.assert_allclose(a.coef_, b.coef_, atol=1e-3)


def test_sparse_codes_are_never_made_dense(monkeypatch, data):
    C, y = data
    codes = csr_array(C)
    monkeypatch.setattr(
        csr_array, "toarray", lambda *a, **k: pytest.fail("a dense copy of the codes")
    )
    SparseLinear(n_active=3).fit(codes, y).predict(codes)


def test_constant_concepts_get_no_weight(data):
    C, y = data
    C = C.copy()
    C[:, 7], C[:, 9] = 0.3, 0
    for codes in (C, csr_array(C)):
        head = SparseLinear().fit(codes, y)
        assert not head.coef_[:, [7, 9]].any()
        assert head.coef_.any()


def test_concepts_that_are_all_constant_are_refused():
    with pytest.raises(InputError, match="same activation in all 20 items"):
        SparseLinear().fit(np.full((20, 3), 0.1), np.arange(20) % 2)


def test_one_class_is_refused(data):
    with pytest.raises(InputError, match=r"1 class .*'ant'"):
        SparseLinear().fit(data[0], np.full(len(data[0]), "ant"))


@pytest.mark.parametrize("few", [1, 2])
def test_a_class_with_two_items_or_one_is_learnt(data, few):
    C, y = data
    rare, others = np.flatnonzero(y == "ant")[:few], np.flatnonzero(y != "ant")
    rows = np.concatenate([rare, others])
    head = SparseLinear(n_active=5).fit(C[rows], y[rows])
    assert head.classes_.tolist() == ["ant", "bee", "cow"]
    assert np.isfinite(head.logits(C)).all()


def test_no_held_out_items(data):
    head = SparseLinear(n_active=5, validation=0).fit(*data)
    assert np.isnan(head.path_["accuracy"]).all()
    assert head.score(*data) > 0.7


def test_path_tells_what_was_tried(data):
    head = SparseLinear(n_active=5).fit(*data)
    assert (np.diff(head.path_["penalty"]) < 0).all()
    assert head.path_["concepts"][0] < 1
    assert head.lambda_ in head.path_["penalty"]
    assert head.path_["accuracy"].max() > head.path_["accuracy"][0] + 0.2


def test_enough_random_concepts_do_as_well_so_numbers_must_be_equal():
    """Directions without meaning carry a label when a class may read many of them, and not when it reads few."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((1500, 30))
    y = X[:, :3].argmax(axis=1)
    named, random = X, X @ np.linalg.qr(rng.standard_normal((30, 30)))[0]

    def accuracy(codes, n_active):
        return (
            SparseLinear(n_active=n_active)
            .fit(codes[:1000], y[:1000])
            .score(codes[1000:], y[1000:])
        )

    assert accuracy(random, 30) > accuracy(named, 30) - 0.05
    assert accuracy(random, 3) < accuracy(named, 3) - 0.2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_active", 0),
        ("l1_ratio", 0),
        ("l1_ratio", 1.5),
        ("n_path", 1),
        ("path_end", 0),
        ("validation", 1),
        ("tol", 0),
    ],
)
def test_out_of_range_is_refused(data, name, value):
    with pytest.raises(InputError, match=f"{name}={value}: must be"):
        SparseLinear(**{name: value}).fit(*data)
