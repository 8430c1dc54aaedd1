"""Draws have the conditional law: by formula where it is normal, by slope and spread where it is estimated."""

import numpy as np
import pytest

from begriff.errors import InputError
from begriff.importance import GaussianSampler, KernelSampler

COVARIANCE = np.array([[2.0, 1.0, 0.5], [1.0, 1.5, 0.2], [0.5, 0.2, 1.0]])
MEAN = np.array([1.0, -1.0, 0.5])


def items(n, seed=0):
    return np.random.default_rng(seed).multivariate_normal(MEAN, COVARIANCE, size=n)


def test_a_drawn_concept_makes_the_same_joint_law():
    Z = items(60_000)
    sampler = GaussianSampler(mean=MEAN, covariance=COVARIANCE)
    for j in range(3):
        made = Z.copy()
        made[:, j] = sampler.draw(Z, j, np.random.default_rng(1))
        np.testing.assert_allclose(np.cov(made.T), COVARIANCE, atol=0.05)
        np.testing.assert_allclose(made.mean(0), MEAN, atol=0.03)
        assert abs(np.corrcoef(made[:, j], Z[:, j])[0, 1]) < 0.95  # another draw, not a copy


def test_completion_keeps_what_is_given():
    sampler = GaussianSampler(mean=MEAN, covariance=COVARIANCE)
    made = sampler.complete(np.array([3.0, 0.0, 0.0]), [0], 20_000, np.random.default_rng(2))
    assert (made[:, 0] == 3).all()
    assert made[:, 1].mean() == pytest.approx(MEAN[1] + 1.0 / 2.0 * 2.0, abs=0.03)
    assert made[:, 1].var() == pytest.approx(1.5 - 1.0 / 2.0, abs=0.03)
    free = sampler.complete(np.zeros(3), [], 20_000, np.random.default_rng(3))
    np.testing.assert_allclose(np.cov(free.T), COVARIANCE, atol=0.07)
    assert (sampler.complete(MEAN, [0, 1, 2], 4, np.random.default_rng(3)) == MEAN).all()


def test_fitted_is_near_the_known():
    fitted = GaussianSampler().fit(items(20_000))
    np.testing.assert_allclose(fitted.covariance_, COVARIANCE, atol=0.06)


@pytest.mark.parametrize("linear", [True, False])
def test_kernel_draws_follow_the_slope(linear):
    Z, sampler = items(2000, 5), KernelSampler(linear=linear).fit(items(6000, 6))
    made, exact = (
        s.draw(Z, 0, np.random.default_rng(7))
        for s in (sampler, GaussianSampler(mean=MEAN, covariance=COVARIANCE))
    )
    slopes = [np.polyfit(Z[:, 1], d, 1)[0] for d in (made, exact)]
    assert slopes[0] == pytest.approx(slopes[1], abs=0.08)
    assert made.std() == pytest.approx(exact.std(), rel=0.08)


def test_taking_the_regression_off_helps_in_many_dimensions():
    rng = np.random.default_rng(8)
    Z = rng.normal(size=(3000, 20))
    Z[:, 0] = Z[:, 1:].sum(1) / np.sqrt(19) + 0.3 * rng.normal(size=3000)
    left = []
    for linear in (True, False):
        made = (
            KernelSampler(linear=linear).fit(Z[:2000]).draw(Z[2000:], 0, np.random.default_rng(9))
        )
        left.append(np.polyfit(Z[2000:, 1:].sum(1) / np.sqrt(19), made, 1)[0])
    assert left[0] == pytest.approx(1, abs=0.1)
    assert left[1] < 0.8


def test_without_smoothing_draws_are_strengths_of_reference_items():
    reference = items(500)
    made = (
        KernelSampler(smooth=False, linear=False)
        .fit(reference)
        .draw(items(50, 1), 1, np.random.default_rng(0))
    )
    assert np.isin(made, reference[:, 1]).all()


def test_completion_takes_items_that_are_near():
    reference = items(4000)
    near = (
        KernelSampler(n_near=20)
        .fit(reference, reference * 2)
        .complete(np.array([3.0, 0, 0]), [0], 500, np.random.default_rng(0))
    )
    assert near[:, 0].mean() / 2 == pytest.approx(3, abs=0.1)
    equal = (
        KernelSampler(n_near=5)
        .fit(np.ones((10, 2)))
        .draw(np.ones((3, 2)), 0, np.random.default_rng(0))
    )
    np.testing.assert_allclose(equal, 1)


def test_errors():
    with pytest.raises(InputError, match="belong together"):
        GaussianSampler(mean=[0.0])
    with pytest.raises(InputError, match="covariance has shape"):
        GaussianSampler(mean=[0.0], covariance=np.eye(2))
    with pytest.raises(InputError, match="knows no law"):
        GaussianSampler().complete(np.zeros(2), [0], 1, np.random.default_rng(0))
    with pytest.raises(InputError, match="n_near=50"):
        KernelSampler().fit(np.ones((10, 2)))
    with pytest.raises(InputError, match="no reference items"):
        KernelSampler().draw(np.ones((3, 2)), 0, np.random.default_rng(0))
    with pytest.raises(InputError, match="3 vectors for 60"):
        KernelSampler().fit(np.ones((60, 2)), np.ones((3, 2)))
