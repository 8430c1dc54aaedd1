"""Convex NMF: concepts are mixtures of items; no worse than the paper's updates from the same start."""

from itertools import pairwise

import numpy as np

from begriff.dictionaries import ConvexNMF, SemiNMF


def multiplicative(X, W, G, turns):
    """Ding, Li and Jordan's updates: X (n, d) ~ G (n, k) W' (k, n) X."""
    K = X @ X.T
    plus, minus = np.maximum(K, 0), np.maximum(-K, 0)
    for _ in range(turns):
        G = G * np.sqrt((plus @ W + G @ W.T @ minus @ W) / (minus @ W + G @ W.T @ plus @ W + 1e-12))
        W = W * np.sqrt((plus @ G + minus @ W @ G.T @ G) / (minus @ G + plus @ W @ G.T @ G + 1e-12))
    return float(((X - G @ W.T @ X) ** 2).sum())


def error(X, model):
    return float(((X - model.inverse_transform(model.transform(X))) ** 2).sum())


def test_no_worse_than_the_papers_updates_from_the_same_start(vectors):
    model = ConvexNMF(10, max_epochs=300, tol=0.0)
    Z, _ = model._start(vectors)
    theirs = multiplicative(vectors.astype(np.float64), model.mixture_.T.astype(np.float64), Z.T.astype(np.float64), 300)
    assert error(vectors, model.fit(vectors)) <= 1.01 * theirs


def test_more_passes_leave_no_larger_error(vectors):
    left = [error(vectors, ConvexNMF(10, max_epochs=n, tol=0.0).fit(vectors)) for n in (1, 3, 10, 40)]
    assert all(b <= a * (1 + 1e-5) for a, b in pairwise(left))
    assert left[-1] < 0.99 * left[0]


def test_concepts_are_mixtures_of_items_and_that_costs_something(vectors):
    model = ConvexNMF(10).fit(vectors)
    assert model.mixture_.min() >= 0
    np.testing.assert_allclose(model.mixture_ @ vectors, model.parts_, atol=1e-3)
    assert not hasattr(model, "_products")
    assert error(vectors, model) > error(vectors, SemiNMF(10).fit(vectors))


def test_mixtures_of_means_of_items_are_nearly_as_good():
    rng = np.random.default_rng(0)
    X = (rng.dirichlet([0.2] * 6, 1500) @ rng.standard_normal((6, 20)) + 0.05 * rng.standard_normal((1500, 20))).astype(np.float32)
    few, whole, random = ConvexNMF(6, n_points=150).fit(X), ConvexNMF(6).fit(X), ConvexNMF(6).fit(X).randomise()
    assert few.points_.shape == (150, 20)
    assert error(X, few) < 1.5 * error(X, whole) < 0.5 * error(X, random)


def test_points_are_its_own():
    X = np.random.default_rng(0).standard_normal((80, 6)).astype(np.float32)
    convex = ConvexNMF(3, max_epochs=3).fit(X)
    before = convex.points_.copy()
    X[:] = 0
    np.testing.assert_array_equal(convex.points_, before)
