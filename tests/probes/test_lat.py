"""All pairs in closed form; what centring would lose; what varies more than the labels wins."""

import numpy as np
import pytest

from begriff.metrics import auroc
from begriff.probes import LAT, DiffMean


def quality(probe, X, y):
    scores = probe.fit(X[:400], y[:400]).decision_function(X[400:])
    return auroc(scores[y[400:]], scores[~y[400:]])


def test_equals_the_axis_of_all_pair_differences(planted):
    X, y, _ = planted
    pairs = (X[:200][y[:200]][:, None] - X[:200][~y[:200]][None]).reshape(-1, 16)
    axis = np.linalg.svd(np.vstack([pairs, -pairs]), full_matrices=False)[2][0]
    found = LAT().fit(X[:200], y[:200]).direction_
    assert abs(axis @ found) == pytest.approx(1, abs=1e-5)


def test_items_alone_equal_the_first_principal_axis(planted):
    X, y, _ = planted
    # both labels weigh the same
    rows = np.concatenate([np.flatnonzero(y)[:150], np.flatnonzero(~y)[:150]])
    axis = np.linalg.svd(X[rows] - X[rows].mean(0), full_matrices=False)[2][0]
    assert abs(axis @ LAT(differences=False).fit(X[rows], y[rows]).direction_) == pytest.approx(
        1, abs=1e-5
    )


def test_the_sign_follows_the_labels(planted):
    X, y, _ = planted
    np.testing.assert_allclose(LAT().fit(X, y).direction_, -LAT().fit(X, ~y).direction_, atol=1e-6)


def test_centred_differences_would_lose_the_concept():
    rng = np.random.default_rng(0)
    X, y = 0.1 * rng.standard_normal((600, 16)), np.arange(600) % 2 == 1
    X[:, 3] += 2.0 * y
    pairs = X[y] - X[~y]
    centred = np.linalg.svd(pairs - pairs.mean(0), full_matrices=False)[2][0]
    assert LAT().fit(X, y).direction_[3] > 0.99
    assert abs(centred[3]) < 0.9


def test_a_louder_factor_hides_the_concept_from_it_and_not_from_the_means(planted):
    X, y, _ = planted
    noise = 6 * np.random.default_rng(2).standard_normal(600)
    for side in (y[:400], ~y[:400]):
        noise[:400][side] -= noise[:400][side].mean()
    loud = X + np.outer(noise, np.eye(16)[0])
    assert quality(LAT(), loud, y) < 0.65
    assert quality(DiffMean(), loud, y) > quality(LAT(), loud, y) + 0.05
