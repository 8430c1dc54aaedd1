"""Depth equals its definition, and the test of two corpora errs as often as it says."""

import numpy as np
import pytest

from begriff.analysis.depth import compare_depth, depth


def unit(rng, n, centre=0.0, d=8):
    X = rng.standard_normal((n, d)) + centre * np.eye(d)[0]
    return X / np.linalg.norm(X, axis=1, keepdims=True)


def test_depth_is_two_less_the_mean_cosine_distance():
    rng = np.random.default_rng(0)
    X, F = unit(rng, 7), unit(rng, 13)
    brute = [2 - np.mean([1 - x @ y for y in F]) for x in X]
    np.testing.assert_allclose(depth(X, F), brute)
    own = [2 - np.mean([1 - F[i] @ F[j] for j in range(13) if j != i]) for i in range(13)]
    np.testing.assert_allclose(depth(F, F, own=True), own)


def test_alike_corpora_are_seldom_told_apart_and_unlike_ones_always():
    rng = np.random.default_rng(1)
    p = [compare_depth(unit(rng, 150, 1.5), unit(rng, 90, 1.5)).p for _ in range(200)]
    assert 0.0 <= np.mean(np.array(p) <= 0.05) <= 0.12
    apart = compare_depth(unit(rng, 150, 1.5), unit(rng, 90, 0.3))  # unequal sizes on purpose
    assert apart.p < 1e-6
    assert apart.rank < 0.35
    assert compare_depth(unit(rng, 150, 1.5), unit(rng, 90, 1.5)).rank == pytest.approx(
        0.5, abs=0.1
    )
