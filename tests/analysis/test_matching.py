"""A shuffled, slightly moved dictionary is matched row by row; random directions are not."""

import numpy as np
from scipy.sparse import csr_array

from begriff.analysis.matching import match, overlap


def directions(n=40, d=24, seed=0):
    X = np.random.default_rng(seed).standard_normal((n, d))
    return X / np.linalg.norm(X, axis=1, keepdims=True)


def test_a_permutation_is_recovered_and_random_directions_match_nothing():
    old = directions()
    order = np.random.default_rng(1).permutation(40)
    new = old[order] + 0.05 * directions(seed=2)
    new /= np.linalg.norm(new, axis=1, keepdims=True)
    found = match(old, new)
    assert found.old.tolist() == order.tolist()
    assert (match(old, directions(seed=3)).old >= 0).mean() < 0.1
    np.testing.assert_allclose(found.cosine, (old[order] * new).sum(1))


def test_codes_decide_between_directions_that_are_alike():
    old = np.array([[1.0, 0.0], [0.9, np.sqrt(1 - 0.81)]])
    new = old.copy()
    swapped = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert match(old, new).old.tolist() == [0, 1]
    assert match(old, new, swapped).old.tolist() == [1, 0]


def test_more_new_than_old_leaves_some_unmatched():
    old = directions(10)
    found = match(old, np.concatenate([old, directions(5, seed=9)]))
    assert found.old[:10].tolist() == list(range(10))
    assert (found.old[10:] == -1).all()


def test_overlap_shares():
    old = csr_array(np.array([[1, 0], [1, 0], [1, 1], [0, 1]], dtype=float))
    new = csr_array(np.array([[1.0], [1.0], [0.0], [0.0]]))
    held, taken = overlap(old, new)
    np.testing.assert_allclose(held, [[2 / 3], [0]])
    np.testing.assert_allclose(taken, [[1], [0]])
