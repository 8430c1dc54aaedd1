"""JumpReLUSAE: straight-through gradients as published; thresholds reach the sparsity that was asked for."""

import numpy as np
import pytest
import torch

from begriff.dictionaries import JumpReLUSAE
from begriff.nets.losses import jump
from tests.dictionaries._planted import check_recovery, planted


def test_planted_directions_are_found_and_a_frozen_decoder_finds_none():
    learnt, _, _ = check_recovery(JumpReLUSAE)
    assert len(np.unique(learnt.threshold_)) > 20  # a threshold for each


def test_as_many_are_active_as_were_asked_for():
    X, _, _ = planted()
    sae = JumpReLUSAE(
        32, k=3, max_epochs=40, batch_size=128, max_frequency=0.9, learning_rate=3e-3
    ).fit(X[:3000])
    assert sae._active(sae._pre_activations(X[3000:])).sum(1).mean() == pytest.approx(3, rel=0.25)


def test_straight_through_gradients_entry_by_entry():
    g = torch.Generator().manual_seed(0)
    pre, theta = (
        torch.rand(50, 8, generator=g, requires_grad=True),
        torch.full((8,), 0.5, requires_grad=True),
    )
    of_codes, of_active = torch.randn(50, 8, generator=g), torch.randn(50, 8, generator=g)
    eps = 0.2
    codes, active = jump(pre, theta, eps)
    ((codes * of_codes).sum() + (active * of_active).sum()).backward()
    p = pre.detach()
    kernel = (((p - 0.5) / eps).abs() < 0.5).float()
    assert 0 < kernel.mean() < 0.5
    torch.testing.assert_close(codes.detach(), torch.where(p > 0.5, p, 0.0))
    # the step sends nothing to what it is a step of
    torch.testing.assert_close(pre.grad, of_codes * (p > 0.5))
    torch.testing.assert_close(
        theta.grad, (-(0.5 / eps) * kernel * of_codes - kernel / eps * of_active).sum(0)
    )


def test_the_gradient_of_a_threshold_is_that_of_the_expected_loss():
    """With many samples, what the kernel estimates is d/dt of E[(a - z)^2 + c * active], which a difference quotient gives."""
    rng = np.random.default_rng(0)
    p, a, t, eps = rng.random(400_000), 0.9, 0.6, 0.02
    pre, theta = torch.from_numpy(p).float()[:, None], torch.tensor([t], requires_grad=True)
    codes, active = jump(pre, theta, eps)
    ((a - codes).square() / 2 + 0.1 * active).mean().backward()
    value = lambda s: (((a - p * (p > s)) ** 2) / 2 + 0.1 * (p > s)).mean()  # noqa: E731
    assert float(theta.grad) == pytest.approx(
        (value(t + eps / 2) - value(t - eps / 2)) / eps, rel=0.1
    )
