"""Probes of a few concepts, absorption, coherence, and what a search keeps: against their definitions, with controls."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import cosine_similarity

from begriff.metrics import (
    absorption,
    agreement,
    coherence,
    compositionality,
    k_sparse_probe,
    ndcg_kept,
    telling_concepts,
)


def _labelled(n=600, seed=0):
    """Concept 3 tells label 1, with noise; concepts 5 and 6 together tell label 2; a strong concept 7 tells nothing."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    C = rng.random((n, 10)) * (rng.random((n, 10)) < 0.3)
    C[:, 3] += (y == 1) * rng.random(n)
    C[:, 5:7] += (y == 2)[:, None] * 0.5 * rng.random((n, 2))
    C[:, 7] *= 100
    return C, y


def test_the_telling_concepts_are_those_that_differ_not_those_that_are_strong():
    C, y = _labelled()
    assert telling_concepts(C, y == 1, 1).tolist() == [3]
    assert set(telling_concepts(csr_array(C), y == 2, 2).tolist()) == {5, 6}
    assert len(telling_concepts(C, y == 1, 99)) == 10


def test_a_concept_that_tells_by_being_absent_is_left_out_where_presence_is_asked_for():
    C, y = _labelled()
    C[:, 9] = (y != 1) + 0.01 * C[:, 9]
    assert telling_concepts(C, y == 1, 1).tolist() == [9]
    assert telling_concepts(C, y == 1, 1, present=True).tolist() == [3]


def test_more_concepts_tell_more_and_shuffled_labels_nothing():
    C, y = _labelled(3000)
    halves = C[:1500], y[:1500], C[1500:], y[1500:]
    one, five, whole = (k_sparse_probe(*halves, k) for k in (1, 5, None))
    assert 0.5 < one < five <= whole + 0.02
    shuffled = np.random.default_rng(1).permutation(y[:1500])
    assert abs(k_sparse_probe(C[:1500], shuffled, C[1500:], y[1500:], 5) - 0.5) < 0.06
    assert k_sparse_probe(
        csr_array(C[:1500]), y[:1500], csr_array(C[1500:]), y[1500:], 5
    ) == pytest.approx(five)


def test_rare_labels_are_left_out():
    C, _ = _labelled(40)
    assert np.isnan(k_sparse_probe(C, np.arange(40) % 20, C, np.arange(40) % 20, 1))


def test_absorption_item_by_item():
    rng = np.random.default_rng(0)
    components = rng.standard_normal((12, 6))
    components /= np.linalg.norm(components, axis=1, keepdims=True)
    codes = rng.random((200, 12)) * (rng.random((200, 12)) < 0.5)
    X, direction, main = (
        codes @ components + 0.1 * rng.standard_normal((200, 6)),
        rng.standard_normal(6),
        np.array([2, 4]),
    )
    found = absorption(csr_array(codes), components, X, 7 * direction, main)
    w = direction / np.linalg.norm(direction)
    cos = components @ w
    for i in range(200):
        p, m = X[i] @ w, sum(codes[i, j] * cos[j] for j in main)
        s = sum(
            sorted(
                (codes[i, j] * cos[j] for j in range(12) if j not in main and cos[j] >= 0.1),
                reverse=True,
            )[:3]
        )
        if p <= 0:
            assert np.isnan(found[i])
        elif m >= p or s / p < 0.4:
            assert found[i] == 0
        elif m <= 0:
            assert found[i] == 1
        else:
            a = min(s, p - m)
            assert found[i] == pytest.approx(a / (a + m))
    kinds = [
        np.isnan(found).any(),
        (found == 0).any(),
        (found == 1).any(),
        ((found > 0) & (found < 1)).any(),
    ]
    assert all(kinds)


def test_coherence_is_the_mean_pairwise_cosine_of_the_strongest():
    rng = np.random.default_rng(0)
    X, codes = rng.standard_normal((50, 8)), rng.random((50, 4)) * (rng.random((50, 4)) < 0.5)
    codes[:, 3] = 0
    codes[:5, 3] = 1
    found = coherence(csr_array(codes), X, n=6)
    best = np.argsort(-codes[:, 1])[:6]
    pairs = cosine_similarity(X[best])[np.triu_indices(6, 1)]
    assert found[1] == pytest.approx(pairs.mean())
    assert np.isnan(found[3])  # only five items hold it


def test_what_a_search_keeps_falls_with_noise():
    rng = np.random.default_rng(0)
    X, q = rng.standard_normal((300, 16)), rng.standard_normal((40, 16))
    kept = [ndcg_kept(X, X + s * rng.standard_normal(X.shape), q) for s in (0, 0.3, 3)]
    assert kept[0] == 1
    assert kept[0] > kept[1] > kept[2]
    assert ndcg_kept(X, rng.standard_normal(X.shape), q) < 0.15  # chance


def test_a_classifier_agrees_with_what_is_rewritten_well():
    C, y = _labelled()
    X = C @ np.random.default_rng(1).standard_normal((10, 16))
    model = LogisticRegression(max_iter=2000).fit(X, y)
    noise = np.random.default_rng(2).standard_normal(X.shape) * X.std(0)
    kept = [agreement(model.predict, X, X + s * noise) for s in (0, 0.1, 1)]
    assert kept[0] == 1
    assert kept[0] > kept[1] > kept[2]
    one_for_all = agreement(model.predict, X, np.zeros_like(X))
    assert one_for_all == pytest.approx(
        np.mean(model.predict(X) == model.predict(np.zeros((1, 16)))[0])
    )


def _composed(n=300, seed=0):
    """Items that are the sum of one of three and one of four directions, and a bit of noise."""
    rng = np.random.default_rng(seed)
    directions = np.linalg.qr(rng.standard_normal((12, 7)))[0].T
    labels = np.zeros((n, 7), dtype=bool)
    labels[np.arange(n), rng.integers(0, 3, n)] = labels[np.arange(n), rng.integers(3, 7, n)] = True
    return (
        labels * (0.5 + rng.random((n, 7))) @ directions + 0.02 * rng.standard_normal((n, 12)),
        labels,
        directions,
    )


def test_items_are_composed_of_the_directions_they_were_made_of_and_of_random_ones_less():
    X, labels, directions = _composed()
    shuffled = directions[np.random.default_rng(1).permutation(7)]
    assert compositionality(shuffled, X, labels) < 0.1  # whose concept it is is found
    random = np.random.default_rng(2).standard_normal((7, 12))
    assert compositionality(directions, X, labels) < 0.1 < 0.5 < compositionality(random, X, labels)
    assert compositionality(-directions, X, labels) > 0.5
    assert compositionality(-directions, X, labels, additive=False) < 0.1
    assert compositionality(directions[:3], X, labels) > 0.5  # fewer concepts than labels


def test_what_all_items_share_is_not_composed():
    X, labels, directions = _composed()
    offset = np.ones(X.shape[1])
    all_alike = offset + 0.01 * np.random.default_rng(3).standard_normal(directions.shape)
    assert compositionality(all_alike, X + 100 * offset, labels) > 0.8
    assert compositionality(directions, X, labels) < 0.1


def test_composition_item_by_item():
    X, labels, directions = _composed(40)
    rng = np.random.default_rng(3)
    concepts, labels[:5] = directions + 0.3 * rng.standard_normal(directions.shape), False
    labels[0, 0] = True  # one label is no composition
    left = [
        np.linalg.norm(x - lsq_linear(concepts[has].T, x, (0, np.inf)).x @ concepts[has])
        / np.linalg.norm(x - X.mean(axis=0))
        for x, has in zip(X[5:], labels[5:], strict=True)
    ]
    assert compositionality(concepts, X, labels) == pytest.approx(np.mean(left), rel=1e-6)
    assert np.isnan(compositionality(concepts, X, labels[:, :1]))
