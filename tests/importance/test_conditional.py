"""With an exact sampler a concept that only goes with the one that matters is not rejected; with a bad sampler it is."""

import numpy as np
import pytest

from begriff.errors import InputError
from begriff.importance import GaussianSampler, KernelSampler, conditional_skit, skit
from begriff.importance.conditional import _Draws

COVARIANCE = np.array([[1.0, 0.8, 0.3], [0.8, 1.0, 0.2], [0.3, 0.2, 1.0]])
EXACT = GaussianSampler(mean=np.zeros(3), covariance=COVARIANCE)


class Marginal:
    """A sampler that ignores the other concepts."""

    def draw(self, Z, concept, rng):
        return rng.permutation(Z[:, concept])


def planted(seed, n=300):
    rng = np.random.default_rng(seed)
    Z = rng.multivariate_normal(np.zeros(3), COVARIANCE, size=n)
    return Z[:, 0] + 0.3 * rng.normal(size=n), Z


def test_payoff_is_the_witness_of_the_product_kernel_and_turns_round_exactly():
    rng = np.random.default_rng(0)
    y, z, drawn, n = (
        rng.normal(size=(1, 33)),
        rng.normal(size=(3, 33)),
        rng.normal(size=(3, 33)),
        32,
    )
    game = _Draws(y, z, drawn, np.arange(3))
    got = game.payoff(n - 1, np.arange(3))
    for j in range(3):
        others = np.delete(z, j, axis=0)
        wide = game.wide_y[0, 0], game.wide_z[j, 0], game.wide_others[j, 0]
        ky = np.exp(-((y[0, :n] - y[0, n]) ** 2) / (2 * wide[0] ** 2))
        ko = np.exp(-((others[:, :n] - others[:, n:]) ** 2).sum(0) / (2 * wide[2] ** 2))

        def w(at, j=j, ky=ky, ko=ko, wide=wide):
            real, null = (
                np.exp(-((past[j, :n] - at) ** 2) / (2 * wide[1] ** 2)) for past in (z, drawn)
            )
            return (ky * ko * (real - null)).mean()

        assert got[j] == pytest.approx(w(z[j, n]) - w(drawn[j, n]), abs=1e-12)
    swapped_z, swapped = z.copy(), drawn.copy()
    swapped_z[1, n], swapped[1, n] = drawn[1, n], z[1, n]
    other = _Draws(y, swapped_z, swapped, np.arange(3)).payoff(n - 1, np.array([1]))
    np.testing.assert_allclose(other, -got[1], rtol=1e-9)


def test_exact_sampler_holds_the_level_where_concepts_only_go_along():
    found = np.array(
        [
            conditional_skit(*planted(s), EXACT, concepts=[0, 1], random_state=s).rejected
            for s in range(120)
        ]
    )
    assert found[:, 1].mean() <= 0.05
    assert found[:, 0].mean() > 0.9
    y, Z = planted(0)
    assert skit(y, Z).rejected[1]  # dependent it is, only not given the others


def test_a_sampler_that_ignores_the_others_loses_the_level():
    found = np.array(
        [
            conditional_skit(*planted(s), Marginal(), concepts=[1], random_state=s).rejected[0]
            for s in range(20)
        ]
    )
    assert found.mean() > 0.5


def test_estimated_samplers_are_near_the_level_when_there_is_much_to_learn_from():
    samplers = (
        KernelSampler().fit(planted(1000, 3000)[1]),
        GaussianSampler().fit(planted(1000, 3000)[1]),
    )
    for sampler in samplers:
        found = np.array(
            [
                conditional_skit(*planted(s), sampler, concepts=[0, 1], random_state=s).rejected
                for s in range(30)
            ]
        )
        assert found[:, 0].mean() > 0.9
        assert found[:, 1].mean() < 0.2


def test_errors():
    y, Z = planted(0, 20)
    with pytest.raises(InputError, match="at least 2"):
        conditional_skit(y, Z[:, :1], EXACT)
    with pytest.raises(InputError, match="concepts="):
        conditional_skit(y, Z, EXACT, concepts=[3])
    with pytest.raises(InputError, match="2 columns for 1 tests"):
        conditional_skit(np.stack([y, y], 1), Z, EXACT, concepts=[0])

    class Wrong:
        def draw(self, Z, concept, rng):
            return np.ones(3)

    with pytest.raises(InputError, match="the sampler drew shape"):
        conditional_skit(y, Z, Wrong())
