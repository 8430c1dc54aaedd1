"""The sparse products equal their dense definitions, forwards and backwards."""

import torch

from begriff.nets.kernels import decode_prefixes, encode, transposed_product


def _select(pre):
    return torch.cat([pre[:, :8].topk(2, 1).indices, pre[:, 8:].topk(3, 1).indices + 8], 1)


def _loss(x, w, b, v, c, *, fast):
    centred = x - c
    if fast:
        values, indices = encode(centred, w, b, _select)
        r = decode_prefixes(values, indices, v, (2, 3))
    else:
        pre = centred @ w.T + b
        indices = _select(pre)
        values = pre.gather(1, indices).relu()
        first = torch.zeros_like(pre).scatter(1, indices[:, :2], values[:, :2])
        whole = torch.zeros_like(pre).scatter(1, indices, values)
        r = torch.stack([first @ v, whole @ v])
    return (r - centred).square().mean() + (r[0] * torch.arange(r.shape[2])).sum()


def test_gradients_equal_those_of_the_dense_computation():
    g = torch.Generator().manual_seed(0)
    x, w, b, v, c = (torch.randn(*s, generator=g) for s in ((7, 5), (20, 5), (20,), (20, 5), (5,)))
    leaves = [t.requires_grad_() for t in (w, b, v, c)]
    fast = torch.autograd.grad(_loss(x, *leaves, fast=True), leaves)
    dense = torch.autograd.grad(_loss(x, *leaves, fast=False), leaves)
    for a, d in zip(fast, dense, strict=True):
        assert d.abs().max() > 0.01
        torch.testing.assert_close(a, d, atol=1e-4, rtol=1e-4)


def test_transposed_product_equals_dense_and_covers_unused_concepts():
    g = torch.Generator().manual_seed(1)
    values, indices, rows = torch.rand(30, generator=g), torch.randint(6, (30,), generator=g), torch.randn(10, 4, generator=g)
    which = torch.arange(10).repeat_interleave(3)
    dense = torch.zeros(10, 9).index_put_((which, indices), values, accumulate=True)
    found = transposed_product(values, indices, (which, rows), 9)
    torch.testing.assert_close(found, dense.T @ rows)
    assert (found[6:] == 0).all()


def test_no_gradient_reaches_what_was_not_selected():
    x, w, b = torch.randn(4, 5), torch.randn(20, 5, requires_grad=True), torch.zeros(20, requires_grad=True)
    values, indices = encode(x, w, b, _select)
    values.sum().backward()
    untouched = torch.ones(20, dtype=torch.bool)
    untouched[indices[values > 0]] = False
    assert untouched.any()
    assert (w.grad[untouched] == 0).all()
    assert (w.grad[~untouched] != 0).any()
