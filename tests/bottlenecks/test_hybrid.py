"""The concept part is frozen and exact; the rest repairs what concepts miss and no more; the shares say who decides."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse import csr_array

from begriff.bottlenecks import Hybrid, SparseLinear
from begriff.errors import InputError


@pytest.fixture(scope="module")
def data():
    """Labels decided by three concepts and by three dimensions of the rest."""
    rng = np.random.default_rng(0)
    C = np.maximum(rng.standard_normal((900, 12)), 0)
    R = rng.standard_normal((900, 8)) * np.geomspace(0.01, 0.1, 8)
    y = np.array(["a", "b", "c"])[(2 * C[:, :3] + 15 * R[:, 5:]).argmax(axis=1)]
    return C, y, R


@pytest.fixture(scope="module")
def head(data):
    return SparseLinear(n_active=3).fit(data[0], data[1])


def test_the_head_is_frozen(data, head):
    before = head.coef_.copy()
    both = Hybrid(head=head, fitted=True).fit(*data)
    np.testing.assert_array_equal(both.head_.coef_, before)
    np.testing.assert_array_equal(head.coef_, before)
    assert both.head_ is not head


def test_a_head_that_is_not_fitted_is_fitted_on_a_copy(data):
    given = SparseLinear(n_active=2)
    both = Hybrid(head=given).fit(*data)
    assert not hasattr(given, "coef_")
    assert (both.head_.coef_ != 0).sum(axis=1).max() <= 2


def test_logits_are_concepts_plus_rest(data, head):
    C, y, R = data
    both = Hybrid(head=head, fitted=True).fit(C, y, R)
    shown = (
        both.head_.intercept_
        + C @ both.head_.coef_.T
        + both.rest_intercept_
        + R @ both.rest_coef_.T
    )
    np.testing.assert_allclose(both.logits(csr_array(C), R), shown, atol=1e-6)
    np.testing.assert_allclose(both.predict_proba(C, R).sum(axis=1), 1)
    assert both.score(C, y, R) == np.mean(both.predict(C, R) == y)


def test_the_rest_repairs_the_head_and_noise_does_not(data, head):
    C, y, R = data
    train, test = slice(0, 600), slice(600, None)
    alone = SparseLinear(n_active=3).fit(C[train], y[train])
    noise = np.random.default_rng(1).standard_normal(R.shape)
    scores = [
        Hybrid(head=alone, fitted=True, C=0.1)
        .fit(C[train], y[train], r[train])
        .score(C[test], y[test], r[test])
        for r in (R, noise)
    ]
    assert scores[0] > alone.score(C[test], y[test]) + 0.1
    assert scores[1] < alone.score(C[test], y[test]) + 0.05


def test_solves_the_ridge_on_top_of_the_frozen_logits(data, head):
    C, y, R = data
    both = Hybrid(head=head, fitted=True, C=0.05).fit(C, y, R)
    R, scale = R.astype(np.float32).astype(float), np.sqrt(R.var(axis=0).mean())
    places, offset = np.searchsorted(both.classes_, y), head.logits(C)

    def objective(v):
        W = v.reshape(9, 3)
        Z = offset + R / scale @ W[:-1] + W[-1]
        return (np.logaddexp.reduce(Z, axis=1) - Z[np.arange(len(Z)), places]).mean() + (
            W[:-1] ** 2
        ).sum() / (2 * 0.05 * len(Z))

    ours = np.vstack([both.rest_coef_.T * scale, both.rest_intercept_]).ravel()
    best = minimize(
        objective,
        np.zeros(27),
        method="L-BFGS-B",
        options={"ftol": 1e-12, "gtol": 1e-7, "maxfun": 10**6},
    )
    assert objective(ours) == pytest.approx(best.fun, abs=1e-5)
    assert objective(ours * 0.7) > best.fun + 1e-4


def test_a_weaker_rest_leaves_more_to_the_concepts(data, head):
    C, y, R = data
    labelled = [
        Hybrid(head=head, fitted=True, C=c).fit(C, y, R).shares(C, R).labelled.mean()
        for c in (1e-6, 1e-3, 1.0)
    ]
    assert labelled[0] > 0.95
    assert labelled[0] > labelled[1] > labelled[2]


def test_shares_are_parts_of_the_winning_margin(data, head):
    C, y, R = data
    both = Hybrid(head=head, fitted=True, C=0.1).fit(C, y, R)
    shares = both.shares(C, R)
    np.testing.assert_allclose(shares.labelled + shares.unlabelled, 1)
    Z = both.logits(C, R)
    first, second = np.argsort(-Z[0])[:2]
    concepts = C[0] @ (both.head_.coef_[first] - both.head_.coef_[second])
    rest = R[0].astype(np.float32) @ (both.rest_coef_[first] - both.rest_coef_[second])
    assert shares.labelled[0] == pytest.approx(
        abs(concepts) / (abs(concepts) + abs(rest)), abs=1e-5
    )
    np.testing.assert_array_equal(shares.same, head.predict(C) == both.predict(C, R))


def test_no_rest_at_all_leaves_every_decision_to_concepts(data, head):
    C, y, _ = data
    both = Hybrid(head=head, fitted=True).fit(C, y, np.zeros((len(C), 4)))
    shares = both.shares(C, np.zeros((len(C), 4)))
    assert (shares.labelled == 1).all() and shares.same.mean() > 0.98


def test_two_classes():
    rng = np.random.default_rng(0)
    C, R = np.maximum(rng.standard_normal((300, 5)), 0), rng.standard_normal((300, 4))
    y = C[:, 0] + R[:, 0] > 0.5
    both = Hybrid().fit(C, y, R)
    assert both.rest_coef_.shape == (2, 4)
    np.testing.assert_allclose(both.rest_coef_[0], -both.rest_coef_[1], atol=1e-5)


def test_what_does_not_fit_is_refused(data, head):
    C, y, R = data
    with pytest.raises(InputError, match="C=0"):
        Hybrid(C=0).fit(C, y, R)
    with pytest.raises(InputError, match="900 items have codes and 5 have a rest"):
        Hybrid(head=head, fitted=True).fit(C, y, R[:5])
    with pytest.raises(InputError, match="without a head"):
        Hybrid(fitted=True).fit(C, y, R)
    with pytest.raises(InputError, match="'z' is none of the head's 3 classes"):
        Hybrid(head=head, fitted=True).fit(C, np.where(y == "a", "z", y), R)
    both = Hybrid(head=head, fitted=True).fit(C, y, R)
    with pytest.raises(InputError, match="900 items have codes and 7 have a rest"):
        both.predict(C, R[:7])
    with pytest.raises(InputError, match="expecting 8 features"):
        both.predict(C, R[:, :3])
