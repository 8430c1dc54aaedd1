"""Attackers find what is there, nothing where nothing is, and a curved trace that a linear eraser leaves."""

import numpy as np

from begriff.erasers import LEACE
from begriff.tasks.erase.attacks import Side, Split, attacks


def planted(n=3000, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    X = rng.standard_normal((n, 6))
    X[:, 0] += 2.0 * y
    # a spread that differs: invisible to a linear probe, visible to a network
    X[:, 1] *= 1 + 4.0 * y
    return X.astype(np.float32), y


def run(X, y, eraser=None):
    parts = np.split(np.arange(len(X)), [len(X) // 2, len(X) * 3 // 4])
    before = Side(*(X[at] for at in parts))
    after = before if eraser is None else Side(*(eraser.transform(X[at]) for at in parts))
    return {
        a.name: a for a in attacks(before, after, Split(*(y[at] for at in parts), ["no", "yes"]))
    }


def test_linear_attacks_end_and_curved_ones_do_not():
    X, y = planted()
    found = run(X, y, LEACE().fit(X[:1500], y[:1500]))
    for name, attack in found.items():
        assert attack.before.low > 0.6, name
    assert found["linear probe"].after.low <= 0.5
    assert (
        found["linear probe on fresh items"].after.auroc
        < found["linear probe on fresh items"].before.auroc - 0.2
    )
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
    split = Split(y[:400], y[400:600], y[600:], ["a", "b", "c"])
    side = Side(X[:400], X[400:600], X[600:])
    found = attacks(side, side, split)
    assert found[0].before.auroc > 0.95
    assert "a searched embedding" not in {a.name for a in found}


def test_what_an_eraser_learnt_from_few_items_leaves_is_found_on_fresh_ones():
    """The probe on the eraser's own items is a constant whatever is left: only fresh items show it."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 2400)
    X = rng.standard_normal((2400, 40))
    X[:, 0] += 3.0 * y
    X = X.astype(np.float32)
    parts = [np.arange(80), np.arange(80, 1600), np.arange(1600, 2400)]
    eraser = LEACE().fit(X[:80], y[:80])
    before = Side(*(X[at] for at in parts))
    after = Side(*(eraser.transform(X[at]) for at in parts))
    found = {
        a.name: a for a in attacks(before, after, Split(*(y[at] for at in parts), ["no", "yes"]))
    }
    assert found["linear probe"].after.low <= 0.5
    assert found["linear probe on fresh items"].after.low > 0.55
