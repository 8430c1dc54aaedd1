"""Convex NMF: concepts are mixtures of items; no worse than the paper's updates from the same start."""

from itertools import pairwise

import numpy as np

from begriff.dictionaries import ConvexNMF, SemiNMF


def multiplicative(X, W, G, turns):
    """Ding, Li and Jordan's updates: X (n, d) ~ G (n, k) W' (k, n) X."""
    K = X @ X.T
    plus, minus = np.maximum(K, 0), np.maximum(-K, 0)
    for _ in range(turns):
        G = G * np.sqrt(
            (plus @ W + G @ (W.T @ minus @ W)) / (minus @ W + G @ (W.T @ plus @ W) + 1e-12)
        )
        W = W * np.sqrt((plus @ G + minus @ W @ G.T @ G) / (minus @ G + plus @ W @ G.T @ G + 1e-12))
    return float(((X - G @ W.T @ X) ** 2).sum())


def error(X, model):
    return float(((X - model.inverse_transform(model.transform(X))) ** 2).sum())


def test_no_worse_than_the_papers_updates_from_the_same_start(vectors):
    model = ConvexNMF(10, max_epochs=300, tol=0.0)
    Z, _ = model._start(vectors)
    W = model._mixed + 1e-3  # their updates leave a 0 as it is
    theirs = multiplicative(
        vectors.astype(np.float64), W.T.astype(np.float64), Z.T.astype(np.float64), 300
    )
    assert error(vectors, model.fit(vectors)) <= 1.01 * theirs


def test_more_passes_leave_no_larger_error(vectors):
    left = [
        error(vectors, ConvexNMF(10, max_epochs=n, tol=0.0).fit(vectors)) for n in (1, 3, 10, 40)
    ]
    assert all(b <= a * (1 + 1e-5) for a, b in pairwise(left))
    assert left[-1] < 0.99 * left[0]


def test_concepts_are_mixtures_of_items_and_that_costs_something(vectors):
    model = ConvexNMF(10).fit(vectors)
    assert model.mixture_.min() >= 0
    np.testing.assert_allclose(model.mixture_ @ vectors[model.items_], model.parts_, atol=1e-3)
    assert error(vectors, model) > error(vectors, SemiNMF(10).fit(vectors))


def test_at_the_end_no_item_would_make_a_concept_better(vectors):
    """The optimality conditions of the mixtures: slopes are 0 on items that are mixed, and not above 0 on others."""
    model = ConvexNMF(10, max_epochs=300, tol=0.0).fit(vectors)
    assert (
        improvable(model, vectors)
        < 2e-3
        < improvable(ConvexNMF(10, max_epochs=1).fit(vectors), vectors)
    )


def improvable(model, X):
    """Largest violation beside the largest slope of concepts that are not there."""
    slopes = (model.linear_ - model.gram_ @ model.parts_) @ X.T
    mixed = model.mixture_ > 0
    wrong = max(np.abs(slopes[:, model.items_][mixed]).max(), slopes.max())
    return wrong / (model.linear_ @ X.T).max()


def test_items_that_are_there_twice_or_lie_in_a_plane():
    rng = np.random.default_rng(0)
    X = np.repeat(rng.standard_normal((40, 3)) @ rng.standard_normal((3, 12)), 5, axis=0).astype(
        np.float32
    )
    assert error(X, ConvexNMF(6).fit(X)) < 0.2 * float((X**2).sum())


def test_weights_of_items(vectors):
    weight = np.ones(len(vectors))
    weight[::2] = 0
    model = ConvexNMF(5).fit(vectors, sample_weight=weight)
    assert (model.items_ % 2 == 1).all()
