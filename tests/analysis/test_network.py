"""Association and variety against their definitions."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from begriff.analysis.network import cooccurrence, npmi, rarefied


def test_cooccurrence_counts_pairs():
    codes = csr_array(
        random_array((50, 6), density=0.3, rng=np.random.default_rng(0), dtype=np.float32)
    )
    dense = codes.toarray() > 0
    np.testing.assert_array_equal(cooccurrence(codes), dense.T.astype(int) @ dense.astype(int))


def test_npmi_of_together_apart_and_independent():
    a = np.array([1, 1, 0, 0, 0, 0, 0, 0])
    codes = csr_array(np.stack([a, a, np.roll(a, 4), np.tile([1, 0], 4)], 1).astype(float))
    value = npmi(cooccurrence(codes), 8)
    assert value[0, 1] == pytest.approx(1)
    assert value[0, 2] == -1
    assert value[0, 3] == pytest.approx(0)
    assert np.isnan(npmi(np.zeros((2, 2), int), 5)).all()


def test_rarefied_agrees_with_drawing_and_does_not_grow_with_the_corpus():
    rng = np.random.default_rng(1)
    row = np.array([40, 25, 10, 5, 5, 0])
    drawn = [
        len(np.unique(rng.choice(np.repeat(np.arange(6), row), 10, replace=False)))
        for _ in range(4000)
    ]
    assert rarefied(row[None, :], 10)[0] == pytest.approx(np.mean(drawn), abs=0.05)
    assert rarefied(100 * row[None, :], 10)[0] == pytest.approx(
        rarefied(row[None, :], 10)[0], abs=0.15
    )
    assert np.isnan(rarefied(np.array([[3, 3]]), 10)[0])
