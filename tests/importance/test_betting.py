"""The wealth is the product of the bets, a fair game stays fair, and the rate's rule is e-BH read at stopping times."""

import numpy as np
import pytest

from begriff.errors import InputError
from begriff.importance import Bets, step_up
from begriff.importance.betting import play


def reference(g):
    """The source's formulas for one gambler, written out."""
    wealth, v, a, path = 1.0, 0.0, 1.0, [1.0]
    for t, now in enumerate(g):
        low, high = np.quantile(g[:t], [0.1, 0.9]) if t >= 2 else (0.0, 1.0)
        kappa = np.tanh(now / (high - low))
        wealth *= 1 + v * kappa
        z = kappa / (1 + v * kappa)
        a += z**2
        v = np.clip(v + 2 / (2 - np.log(3)) * z / a, 0, 0.5)
        path.append(wealth)
    return np.array(path)


def test_wealth_is_that_of_the_formulas():
    g = np.random.default_rng(0).normal(0.1, 1, size=(3, 60))
    bets, path = Bets(3), [np.ones(3)]
    for t in range(60):
        bets.update(g[:, t], np.arange(3))
        path.append(bets.wealth.copy())
    np.testing.assert_allclose(np.array(path).T, [reference(row) for row in g], rtol=1e-10)


def test_equal_payoffs_bet_the_sign_without_a_warning():
    bets = Bets(2)
    for _ in range(40):
        bets.update(np.array([1e-9, 0.0]), np.arange(2))
    assert bets.wealth[0] > 100
    assert bets.wealth[1] == 1


def test_a_fair_game_makes_few_rich_however_long_it_lasts():
    rng = np.random.default_rng(1)
    g = rng.standard_t(3, size=(2000, 300)) * np.geomspace(0.1, 10, 300)
    found = play(
        lambda t, which: g[which, t], n_tests=2000, n_steps=300, alpha=0.05, fdr=False, statistic=""
    )
    assert found.rejected.mean() < 0.05
    assert found.path[:20].mean() == pytest.approx(1, abs=0.1)
    unfair = play(
        lambda t, which: g[which, t] + 1.0,
        n_tests=2000,
        n_steps=300,
        alpha=0.05,
        fdr=False,
        statistic="",
    )
    # the control: payoffs that are not symmetric around 0 do make rich
    assert unfair.rejected.mean() > 0.9


def test_a_rejected_test_stands_still_and_says_when():
    found = play(
        lambda t, which: np.array([1.0, 0.0])[which],
        n_tests=2,
        n_steps=50,
        alpha=0.05,
        fdr=False,
        statistic="",
    )
    assert found.rejected.tolist() == [True, False]
    first = int(np.argmax(found.path[:, 0] > 20))
    assert found.steps.tolist() == [first, 50]
    assert (found.path[first:, 0] == found.wealth[0]).all()
    assert found.p[0] == 1 / found.wealth[0] < 0.05
    assert found.ranking.tolist() == [0, 1]


def greedy(path, alpha):
    """The source's rule: one rejection after the other, the n-th at m / (alpha n)."""
    rejected = set()
    for wealth in path:
        while len(rejected) < len(wealth):
            rest = [
                i
                for i in range(len(wealth))
                if i not in rejected and wealth[i] >= len(wealth) / (alpha * (len(rejected) + 1))
            ]
            if not rest:
                break
            rejected.add(max(rest, key=lambda i: wealth[i]))
    return rejected


def test_rate_rule_rejects_what_the_greedy_one_does_and_what_only_many_together_allow():
    assert step_up([25.0, 21.0, 20.0], 0.05).all()  # one by one none reaches 60
    assert greedy([np.array([25.0, 21.0, 20.0])], 0.05) == set()
    assert not step_up([19.9, 0.1], 0.05).any()
    rng = np.random.default_rng(2)
    for seed in range(20):
        g = rng.normal(np.repeat([0.0, 0.5], 15), 1, size=(100, 30))
        found = play(
            lambda t, which, g=g: g[t, which],
            n_tests=30,
            n_steps=100,
            alpha=0.1,
            fdr=True,
            statistic="",
        )
        assert greedy(found.path, 0.1) <= set(np.flatnonzero(found.rejected)), seed


def test_false_discovery_rate_is_held_and_testing_each_would_not_hold_it():
    rng, rate, each = np.random.default_rng(3), [], []
    for _ in range(60):
        # dependent tests
        g = rng.normal(np.repeat([0.0, 1.0], [95, 5]), 1, size=(150, 100)) + 0.5 * rng.normal(
            size=(150, 1)
        )
        for fdr, into in ((True, rate), (False, each)):
            found = play(
                lambda t, which, g=g: g[t, which],
                n_tests=100,
                n_steps=150,
                alpha=0.2,
                fdr=fdr,
                statistic="",
            )
            into.append(found.rejected[:95].sum() / max(1, found.rejected.sum()))
    assert np.mean(rate) < 0.2
    assert np.mean(each) > 0.3


@pytest.mark.parametrize("alpha", [0, 1, -0.1, np.nan])
def test_a_level_lies_between_0_and_1(alpha):
    with pytest.raises(InputError, match="a level lies between"):
        play(
            lambda t, which: np.zeros(len(which)),
            n_tests=1,
            n_steps=1,
            alpha=alpha,
            fdr=False,
            statistic="",
        )
