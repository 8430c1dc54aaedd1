"""Intervals hold what they promise, controls say what chance gives, held-out items stay unseen."""

import numpy as np
import pytest

from begriff.errors import InputError
from begriff.metrics import auroc
from begriff.probes import DiffMean, IdealWords, Logistic
from begriff.probes.detection import compare_probes


def test_probes_beat_controls_and_controls_lie_about_a_half(planted):
    X, y, _ = planted
    found = compare_probes(X, y, n_folds=3)
    assert [r.control for r in found.rows] == [False] * 6 + [True] * 2
    assert found["DiffMean"].low > found["shuffled labels"].high
    assert abs(found["shuffled labels"].auroc - 0.5) < 0.1
    assert found.n_folds == 3 and "AUROC" in str(found)


def test_labels_that_say_nothing_detect_nothing(planted):
    X, y, _ = planted
    lost = compare_probes(
        X, np.random.default_rng(3).permutation(y), probes={"Logistic": Logistic()}
    )
    assert lost["Logistic"].low < 0.5 < lost["Logistic"].high + 0.05


def test_held_out_items_are_not_learnt_from():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 200)), rng.random(60) < 0.5
    seen = DiffMean().fit(X, y).decision_function(X)
    assert auroc(seen[y], seen[~y]) > 0.95  # on what it learnt from
    assert compare_probes(X, y, probes={"DiffMean": DiffMean()})["DiffMean"].auroc < 0.75


def test_groups_reach_ideal_words():
    rng = np.random.default_rng(0)
    topic = rng.integers(2, size=800)
    y = rng.random(800) < np.where(topic == 0, 0.95, 0.05)
    X = 0.3 * rng.standard_normal((800, 6))
    X[:, 0] += y
    X[:, 1] += 5 * topic
    test = np.arange(800) >= 400
    y[test] = X[test, 0] > 0.5  # no longer goes with the topic
    probes = {"DiffMean": DiffMean(), "IdealWords": IdealWords()}
    found = compare_probes(X, y, probes=probes, groups=topic, test=test)
    assert found["IdealWords"].low > found["DiffMean"].high
    assert found.n_folds == 1


def test_given_splits_and_values_are_checked(planted):
    X, y, _ = planted
    for options, said in (
        ({"test": np.arange(5)}, "one bool"),
        ({"test": np.zeros(600, dtype=bool)}, "fewer than 2"),
        ({"n_folds": 1}, "n_folds=1"),
        ({"level": 95}, "level=95"),
    ):
        with pytest.raises(InputError, match=said):
            compare_probes(X, y, **options)
    with pytest.raises(InputError, match="3 label"):
        compare_probes(X, np.arange(600) % 3)


def test_it_repeats_itself(planted):
    X, y, _ = planted
    a, b = (compare_probes(X, y, probes={"DiffMean": DiffMean()}, random_state=4) for _ in range(2))
    assert [(r.auroc, r.low, r.high) for r in a.rows] == [(r.auroc, r.low, r.high) for r in b.rows]
