"""Planted trends, levels, bursts and cycles are found; constant shares give none."""

import numpy as np
import pytest

from begriff.analysis.time_series import Reach, bursts, change_points, cycles, slopes, tally

T, N = 24, 400


def draw(share, seed=0, n=300):
    rng = np.random.default_rng(seed)
    totals = rng.integers(N // 2, 2 * N, T)
    return rng.binomial(totals[:, None], np.broadcast_to(share, (T,))[:, None], (T, n)), totals


def test_constant_shares_give_no_trend_no_level_no_cycle():
    active, totals = draw(0.08)
    assert (slopes(active, totals).q <= 0.05).mean() <= 0.02
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


def leaning(share, seed=0, n=400, d=12):
    """Items of T periods, of which a share leans towards the first axis, gathered in three batches."""
    rng = np.random.default_rng(seed)
    period = np.repeat(np.arange(T), n)
    X = rng.standard_normal((len(period), d)).astype(np.float32)
    X[:, 0] += 2.0 * (rng.random(len(period)) < np.broadcast_to(share, (T,))[period])
    reach = Reach.start(np.eye(d, dtype=np.float32), X[::7], T)
    for part in np.array_split(rng.permutation(len(X)), 3):
        reach.add(X[part], period[part])
    return reach, X, period


def test_reach_is_the_same_in_batches_and_at_once():
    reach, X, period = leaning(0.1)
    whole = np.maximum(X - reach.floor, 0)
    np.testing.assert_allclose(reach.sums, [whole[period == t].sum(0) for t in range(T)], rtol=1e-4)
    np.testing.assert_allclose(reach.squares, (whole**2).sum(0), rtol=1e-4)


def test_a_burst_and_a_lull_are_found_in_their_period():
    share = np.full(T, 0.1)
    share[13] = 0.3
    z, q = bursts(leaning(share)[0])
    assert np.abs(z[:, 0]).argmax() == 13
    assert z[13, 0] > 4 and q[13, 0] <= 0.05
    share = np.full(T, 0.3)
    share[4] = 0.0
    z, q = bursts(leaning(share)[0])
    assert z[:, 0].argmin() == 4 and q[4, 0] <= 0.05


def test_z_is_standard_normal_where_nothing_was_planted():
    z = np.concatenate([bursts(leaning(0.1, seed=s)[0])[0].ravel() for s in range(5)])
    assert abs(z.mean()) < 0.1
    assert z.std() == pytest.approx(1, abs=0.1)
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.05, abs=0.025)


def test_too_few_items_stand_out_nowhere():
    reach, _, _ = leaning(0.1)
    reach.totals[3] = 2
    assert (bursts(reach)[0][3] == 0).all()


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


def test_periods_without_items_are_no_evidence():
    rng = np.random.default_rng(0)
    totals = np.where(np.arange(T) % 4 == 0, 500, 0)
    active = rng.binomial(totals[:, None], 0.05, (T, 200))
    assert np.isnan(cycles(active, totals)[1]).all()
    # scatter beyond chance, no trend
    wild = rng.binomial(totals[:, None], np.clip(rng.normal(0.1, 0.03, (T, 400)), 0, 1))
    p_below = (np.abs(slopes(wild, totals).z) > 2.776).mean()  # t with 4 degrees of freedom, 5 %
    assert p_below < 0.1
    gap = np.array([1000] * 5 + [0] * 5 + [1000] * 5)
    step = np.concatenate([np.full(5, 50), np.zeros(5, int), np.full(5, 150)])[:, None]
    assert change_points(step, gap) == [[10]]
