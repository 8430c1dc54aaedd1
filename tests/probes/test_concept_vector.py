"""The loss's gradient is right; examples pull the vector, the start holds it."""

import numpy as np
import pytest
from scipy.optimize import check_grad

from begriff.errors import InputError
from begriff.metrics import auroc
from begriff.probes import ConceptVector


def test_gradient(planted):
    X, y, direction = planted
    X = X / 10
    probe = ConceptVector()
    sides = [(X[m], np.full(int(m.sum()), 1 / m.sum())) for m in (y, ~y)]
    error = check_grad(
        lambda v: probe._loss(v, sides, direction)[0],
        lambda v: probe._loss(v, sides, direction)[1],
        np.full(16, 0.1),
    )
    assert error < 1e-4


def test_examples_move_a_wrong_start_towards_the_concept(planted):
    X, y, direction = planted
    X = X / np.linalg.norm(X, axis=1, keepdims=True)
    wrong = np.eye(16)[3]
    probe = ConceptVector(start=wrong).fit(X[:400], y[:400])
    held = y[400:]
    before, after = (
        auroc((X[400:] @ v)[held], (X[400:] @ v)[~held]) for v in (wrong, probe.direction_)
    )
    assert after > before + 0.1
    assert probe.direction_ @ direction > wrong @ direction


def test_a_high_price_keeps_it_at_the_start(planted):
    X, y, _ = planted
    start = np.eye(16)[3]
    assert ConceptVector(start=start, stay=1e4).fit(X, y).direction_ @ start == pytest.approx(
        1, abs=1e-3
    )


def test_a_start_of_another_width_is_refused(planted):
    with pytest.raises(InputError, match="start has 3 dimensions"):
        ConceptVector(start=np.ones(3)).fit(*planted[:2])
    with pytest.raises(InputError, match="stay=0"):
        ConceptVector(stay=0).fit(*planted[:2])
