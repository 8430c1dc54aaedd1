"""The tests are exact, the corrections are the published ones, and nothing is called where nothing differs."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import binom, fisher_exact, norm

from begriff.analysis.differences import adjust, compare, counts, power, wilson


def test_p_values_agree_with_fishers_test():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 30, 40), rng.integers(0, 60, 40)
    found = compare(a, b, 80, 120)
    for i in range(40):
        table = [[a[i], b[i]], [80 - a[i], 120 - b[i]]]
        one_sided = min(
            fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")
        )
        if found.testable[i]:
            assert found.p[i] == pytest.approx(min(1, 2 * one_sided))


def test_too_rare_concepts_get_no_verdict():
    found = compare(np.array([2, 0, 8]), np.array([0, 0, 0]), 20, 20)
    assert found.testable.tolist() == [False, False, True]
    assert np.isnan(found.q[:2]).all() and found.q[2] <= 0.05
    assert not compare(np.array([3]), np.array([0]), 3, 3).testable[0]  # six items can show nothing


def test_sign_and_intervals():
    found = compare(np.array([10, 40, 30]), np.array([40, 10, 30]), 100, 100)
    assert np.sign(found.effect).tolist() == [1, -1, 0]
    assert found.effect_low[0] > 0 > found.effect_high[1]
    assert found.effect_low[2] < 0 < found.effect_high[2]
    assert found.ratio_low[0] > 1 > found.ratio_high[1]


def test_the_ratios_interval_covers_the_truth():
    rng = np.random.default_rng(1)
    a, b = rng.binomial(500, 0.06, 4000), rng.binomial(700, 0.12, 4000)
    found = compare(a, b, 500, 700)
    covered = ((found.ratio_low <= 2) & (found.ratio_high >= 2)).mean()
    assert 0.93 <= covered <= 0.975
    assert not ((found.ratio_low <= 1.5) & (found.ratio_high >= 1.5)).mean() >= 0.93


def test_nothing_is_called_where_labels_are_permuted():
    rng = np.random.default_rng(2)
    codes = rng.random((400, 60)) < rng.uniform(0.02, 0.3, 60)
    called = 0
    for _ in range(200):
        order = rng.permutation(400)
        found = compare(codes[order[:150]].sum(0), codes[order[150:]].sum(0), 150, 250)
        called += bool((np.nan_to_num(found.q, nan=1) <= 0.05).any())
    assert called <= binom.ppf(0.999, 200, 0.05)
    shifted = codes.copy()
    shifted[:150, 7] |= rng.random(150) < 0.3
    assert compare(shifted[:150].sum(0), shifted[150:].sum(0), 150, 250).q[7] <= 0.05


def test_adjust_leaves_unknown_out():
    q = adjust(np.array([0.01, np.nan, 0.04]))
    assert q[0] == pytest.approx(0.02) and np.isnan(q[1]) and q[2] == pytest.approx(0.04)


def test_power_agrees_with_simulation():
    rng = np.random.default_rng(3)
    a, b = rng.binomial(300, 0.10, 3000), rng.binomial(300, 0.18, 3000)
    z = 2 * (np.arcsin(np.sqrt(b / 300)) - np.arcsin(np.sqrt(a / 300))) / np.sqrt(2 / 300)
    assert power(0.10, 0.18, 300, 300) == pytest.approx(
        (np.abs(z) > norm.isf(0.025)).mean(), abs=0.03
    )


def test_wilson_interval():
    low, high = wilson(np.array([0, 5, 10]), np.array([10, 10, 10]))
    assert low[0] == pytest.approx(0, abs=1e-12) and high[2] == pytest.approx(1)
    # Wilson's own example
    assert (low[1], high[1]) == (pytest.approx(0.2366, abs=1e-3), pytest.approx(0.7634, abs=1e-3))
    assert wilson(np.array([0]), np.array([0]))[1][0] == 1


def test_counts_ignore_stored_zeros():
    codes = csr_array(
        (np.array([0.0, 1.0, 2.0]), np.array([0, 1, 1]), np.array([0, 2, 3])), shape=(2, 3)
    )
    assert counts(codes).tolist() == [0, 2, 0]
