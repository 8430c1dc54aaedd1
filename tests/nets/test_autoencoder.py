"""Pitfalls of training: which latents the auxiliary loss picks, unit directions, anchors, the cap."""

import numpy as np
import pytest
import torch

from begriff.nets.activations import TopK
from begriff.nets.autoencoder import JumpReLUAutoencoder, SparseAutoencoder
from begriff.nets.directions import Directions
from begriff.nets.losses import NestedReconstruction, jump
from begriff.nets.training import ArrayRows, Schedule, train


def _module(n_anchored=0, anchors=None, **kwargs):
    directions = torch.nn.functional.normalize(
        torch.randn(24, 6, generator=torch.Generator().manual_seed(0))
    )
    if anchors is not None:
        directions[: len(anchors)], n_anchored = anchors, len(anchors)
    decoder = Directions(directions, n_anchored=n_anchored, slack=kwargs.pop("slack", 0.6))
    return SparseAutoencoder(
        decoder, TopK([(8, 2), (16, 3)]), torch.zeros(6), 1.0, **{"half": False, **kwargs}
    )


def test_live_concepts_explain_nothing_in_the_place_of_dead_ones():
    module = _module()
    dead = torch.tensor([3, 9, 20])
    with torch.no_grad():
        module.encoder_bias.fill_(5.0)  # live ones outrank every dead one
        module.encoder_bias[dead] = torch.tensor([-5.0, 1.0, -3.0])
        module.encoder.zero_()
    left = module.revive(torch.randn(4, 6), module.decoder(), torch.ones(4, 6), dead)
    # relu of a negative adds nothing
    torch.testing.assert_close(left, torch.ones(4, 6) - module.decoder()[9])


def test_steps_keep_directions_at_length_one_and_gradients_off_them():
    module = _module()
    module.decoder.weight.grad = torch.randn_like(module.decoder())
    module.before_step()
    assert (module.decoder.weight.grad * module.decoder()).sum(1).abs().max() < 1e-5
    with torch.no_grad():
        module.decoder().mul_(3)
    module.after_step()
    torch.testing.assert_close(module.decoder().norm(dim=1), torch.ones(24))


def test_anchored_concepts_stay_within_slack_and_free_ones_do_not():
    anchors = torch.eye(6)[:4]
    module = _module(anchors=anchors, slack=0.3)
    with torch.no_grad():
        module.decoder().copy_(torch.nn.functional.normalize(torch.randn(24, 6)))
    free = module.decoder()[4:].clone()
    module.after_step()
    # the bound holds before the length is restored
    assert (module.decoder()[:4] - anchors).norm(dim=1).max() <= 0.3 * 1.2
    torch.testing.assert_close(module.decoder()[4:], free)


def test_a_concept_that_fires_too_often_is_made_rarer():
    module = _module(max_frequency=0.1)
    module.frequency[0] = 0.9
    module.after_step()
    assert module.encoder_bias[0] < 0
    assert module.encoder_bias[1] == 0


def test_the_loss_and_its_gradients_are_those_of_the_papers():
    module, x = _module(), torch.randn(40, 6, generator=torch.Generator().manual_seed(1))
    dead = torch.tensor([3, 9, 20])
    with torch.no_grad():
        module.encoder_bias[dead] = -1.5  # never among the strongest, at times positive
    D, b = module.decoder(), module.bias
    pre = (x - b) @ module.encoder.T + module.encoder_bias
    core, fine = pre[:, :8].topk(2), pre[:, 8:].topk(3)
    z = torch.zeros_like(pre).scatter(1, core.indices, core.values.relu())
    rests = [x - b - z @ D]
    z = z.scatter(1, fine.indices + 8, fine.values.relu())
    rests.append(x - b - z @ D)
    rest = rests[-1].detach()
    left = rest - pre[:, dead].relu() @ D[dead]
    expected = (
        torch.stack(rests).square().sum(2).mean()
        + left.square().sum() / (rest - rest.mean(0)).square().sum() / 32
    )
    loss = NestedReconstruction(module, patience=1)
    loss.silent[dead] = 9
    found = loss(x)
    assert (pre[:, dead] > 0).any()
    torch.testing.assert_close(found, expected)
    parameters = list(module.parameters())
    for a, e in zip(
        torch.autograd.grad(found, parameters),
        torch.autograd.grad(expected, parameters),
        strict=True,
    ):
        torch.testing.assert_close(a, e, atol=1e-6, rtol=1e-4)


def test_dead_after_an_epoch_not_before():
    module = _module()
    loss = NestedReconstruction(module, patience=2)
    seen = []
    module.revive = lambda x, directions, rest, dead: seen.append(len(dead)) or rest  # type: ignore[assignment]
    x = torch.randn(1, 6)
    for _ in range(4):
        loss(x)
    assert seen and len(seen) == 2  # silent for more than two batches


def test_training_lowers_the_loss_and_tol_zero_never_stops():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((256, 6)).astype(np.float32)
    module = _module()
    loss = NestedReconstruction(module, 8)
    g = torch.Generator().manual_seed(0)
    calls, before_step = [], module.before_step
    module.before_step = lambda: calls.append(1) or before_step()  # type: ignore[assignment]
    history = train(
        module,
        ArrayRows(X),
        loss,
        Schedule(batch_size=32, max_epochs=12, learning_rate=0.01),
        generator=g,
        device=torch.device("cpu"),
    )
    assert len(history) == 12
    assert len(calls) == 12 * 8  # gradients along directions are dropped at every step
    assert history[-1] < 0.7 * history[0]


def test_a_threshold_below_zero_comes_back():
    module = JumpReLUAutoencoder(Directions(torch.eye(4)), torch.zeros(4), 1.0, half=False)
    with torch.no_grad():
        module.threshold[0] = -0.01
    module.after_step()
    assert module.threshold.tolist() == pytest.approx([5e-4, 1e-3, 1e-3, 1e-3])
    pre = torch.zeros(3, 4)  # zeros are no part of the kernel
    codes, active = jump(pre, module.threshold, 1e-3)
    (codes.sum() + active.sum()).backward()
    assert not module.threshold.grad.any()


def test_gradients_are_clipped_to_length_one():
    module, lengths = _module(), []
    after = module.after_step
    module.after_step = lambda: (
        lengths.append(  # type: ignore[method-assign]
            float(
                torch.stack(
                    [p.grad.norm() for p in module.parameters() if p.grad is not None]
                ).norm()
            )
        )
        or after()
    )
    loss = NestedReconstruction(module, 8)
    X = np.random.default_rng(0).standard_normal((64, 6)).astype(np.float32)
    schedule = Schedule(batch_size=32, max_epochs=1, learning_rate=0.01)
    train(
        module,
        ArrayRows(X),
        lambda x: 1e4 * loss(x),
        schedule,
        generator=torch.Generator().manual_seed(0),
        device=torch.device("cpu"),
    )
    np.testing.assert_allclose(lengths, 1, rtol=1e-4)  # and far above it without


def test_at_most_half_as_many_dead_concepts_as_dimensions_explain_the_rest():
    module, x = _module(), torch.randn(40, 6, generator=torch.Generator().manual_seed(1))
    dead, D, rest = (
        torch.arange(9),
        module.decoder(),
        torch.randn(40, 6, generator=torch.Generator().manual_seed(2)),
    )
    pre = (x - module.bias) @ module.encoder[dead].T
    best = pre.topk(3)
    z = torch.zeros_like(pre).scatter(1, best.indices, best.values.relu())
    torch.testing.assert_close(module.revive(x, D, rest, dead), rest - z @ D[dead])
    assert not torch.allclose(rest - pre.relu() @ D[dead], rest - z @ D[dead])


@pytest.mark.parametrize(("width", "expected"), [(6, 1), (2048, 2)])
def test_small_steps_run_on_one_thread_and_threads_are_restored(width, expected):
    class Layer(torch.nn.Linear):
        def before_step(self):
            seen.add(torch.get_num_threads())

        def after_step(self):
            pass

    before, seen = torch.get_num_threads(), set()
    torch.set_num_threads(2)
    try:
        layer = Layer(width, width)
        X, schedule = np.ones((64, width), np.float32), Schedule(batch_size=32, max_epochs=1)
        train(
            layer,
            ArrayRows(X),
            lambda x: layer(x).square().mean(),
            schedule,
            generator=torch.Generator(),
            device=torch.device("cpu"),
        )
        assert seen == {expected}
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
