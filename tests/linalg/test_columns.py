"""Summed columns equal a product with a selector."""

import numpy as np
from scipy.sparse import csr_array

from begriff.linalg.columns import sum_columns


def test_equals_a_product_with_a_selector():
    rng = np.random.default_rng(0)
    codes = csr_array(np.where(rng.random((30, 12)) < 0.3, rng.random((30, 12)), 0))
    before = codes.toarray()
    target = rng.integers(0, 12, 12)
    np.testing.assert_allclose(sum_columns(codes, target).toarray(), before @ np.eye(12)[target], rtol=1e-12)
    np.testing.assert_array_equal(codes.toarray(), before)


def test_without_targets_nothing_is_copied():
    codes = csr_array(np.eye(3))
    assert sum_columns(codes, np.arange(3)) is codes
