"""Coordinate descent reaches the minimum that scipy finds."""

import numpy as np
from scipy.optimize import nnls as reference

from begriff.linalg.nnls import nnls


def test_equals_scipy():
    rng = np.random.default_rng(0)
    A, b = rng.standard_normal((30, 9, 6)), rng.standard_normal((30, 9))
    found = nnls(
        A.transpose(0, 2, 1) @ A, np.einsum("nij,ni->nj", A, b), np.zeros((30, 6)), sweeps=200
    )
    expected = np.stack([reference(a, y)[0] for a, y in zip(A, b, strict=True)])
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert (expected == 0).any()
    assert (expected > 0).any()


def test_a_coordinate_without_curvature_stays_zero():
    gram = np.diag([1.0, 0.0])[None]
    np.testing.assert_allclose(nnls(gram, np.array([[2.0, 5.0]]), np.ones((1, 2))), [[2, 0]])


def test_a_row_does_not_depend_on_its_company():
    rng = np.random.default_rng(1)
    A, b = (
        rng.standard_normal((40, 9, 6)).astype(np.float32),
        rng.standard_normal((40, 9)).astype(np.float32),
    )
    gram, linear = A.transpose(0, 2, 1) @ A, np.einsum("nij,ni->nj", A, b)
    together = nnls(gram, linear, np.zeros((40, 6)))
    for i in range(40):
        np.testing.assert_array_equal(
            nnls(gram[i : i + 1], linear[i : i + 1], np.zeros((1, 6)))[0], together[i]
        )
