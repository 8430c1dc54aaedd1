"""What matters for one item may not matter for another; what the model does not use given the rest is not rejected."""

import numpy as np
import pytest

from begriff.errors import InputError
from begriff.importance import GaussianSampler, KernelSampler, local_skit

SAMPLER = GaussianSampler(mean=np.zeros(3), covariance=np.eye(3))


def gate(Z):
    return Z[:, 0] * (Z[:, 1] > 0)


def test_importance_depends_on_the_item():
    opened, closed = (
        local_skit(gate, [1.5, s, 0.0], SAMPLER, given=[1], concepts=[0], n_steps=200)
        for s in (1.0, -1.0)
    )
    assert opened.rejected.tolist() == [True]
    assert closed.rejected.tolist() == [False]


def test_level_is_held_for_a_concept_that_only_goes_along():
    covariance = np.array([[1.0, 0.8], [0.8, 1.0]])
    sampler = GaussianSampler(mean=np.zeros(2), covariance=covariance)
    known, alone = [], []
    for seed in range(100):
        known.append(
            local_skit(
                lambda Z: Z[:, 0],
                [1.0, 1.0],
                sampler,
                given=[0],
                concepts=[1],
                n_steps=150,
                random_state=seed,
            ).rejected[0]
        )
        alone.append(
            local_skit(
                lambda Z: Z[:, 0],
                [1.0, 1.0],
                sampler,
                given=0,
                concepts=[1],
                n_steps=150,
                random_state=seed,
            ).rejected[0]
        )
    assert np.mean(known) <= 0.05
    noisy = local_skit(
        lambda Z: Z[:, 0] + np.random.default_rng(0).normal(size=len(Z)),
        [1.0, 1.0],
        sampler,
        given=[0],
        concepts=[1],
    )
    assert not noisy.rejected[0]
    # the control: without the concept that matters among those given, it does tell something
    assert np.mean(alone) > 0.9


def test_with_vectors_of_reference_items():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(3000, 3))
    vectors = Z @ rng.normal(size=(3, 8))
    back = np.linalg.pinv(vectors) @ Z
    found = local_skit(
        lambda X: X @ back[:, 0],
        [2.0, 0.0, 0.0],
        KernelSampler().fit(Z, vectors),
        given=0,
        n_steps=200,
    )
    assert found.rejected[0]
    assert found.ranking[0] == 0


def test_random_sets_repeat_with_the_seed():
    a, b = (
        local_skit(gate, [1.0, 1.0, 1.0], SAMPLER, given=1, n_steps=30, random_state=s)
        for s in (0, 1)
    )
    np.testing.assert_array_equal(
        a.path, local_skit(gate, [1.0, 1.0, 1.0], SAMPLER, given=1, n_steps=30).path
    )
    assert not np.array_equal(a.path, b.path)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"given": 3}, "given=3"), ({"given": [5]}, "given=\\[5"), ({"concepts": [7]}, "concepts=")],
)
def test_errors(options, message):
    with pytest.raises(InputError, match=message):
        local_skit(gate, [1.0, 1.0, 1.0], SAMPLER, **options)
