"""Intervals hold what they promise."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from begriff.errors import InputError
from begriff.metrics.intervals import auroc_interval, delong


def test_delong_equals_its_definition():
    rng = np.random.default_rng(0)
    p, n = rng.integers(8, size=23) + 1.0, rng.integers(8, size=31).astype(float)
    wins = (p[:, None] > n) + 0.5 * (p[:, None] == n)
    expected = wins.mean(1).var(ddof=1) / 23 + wins.mean(0).var(ddof=1) / 31
    value, variance = delong(p, n)
    assert variance == pytest.approx(expected)
    assert value == pytest.approx(roc_auc_score([1] * 23 + [0] * 31, [*p, *n]))


def test_intervals_cover_at_their_level():
    rng = np.random.default_rng(1)
    truth = norm.cdf(1.5 / np.sqrt(2))
    ends = [
        auroc_interval(rng.normal(1.5, 1, 30), rng.normal(0, 1, 60), level=0.9)[1:]
        for _ in range(600)
    ]
    covered = np.mean([low <= truth <= high for low, high in ends])
    assert 0.86 < covered < 0.95


def test_sides_that_do_not_overlap_leave_room_for_doubt():
    value, low, high = auroc_interval([2, 3, 4, 5], [0, 1, 1.5])
    assert (value, high) == (1.0, 1.0)
    assert low == pytest.approx(0.025 ** (1 / 3))
    assert auroc_interval([0], [1])[0] == 0.0
    with pytest.raises(InputError, match="at least one"):
        auroc_interval([], [1.0])


def test_scores_that_all_tie_say_nothing():
    assert auroc_interval([1, 1, 1], [1, 1]) == (0.5, 0.5, 0.5)
