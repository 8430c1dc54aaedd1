"""The threshold keeps its promise, where the plain quantile does not; prompts stand for the others; heads equal scikit-learn's."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from begriff.errors import InputError
from begriff.tasks.guard.fit import conformal_threshold, fit_head, medoids


def test_the_rate_is_kept_on_average_where_the_quantile_breaks_it():
    rng = np.random.default_rng(0)
    draws = rng.standard_normal((20_000, 61))
    ours = np.array([conformal_threshold(d[:60], 0.05) for d in draws])
    plain = np.quantile(draws[:, :60], 0.95, axis=1)
    assert (draws[:, 60] > ours).mean() < 0.05 + 0.004
    assert (draws[:, 60] > ours).mean() == pytest.approx(3 / 61, abs=0.005)
    assert (draws[:, 60] > plain).mean() > 0.055


def test_as_many_items_as_the_rate_takes():
    assert conformal_threshold(np.arange(49), 0.02) == 48
    with pytest.raises(InputError, match="that takes 49"):
        conformal_threshold(np.arange(48), 0.02)
    with pytest.raises(InputError, match="fpr=2"):
        conformal_threshold(np.arange(48), 2)


def test_medoids_are_items_one_of_every_cluster():
    rng = np.random.default_rng(0)
    X = (np.repeat(5 * np.eye(4), 50, axis=0) + 0.1 * rng.standard_normal((200, 4))).astype(
        np.float32
    )
    rows = medoids(X, 4, 0)
    assert sorted(rows // 50) == [0, 1, 2, 3]
    assert len(medoids(np.repeat(X[:3], 9, axis=0), 99, 0)) == 1  # half of three distinct items


def test_the_scale_is_folded_into_the_weights():
    rng = np.random.default_rng(0)
    F = rng.standard_normal((400, 5)) * [1, 10, 0.01, 1, 0] + [0, 50, 0, 1, 3]
    y = F[:, 0] + F[:, 2] * 100 > 0.5
    Z = (F - F.mean(0)) / np.maximum(F.std(0), 1e-6)
    reference = (
        LogisticRegression(C=0.3, class_weight="balanced", max_iter=1000)
        .fit(Z, y)
        .decision_function(Z)
    )
    head = fit_head(F, y, classifier="logistic", C=0.3, hidden=4, random_state=0)
    scale = len(y) / 2 / len(y)  # scikit-learn's balanced weights sum to n, as ours do
    assert scale == 0.5
    np.testing.assert_allclose(head(F.astype(np.float32)), reference, atol=2e-2)


def test_a_hidden_layer_learns_what_no_line_can():
    rng = np.random.default_rng(0)
    F = rng.uniform(-1, 1, (1500, 2))
    y = F[:, 0] * F[:, 1] > 0
    right = {
        c: ((fit_head(F, y, classifier=c, C=1, hidden=16, random_state=0)(F) > 0) == y).mean()
        for c in ("logistic", "mlp")
    }
    assert right["mlp"] > 0.9 > 0.65 > right["logistic"]
