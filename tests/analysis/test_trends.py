"""Planted trends, levels, bursts and cycles are found; constant shares give none."""

import numpy as np
import pytest

from begriff.analysis.trends import bursts, change_points, cycles, slopes, tally

T, N = 24, 400


def draw(share, seed=0, n=300):
    rng = np.random.default_rng(seed)
    totals = rng.integers(N // 2, 2 * N, T)
    return rng.binomial(totals[:, None], np.broadcast_to(share, (T,))[:, None], (T, n)), totals


def test_constant_shares_give_no_trend_no_burst_no_level_no_cycle():
    active, totals = draw(0.08)
    assert (slopes(active, totals).q <= 0.05).mean() <= 0.02
    assert (bursts(active, totals)[1] <= 0.05).sum() <= 2
    assert np.mean([bool(c) for c in change_points(active, totals)]) <= 0.08
    assert (cycles(active, totals)[1] <= 0.05).mean() <= 0.03


def test_growth_of_the_corpus_is_no_trend_but_growth_of_the_share_is():
    rng = np.random.default_rng(1)
    totals = np.linspace(50, 2000, T).astype(int)
    steady, rising = rng.binomial(totals, 0.1), rng.binomial(totals, np.linspace(0.05, 0.15, T))
    found = slopes(np.stack([steady, rising], 1), totals)
    assert found.q[0] > 0.05 >= found.q[1]
    assert found.slope[1] > 0


def test_the_slope_is_the_change_of_the_log_odds():
    odds = 0.1 * np.exp(0.01 * (np.arange(T) - (T - 1) / 2))
    totals = np.full(T, 10**6)
    active = np.round(totals * odds / (1 + odds)).astype(int)[:, None]
    assert slopes(active, totals).slope[0] == pytest.approx(0.01, rel=0.05)


def test_a_new_level_is_dated():
    share = np.where(np.arange(T) < 9, 0.05, 0.12)
    active, totals = draw(share, n=60)
    found = change_points(active, totals)
    assert np.mean([c == [9] for c in found]) > 0.8
    assert np.mean([bool(c) and abs(c[0] - 9) <= 1 for c in found]) > 0.95


def test_levels_are_the_best_of_all_splits():
    active, totals = draw(np.where(np.arange(T) < 9, 0.05, 0.12), n=1)

    def likelihood(a, b):
        x, n = active[a:b, 0].sum(), totals[a:b].sum()
        p = x / n
        return x * np.log(p) + (n - x) * np.log1p(-p)

    best = max(range(1, T), key=lambda s: likelihood(0, s) + likelihood(s, T))
    assert change_points(active, totals) == [[best]]


def test_a_burst_is_found_in_its_period():
    share = np.full(T, 0.05)
    share[13] = 0.12
    active, totals = draw(share, n=40)
    z, q = bursts(active, totals)
    assert (np.abs(z).argmax(0) == 13).mean() > 0.95
    assert (q[13] <= 0.05).mean() > 0.95
    assert z[13].min() > 0
    low, totals = draw(np.where(np.arange(T) == 4, 0.01, 0.1), n=40)
    assert (bursts(low, totals)[0].argmin(0) == 4).mean() > 0.95


def test_a_concept_without_items_stands_out_nowhere():
    z, _ = bursts(np.zeros((T, 1), dtype=int), np.full(T, N))
    assert np.abs(z).max() == 0


def test_cycles_come_round_three_times():
    t = np.arange(T)
    active, totals = draw(0.1 + 0.05 * np.sin(2 * np.pi * t / 6), n=40)
    length, q = cycles(active, totals)
    assert (q <= 0.05).all() and (length == 6).all()
    once, totals = draw(0.1 + 0.05 * np.sin(2 * np.pi * t / T), n=40)
    assert (cycles(once, totals)[1] <= 0.05).mean() < 0.05
    assert np.isnan(cycles(active[:8], totals[:8])[1]).all()


def test_tally_counts_items_by_period():
    columns, items = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 2])
    assert tally(columns, np.array([1, 0, -1]), 2, 2, items).tolist() == [[1, 0], [1, 1]]
