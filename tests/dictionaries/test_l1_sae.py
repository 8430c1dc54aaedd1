"""L1SAE: the penalty reaches the sparsity that was asked for."""

import numpy as np
import pytest
import torch

from begriff.dictionaries import L1SAE
from begriff.nets.autoencoder import DenseAutoencoder
from begriff.nets.directions import Directions
from begriff.nets.losses import L1
from tests.dictionaries._planted import check_recovery, planted


def test_planted_directions_are_found_and_a_frozen_decoder_finds_none():
    check_recovery(L1SAE)


@pytest.mark.parametrize("k", [2, 6])
def test_as_many_are_active_as_were_asked_for(k):
    X, _, _ = planted()
    sae = L1SAE(32, k=k, max_epochs=20, batch_size=128, max_frequency=0.9).fit(X[:3000])
    assert sae._active(sae._pre_activations(X[3000:])).sum(1).mean() == pytest.approx(k, rel=0.25)


def test_the_loss_is_that_of_the_paper():
    g = torch.Generator().manual_seed(0)
    D = torch.nn.functional.normalize(torch.randn(20, 6, generator=g))
    x, bias = torch.randn(30, 6, generator=g), torch.randn(6, generator=g)
    module = DenseAutoencoder(Directions(D), bias, 2.0, half=False)
    with torch.no_grad():
        module.encoder.normal_(generator=g)
    z = ((x / 2 - bias / 2) @ module.encoder.T).relu()
    expected = (x / 2 - bias / 2 - z @ D).square().sum(1).mean() + 0.3 * z.sum(1).mean()
    torch.testing.assert_close(L1(module, k=4, weight=0.3, rate=0.0)(x), expected)


def test_the_weight_grows_while_too_many_are_active_and_shrinks_while_too_few_are():
    module = DenseAutoencoder(Directions(torch.eye(6)), torch.zeros(6), 1.0, half=False)
    for k, sign in ((1, 1), (5, -1)):
        loss = L1(module, k=k, weight=0.1)
        loss(torch.tensor(np.tile([1.0, 1.0, 1.0, -1.0, -1.0, -1.0], (8, 1)), dtype=torch.float32))
        assert np.sign(loss.weight - 0.1) == sign
