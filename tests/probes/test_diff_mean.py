"""The direction is the difference of the means, and labels that say nothing give a probe that says nothing."""

import numpy as np

from begriff.metrics import auroc
from begriff.probes import DiffMean


def test_direction_is_the_difference_of_means(planted):
    X, y, _ = planted
    expected = X[y].mean(0) - X[~y].mean(0)
    np.testing.assert_allclose(
        DiffMean().fit(X, y).direction_, expected / np.linalg.norm(expected), atol=1e-5
    )


def test_weights_move_the_means(planted):
    X, y, _ = planted
    weight = np.where(np.arange(600) < 300, 1.0, 0.0)
    np.testing.assert_allclose(
        DiffMean().fit(X, y, weight).direction_,
        DiffMean().fit(X[:300], y[:300]).direction_,
        atol=1e-5,
    )


def test_shuffled_labels_say_nothing(planted):
    X, y, _ = planted
    probe, lost = (
        DiffMean().fit(X[:400], y[:400]),
        DiffMean().fit(X[:400], np.random.default_rng(1).permutation(y[:400])),
    )
    held = y[400:]
    good, bad = (
        auroc(p.decision_function(X[400:])[held], p.decision_function(X[400:])[~held])
        for p in (probe, lost)
    )
    assert good > 0.75
    assert abs(bad - 0.5) < 0.2
    assert good > bad + 0.2
