"""GatedSAE: gates decide, magnitudes measure; the auxiliary term teaches gates alone."""

import numpy as np
import pytest
import torch

from begriff.dictionaries import GatedSAE, JumpReLUSAE
from begriff.nets.autoencoder import GatedAutoencoder
from begriff.nets.directions import Directions
from begriff.nets.losses import Gated
from tests.dictionaries._planted import check_recovery, planted


def test_planted_directions_are_found_and_a_frozen_decoder_finds_none():
    check_recovery(GatedSAE)


def _module():
    g = torch.Generator().manual_seed(0)
    D = torch.nn.functional.normalize(torch.randn(20, 6, generator=g))
    module = GatedAutoencoder(Directions(D), torch.randn(6, generator=g), 1.0, half=False)
    with torch.no_grad():
        for p in (module.encoder, module.encoder_bias, module.log_scale, module.magnitude_bias):
            p.add_(0.3 * torch.randn(p.shape, generator=g))
    return module, torch.randn(30, 6, generator=g)


def test_the_loss_and_its_gradients_are_those_of_the_paper():
    module, x = _module()
    D, b = module.decoder(), module.bias
    gate = (x - b) @ module.encoder.T + module.encoder_bias
    magnitude = (x - b) @ (
        module.encoder * module.log_scale.exp()[:, None]
    ).T + module.magnitude_bias
    z = (gate > 0) * magnitude.relu()
    expected = (x - b - z @ D).square().sum(1).mean() + 0.3 * gate.relu().sum(1).mean()
    expected = expected + (x - b.detach() - gate.relu() @ D.detach()).square().sum(1).mean()
    found = Gated(module, k=4, weight=0.3, rate=0.0)(x)
    torch.testing.assert_close(found, expected)
    parameters = list(module.parameters())
    for a, e in zip(
        torch.autograd.grad(found, parameters),
        torch.autograd.grad(expected, parameters),
        strict=True,
    ):
        assert e.abs().max() > 1e-4
        torch.testing.assert_close(a, e, atol=1e-5, rtol=1e-4)


def test_the_auxiliary_term_does_not_reach_directions():
    module, x = _module()
    with torch.no_grad():
        # no strengths: what is left of the loss are the penalty and the auxiliary term
        module.magnitude_bias.fill_(-100.0)
    Gated(module, k=4)(x).backward()
    assert module.decoder().grad.abs().max() == 0
    assert module.encoder.grad.abs().max() > 0


@pytest.mark.parametrize("method", [GatedSAE, JumpReLUSAE])
def test_going_on_starts_where_the_other_ended(method):
    X, _, _ = planted()
    settings = {"k": 3, "batch_size": 128, "max_frequency": 1.0}
    before = method(32, max_epochs=5, **settings).fit(X)
    still = method(32, max_epochs=1, learning_rate=1e-9, **settings).fit(X, start=before)
    for learnt in before._learnt:
        np.testing.assert_allclose(getattr(still, learnt), getattr(before, learnt), atol=1e-5)
    assert np.abs(before.encoder_bias_).max() > 0.01
