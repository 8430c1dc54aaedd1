"""Attackers find what is there, nothing where nothing is, and a curved trace that a linear eraser leaves."""

import numpy as np

from begriff.editing import LEACE
from begriff.erasure.attacks import Side, Split, attacks


def planted(n=3000, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    X = rng.standard_normal((n, 6))
    X[:, 0] += 2.0 * y
    X[:, 1] *= 1 + 4.0 * y  # a spread that differs: invisible to a linear probe, visible to a network
    return X.astype(np.float32), y


def run(X, y, eraser=None):
    cut = len(X) * 2 // 3
    before = Side(X[:cut], X[cut:])
    after = before if eraser is None else Side(eraser.transform(X[:cut]), eraser.transform(X[cut:]))
    return {a.name: a for a in attacks(before, after, Split(y[:cut], y[cut:], ["no", "yes"]))}


def test_linear_attacks_end_and_curved_ones_do_not():
    X, y = planted()
    found = run(X, y, LEACE().fit(X[:2000], y[:2000]))
    for name, attack in found.items():
        assert attack.before.low > 0.6, name
    assert found["linear probe"].after.low <= 0.5
    assert found["difference of means"].after.low <= 0.5
    assert found["neural network"].after.low > 0.6
    assert found["linear probe"].linear
    assert not found["neural network"].linear


def test_shuffled_labels_are_not_found():
    X, y = planted()
    found = run(X, np.random.default_rng(1).permutation(y))
    assert sum(a.before.low > 0.5 for a in found.values()) <= 1


def test_several_classes_are_each_against_the_rest():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 900)
    X = (rng.standard_normal((900, 6)) + 3 * np.eye(6)[y]).astype(np.float32)
    split = Split(y[:600], y[600:], ["a", "b", "c"])
    found = attacks(Side(X[:600], X[600:]), Side(X[:600], X[600:]), split)
    assert found[0].before.auroc > 0.95
    assert "a searched embedding" not in {a.name for a in found}
