"""The value is the trace formula, and the level is that of the permutations."""

import numpy as np
import pytest

from begriff.errors import InputError
from begriff.importance import hsic, skit
from begriff.importance._kernels import rbf, widths


def test_value_is_the_trace_formula():
    rng = np.random.default_rng(0)
    y, Z = rng.normal(size=80), rng.normal(size=(80, 2))
    found, centre = hsic(y, Z, n_permutations=19), np.eye(80) - 1 / 80
    K, L = (rbf(v[:, None], v[None], widths(v[None])) for v in (y, Z[:, 1]))
    assert found.value[1] == pytest.approx(np.trace(K @ centre @ L @ centre) / 80**2, rel=1e-6)


def test_level_and_power():
    rng = np.random.default_rng(1)
    null = np.array(
        [
            hsic(
                rng.normal(size=60),
                rng.exponential(size=(60, 1)),
                n_permutations=99,
                random_state=s,
            ).p[0]
            for s in range(200)
        ]
    )
    assert 0.01 <= (null <= 0.05).mean() <= 0.09
    assert 0.35 < (null <= 0.5).mean() < 0.65
    Z = rng.normal(size=(60, 1))
    assert hsic(Z[:, 0] ** 2, Z).p[0] == pytest.approx(1 / 200)


def test_more_powerful_than_betting_on_a_sample_of_fixed_size():
    rng, batch, bets = np.random.default_rng(2), 0, 0
    for seed in range(30):
        Z = rng.normal(size=(100, 1))
        y = 0.4 * Z[:, 0] + rng.normal(size=100)
        batch += hsic(y, Z, n_permutations=99, random_state=seed).rejected[0]
        bets += skit(y, Z, random_state=seed).rejected[0]
    assert batch > bets


def test_constant_concept_and_correction():
    rng = np.random.default_rng(3)
    Z = np.column_stack([rng.normal(size=100), np.ones(100)])
    found = hsic(Z[:, 0], Z, fdr=True)
    assert found.rejected.tolist() == [True, False]
    assert found.p[1] == 1
    assert (found.q >= found.p).all()
    assert found.ranking.tolist() == [0, 1]
    with pytest.raises(InputError, match="n_permutations=0"):
        hsic(Z[:, 0], Z, n_permutations=0)
