"""Vectors that are sums of a few known directions."""

import numpy as np

from begriff.metrics import fvu, matched_cosine

SETTINGS = {
    "k": 3,
    "max_epochs": 40,
    "batch_size": 128,
    "max_frequency": 0.5,
    "learning_rate": 3e-3,
}


def planted(seed=11, most=3):
    """4,000 items (4000, 24) with 1 to 2 * most - 1 of 32 directions each, most on average; the directions, and strengths (4000, 32)."""
    rng = np.random.default_rng(seed)
    directions = rng.standard_normal((32, 24))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    counts = rng.integers(1, 2 * most, 4000)
    active = np.argsort(np.argsort(rng.random((4000, 32)), axis=1), axis=1) < counts[:, None]
    codes = active * (0.5 + rng.random((4000, 32)))
    return (codes @ directions).astype(np.float32), directions, codes


def check_recovery(method, **changed):
    """Planted directions are found, and by a frozen decoder they are not; gives the dictionary, the vectors and the planted counts."""
    X, directions, codes = planted()
    learnt = method(32, **{**SETTINGS, **changed}).fit(X)
    frozen = method(32, freeze_decoder=True, **{**SETTINGS, **changed}).fit(X)
    found, control = (
        float(matched_cosine(directions, m.components_).mean()) for m in (learnt, frozen)
    )
    left, control_left = (fvu(X, m.inverse_transform(m.transform(X))) for m in (learnt, frozen))
    assert found > 0.85 > 0.6 > control, (found, control)
    assert left < 0.6 * control_left, (left, control_left)
    return learnt, X, (codes > 0).sum(1)
