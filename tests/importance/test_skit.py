"""Payoffs are the HSIC witness and turn round when a pair is swapped; nulls are kept, dependence is found."""

import numpy as np
import pytest
from scipy.sparse import random_array

from begriff.errors import InputError
from begriff.importance import skit
from begriff.importance._kernels import features, rbf, widths
from begriff.importance.skit import _Pairs


def witness(y, z, past_y, past_z, wide_y, wide_z):
    ky, kz = (
        np.exp(-((a - p) ** 2) / (2 * w**2))
        for a, p, w in ((y, past_y, wide_y), (z, past_z, wide_z))
    )
    return (ky * kz).mean() - ky.mean() * kz.mean()


def test_payoff_is_the_witness_at_the_pair_less_that_at_the_swapped_pair():
    rng = np.random.default_rng(0)
    y, z = rng.normal(size=(1, 40)), rng.normal(size=(3, 40))
    game = _Pairs(y, z)
    for step in range(10):
        got, n = game.payoff(step, np.arange(3)), 2 * step + 2
        for i in range(3):
            args = y[0, :n], z[i, :n], game.wide_y[0, 0], game.wide_z[i, 0]
            pair = witness(y[0, n], z[i, n], *args) + witness(y[0, n + 1], z[i, n + 1], *args)
            swapped = witness(y[0, n], z[i, n + 1], *args) + witness(y[0, n + 1], z[i, n], *args)
            assert got[i] == pytest.approx(pair - swapped, abs=1e-12)


def test_swapping_a_pair_turns_its_payoff_round_exactly():
    rng = np.random.default_rng(1)
    # 64 items of past: widths are measured at this step
    y, z = rng.normal(size=(1, 66)), rng.normal(size=(2, 66)) ** 3
    swapped = z.copy()
    swapped[:, -2:] = z[:, :-3:-1]
    one, other = (_Pairs(y, v).payoff(31, np.arange(2)) for v in (z, swapped))
    np.testing.assert_array_equal(one, -other)


def test_the_future_does_not_matter():
    rng = np.random.default_rng(2)
    y, Z = rng.normal(size=200), rng.normal(size=(200, 2))
    later = Z.copy()
    later[120:] *= 100
    a, b = (skit(y, v, random_state=None).path for v in (Z, later))
    np.testing.assert_array_equal(a[:60], b[:60])
    assert not np.array_equal(a, b)


def test_level_is_held_under_the_null_and_lost_by_looking_often_at_a_p_value():
    rng = np.random.default_rng(3)
    Y, Z = rng.normal(size=(400, 400)), rng.exponential(size=(400, 400))
    assert skit(Y, Z).rejected.mean() <= 0.05
    looks = [np.abs((Y[:n] * (Z[:n] - 1)).sum(0)) / np.sqrt(n) > 1.96 for n in range(20, 401, 20)]
    # the control: a batch test that is read again and again
    assert np.any(looks, axis=0).mean() > 0.1


def test_dependence_is_found_sooner_the_stronger_it_is_also_without_correlation():
    rng = np.random.default_rng(4)
    z = rng.normal(size=(1000, 1))
    noise = rng.normal(size=(1000, 20))
    strong, weak, square = (
        skit(s + noise * e, np.repeat(z, 20, 1)) for s, e in ((z, 0.5), (z, 2.0), (z**2, 0.5))
    )
    assert strong.rejected.all()
    assert weak.rejected.mean() > 0.9
    assert square.rejected.all()
    assert strong.steps.mean() < weak.steps.mean() / 2


def test_false_discovery_rate_over_concepts_that_depend_on_each_other():
    rng, shares, found = np.random.default_rng(5), [], 0
    for seed in range(10):
        Z = rng.normal(size=(600, 40)) + rng.normal(size=(600, 1))
        Z[:, :8] = rng.normal(size=(600, 8))
        rejected = skit(Z[:, :8].sum(1), Z, fdr=True, alpha=0.1, random_state=seed).rejected
        shares.append(rejected[8:].sum() / max(1, rejected.sum()))
        found += rejected[:8].sum()
    assert np.mean(shares) <= 0.1
    assert found > 60


def test_seldom_active_codes_and_constant_concepts():
    rng = np.random.default_rng(6)
    codes = random_array((1500, 3), density=0.04, rng=rng, format="csr", dtype=np.float64)
    dense = codes.toarray()
    dense[:, 2] = 0  # a dead concept
    found = skit((dense[:, 0] > 0) + 0.1 * rng.normal(size=1500), dense)
    assert found.rejected.tolist() == [True, False, False]
    assert found.wealth[2] == 1
    np.testing.assert_array_equal(
        skit(dense[:, 0], codes).path[:, :2], skit(dense[:, 0], codes.toarray()).path[:, :2]
    )


def test_units_do_not_matter_and_inputs_stay():
    rng = np.random.default_rng(7)
    Z = rng.normal(size=(200, 2))
    y = Z[:, 0] + rng.normal(size=200)
    before = y.copy(), Z.copy()
    np.testing.assert_allclose(skit(y, Z).path, skit(1e4 * y + 3, Z * 1e-3).path, rtol=1e-6)
    np.testing.assert_array_equal(before[0], y)
    np.testing.assert_array_equal(before[1], Z)
    np.testing.assert_array_equal(skit(y, Z).path, skit(y, Z).path)
    assert not np.array_equal(skit(y, Z).path, skit(y, Z, random_state=1).path)
    assert len(skit(y, Z, max_items=100).path) == 50


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_running_sums_give_the_payoffs_of_the_whole_past(n_outputs, monkeypatch):
    import importlib

    module = importlib.import_module("begriff.importance.skit")
    rng = np.random.default_rng(9)
    y, z = rng.normal(size=(n_outputs, 500)), rng.normal(size=(3, 500))
    summed, whole = _Pairs(y, z), _Pairs(y, z)
    for step in range(249):
        # a test leaves in the middle of a block
        which = np.arange(3) if step < 180 else np.array([0, 2])
        monkeypatch.setattr(module, "N_EXACT", 256)
        got = summed.payoff(step, which)
        monkeypatch.setattr(module, "N_EXACT", 10_000)
        np.testing.assert_allclose(got, whole.payoff(step, which), atol=1e-7)
    assert summed.sums is not None
    assert whole.sums is None
    swapped = z.copy()
    swapped[:, 260:262] = z[:, 261:259:-1]  # the third pair of a block
    one, other = (_Pairs(y, v) for v in (z, swapped))
    monkeypatch.setattr(module, "N_EXACT", 256)
    a, b = (np.array([g.payoff(s, np.arange(3)) for s in range(130)]) for g in (one, other))
    np.testing.assert_array_equal(a[:129], b[:129])
    np.testing.assert_array_equal(a[129], -b[129])


def test_widths_and_features():
    values = np.random.default_rng(8).normal(size=(1, 60))
    gaps = np.abs(values[0][:, None] - values[0])[np.triu_indices(60, 1)]
    assert widths(values)[0, 0] == pytest.approx(np.quantile(gaps, 0.9), rel=0.02)
    np.testing.assert_array_equal(
        widths(np.array([[0.0] * 50 + [3.0], [1.0] * 51])), [[3.0], [1.0]]
    )
    wide = widths(values)
    phi = features(values[0], float(wide[0, 0]))
    np.testing.assert_allclose(phi @ phi.T, rbf(values.T, values, wide), atol=1e-8)


@pytest.mark.parametrize(
    ("y", "Z", "message"),
    [
        (np.ones(5), np.ones((6, 1)), "5 items where 6"),
        (np.ones(3), np.ones((3, 1)), "at least 4"),
        (np.ones((6, 2)), np.ones((6, 3)), "2 columns for 3 tests"),
        (np.array([1, 2, np.nan, 3]), np.ones((4, 1)), "NaN"),
        (np.ones(6), np.ones((6, 1, 1)), "shape"),
    ],
)
def test_errors(y, Z, message):
    with pytest.raises(InputError, match=message):
        skit(y, Z)
