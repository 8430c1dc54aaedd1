"""Semi-NMF: no worse than the multiplicative updates of the paper from the same start; winners; batches."""

import itertools

import numpy as np
import pytest

from begriff.dictionaries import KMeans, SemiNMF
from begriff.errors import InputError
from begriff.metrics import fvu, matched_cosine


def multiplicative(X, Z, turns):
    """Ding, Li and Jordan's updates: Z (n, k), the error after each."""
    errors = []
    for _ in range(turns):
        D = np.linalg.pinv(Z.T @ Z) @ Z.T @ X
        A, G = X @ D.T, D @ D.T
        plus, minus = np.maximum(A, 0), np.maximum(-A, 0)
        gram_plus, gram_minus = np.maximum(G, 0), np.maximum(-G, 0)
        Z = Z * np.sqrt((plus + Z @ gram_minus) / (minus + Z @ gram_plus + 1e-12))
        errors.append(float(((X - Z @ (np.linalg.pinv(Z.T @ Z) @ Z.T @ X)) ** 2).sum()))
    return errors


def error(X, model):
    return float(((X - model.inverse_transform(model.transform(X))) ** 2).sum())


def test_no_worse_than_multiplicative_updates_from_the_same_start(vectors):
    start = SemiNMF(10)._start(vectors)[0].T.astype(np.float64)
    theirs = multiplicative(vectors.astype(np.float64), start, 300)
    # the reference is what it should be
    assert all(b <= a * (1 + 1e-9) for a, b in itertools.pairwise(theirs))
    assert error(vectors, SemiNMF(10, max_epochs=300, tol=0.0).fit(vectors)) <= 1.01 * theirs[-1]


def test_it_explains_more_than_clusters(vectors):
    semi, means = SemiNMF(10).fit(vectors), KMeans(10).fit(vectors)
    assert error(vectors, semi) < 0.8 * error(vectors, means)
    assert semi.transform(vectors).data.min() >= 0
    assert semi.components_.min() < 0


def test_winners_take_all(vectors):
    model = SemiNMF(10, winners=0.25).fit(vectors)
    assert ((model.components_ != 0).sum(1) <= 4).all()
    assert error(vectors, model) > error(vectors, SemiNMF(10).fit(vectors))
    with pytest.raises(InputError, match="winners=0"):
        SemiNMF(winners=0).fit(vectors)


def test_planted_directions_with_few_entries_are_found_with_winners():
    rng = np.random.default_rng(0)
    directions = np.zeros((8, 40))
    for row in directions:
        row[rng.choice(40, 4, replace=False)] = rng.choice([-1, 1], 4)
    codes = rng.random((3000, 8)) * (rng.random((3000, 8)) < 0.3)
    X = (codes @ directions + 0.05 * rng.standard_normal((3000, 40))).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    found = SemiNMF(8, winners=0.1).fit(X)
    assert np.median(matched_cosine(directions, found.components_)) > 0.95


def test_batches_come_near_to_the_whole(vectors):
    whole, batches = (
        SemiNMF(10).fit(vectors),
        SemiNMF(10, batch_size=100, max_epochs=40).fit(vectors),
    )
    own = [fvu(vectors, m.inverse_transform(m.transform(vectors))) for m in (whole, batches)]
    assert own[1] < own[0] + 0.05
