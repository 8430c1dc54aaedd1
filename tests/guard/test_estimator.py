"""The rate holds on items never seen, unflagged ones stay bit for bit, refined ones pass; labels that say nothing catch nothing."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from begriff.errors import InputError
from begriff.tasks.guard import Guard
from tests.guard.conftest import draw


@pytest.fixture(scope="module", params=["logistic", "mlp"])
def guard(request, drawn):
    return Guard(n_prompts=12, classifier=request.param).fit(*drawn)


def test_it_catches_the_harmful_at_its_rate(guard):
    X, y = draw(6000, seed=9)
    flagged = guard.predict(X)
    assert flagged[y != ""].mean() > 0.75
    assert flagged[y == ""].mean() < 0.05
    worst = np.array(guard.concepts_)[guard.concept_scores(X).argmax(axis=1)]
    assert (worst == y)[flagged & (y != "")].mean() > 0.9


def test_the_rate_holds_on_average_over_draws():
    X, y = draw(20_000, seed=5)
    other = X[y == ""]
    shares = []
    for seed in range(12):
        Z, of = draw(500, seed=100 + seed)
        shares.append(
            Guard(n_prompts=4, fpr=0.1, random_state=seed).fit(Z, of).predict(other).mean()
        )
    assert np.mean(shares) < 0.1 + 2 * np.std(shares) / np.sqrt(12)
    assert np.mean(shares) > 0.05


def test_shuffled_labels_catch_nothing(drawn):
    X, y = drawn
    held, of = draw(3000, seed=9)
    lost = Guard(n_prompts=12).fit(X, np.random.default_rng(0).permutation(y)).predict(held)
    assert lost[of != ""].mean() < 0.15


def test_only_flagged_vectors_move_and_all_pass_afterwards(guard):
    X, _ = draw(600, seed=11)
    X[::3] *= 2.5
    before, flagged = X.copy(), guard.predict(X)
    after = guard.refine(X)
    assert flagged.any() and not flagged.all()
    np.testing.assert_array_equal(after[~flagged], X[~flagged])
    np.testing.assert_array_equal(X, before)
    assert after.dtype == np.float32
    assert not guard.predict(after).any()
    np.testing.assert_allclose(np.linalg.norm(after, axis=1), np.linalg.norm(X, axis=1), rtol=1e-5)
    np.testing.assert_array_equal(guard.refine(after), after)


def test_refinement_moves_less_than_to_the_nearest_harmless_prompt(guard):
    X, _ = draw(300, seed=12)
    X = X[guard.predict(X)]
    near = (X * guard.refine(X)).sum(1)
    assert (near >= (X @ guard.allowed_.T).max(axis=1) - 1e-6).all()
    assert near.mean() > (X @ guard.allowed_.T).max(axis=1).mean() + 0.02


def test_no_point_around_a_refined_one_is_nearer_and_passes(guard):
    rng = np.random.default_rng(0)
    X, _ = draw(200, seed=13)
    X = X[guard.predict(X)][:10].astype(np.float64)
    for x, z in zip(X, guard.refine(X), strict=True):
        around = z + 0.05 * rng.standard_normal((500, 16)) * rng.random((500, 1))
        around /= np.linalg.norm(around, axis=1, keepdims=True)
        nearer = around @ x > z @ x + 2e-3
        assert guard.predict(around[nearer]).all() if nearer.any() else True


def test_only_direction_counts(guard):
    X, _ = draw(100, seed=14)
    np.testing.assert_allclose(
        guard.decision_function(7 * X), guard.decision_function(X), atol=1e-3
    )


def test_given_prompts_are_used(drawn):
    X, y = drawn
    guard = Guard(prompts={"threats": 3 * np.eye(16)[:1]}, n_prompts=5).fit(X, y)
    assert (guard.similarities_.owner == guard.concepts_.index("threats")).sum() == 1
    assert guard.prompt_rows_[
        guard.similarities_.owner == guard.concepts_.index("threats")
    ].tolist() == [-1]
    with pytest.raises(InputError, match="prompts of 'x'"):
        Guard(prompts={"x": np.eye(16)[:1]}).fit(X, y)


def test_a_group_is_held_back_whole_and_counts_by_its_worst(drawn):
    X, y = drawn
    groups = np.arange(len(X)) // 4
    of_groups, single = Guard(n_prompts=8).fit(X, y, groups=groups), Guard(n_prompts=8).fit(X, y)
    assert of_groups.n_calibration_ == round(0.3 * len(set(groups[y == ""])))
    assert of_groups.n_calibration_ < single.n_calibration_
    assert of_groups.threshold_ > single.threshold_


def test_true_and_false_are_harmful_and_harmless(drawn):
    X, y = drawn
    assert Guard(n_prompts=8).fit(X, y != "").concepts_ == ["harmful"]


def test_fit_twice_gives_the_same_and_leaves_the_global_state(drawn):
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    for classifier in ("logistic", "mlp"):
        a, b = (clone(Guard(n_prompts=8, classifier=classifier)).fit(*drawn) for _ in range(2))
        np.testing.assert_array_equal(a.decision_function(drawn[0]), b.decision_function(drawn[0]))
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"fpr": 0.0001}, "cannot promise fpr=0.0001"),
        ({"fpr": 2}, "fpr=2"),
        ({"classifier": "svm"}, "classifier='svm'"),
        ({"n_prompts": 0}, "n_prompts=0"),
        ({"C": 0}, "C=0"),
        ({"calibration": 1}, "calibration=1"),
    ],
)
def test_values_out_of_range_are_refused(drawn, options, said):
    with pytest.raises(InputError, match=said):
        Guard(**options).fit(*drawn)


def test_bad_items_are_refused(drawn):
    X, y = drawn
    for bad, said in (
        (y[:5], "5 labels"),
        (np.arange(len(y)), "dtype"),
        (np.full(len(y), "a"), "0 harmless"),
    ):
        with pytest.raises(InputError, match=said):
            Guard().fit(X, bad)
    with pytest.raises(InputError, match="1 example"):
        Guard().fit(X, np.where(np.arange(len(y)) == 3, "a", ""))
    zero = X.copy()
    zero[4] = 0
    with pytest.raises(InputError, match="vector 4 is zero"):
        Guard().fit(zero, y)
    with pytest.raises(NotFittedError):
        Guard().predict(X)
    with pytest.raises(InputError, match="expecting 16"):
        Guard(n_prompts=4).fit(X, y).predict(X[:, :5])
