"""The sparse products equal their dense definitions, forwards and backwards."""

import torch

from begriff.nets.activations import BatchTopK, TopK, strongest
from begriff.nets.kernels import decode_prefixes, encode, transposed_product


def _select(pre):
    """Two groups: of the first 8 concepts two an item, of the others as many as there are items times three, wherever they are."""
    first, rest = TopK([(8, 2)])(pre[:, :8]), BatchTopK([(12, 3)])(pre[:, 8:])
    return torch.cat([first[0], rest[0] + 8]), torch.cat([first[1], rest[1] + len(pre)])


def _loss(x, w, b, v, c, *, fast):
    centred, n = x - c, len(x)
    if fast:
        values, indices, bags = encode(centred, w, b, _select)
        r = decode_prefixes(values, indices, bags, v, (2, n))
    else:
        pre = centred @ w.T + b
        indices, bags = _select(pre.detach())
        kept = torch.zeros_like(pre, dtype=torch.bool)
        kept[bags % n, indices] = True
        z = pre.relu() * kept
        r = torch.stack([z[:, :8] @ v[:8], z @ v])
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
    values, indices, rows = (
        torch.rand(30, generator=g),
        torch.randint(6, (30,), generator=g),
        torch.randn(10, 4, generator=g),
    )
    which = torch.arange(10).repeat_interleave(3)
    dense = torch.zeros(10, 9).index_put_((which, indices), values, accumulate=True)
    found = transposed_product(values, indices, (which, rows), 9)
    torch.testing.assert_close(found, dense.T @ rows)
    assert (found[6:] == 0).all()


def test_no_gradient_reaches_what_was_not_selected():
    x, w, b = (
        torch.randn(4, 5),
        torch.randn(20, 5, requires_grad=True),
        torch.zeros(20, requires_grad=True),
    )
    values, indices, _ = encode(x, w, b, _select)
    values.sum().backward()
    untouched = torch.ones(20, dtype=torch.bool)
    untouched[indices[values > 0]] = False
    assert untouched.any()
    assert (w.grad[untouched] == 0).all()
    assert (w.grad[~untouched] != 0).any()


def test_batch_topk_keeps_what_a_search_of_all_keeps_however_scores_move():
    keep, g = BatchTopK([(50, 3)]), torch.Generator().manual_seed(2)
    # the second to last finds too few above the threshold of the one before
    for scale in (1.0, 0.9, 1.2, 0.1, 30.0):
        pre = scale * torch.randn(40, 50, generator=g)
        indices, bags = keep(pre)
        assert (bags.diff() >= 0).all()
        expected = pre.flatten().topk(120).values.sort().values
        torch.testing.assert_close(pre[bags, indices].sort().values, expected)
        assert len(torch.bincount(bags).unique()) > 1  # unlike TopK, which gives every item as many


def test_the_strongest_are_those_of_a_search_of_all():
    g = torch.Generator().manual_seed(0)
    for n, m, k in ((64, 512, 8), (64, 510, 8), (64, 64, 8), (1, 4096, 32), (16, 800, 25)):
        whole = torch.randn(n, m + 40, generator=g)
        whole[:, :3] += 4  # the strongest are also neighbours
        for pre in (whole[:, :m], whole[:, 40:]):
            assert strongest(pre, k).sort(1).values.equal(pre.topk(k, dim=1).indices.sort(1).values)
    ties = torch.zeros(4, 512)
    assert all(len(set(row)) == 8 for row in strongest(ties, 8).tolist())
