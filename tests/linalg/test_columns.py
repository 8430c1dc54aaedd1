"""Summed columns equal a product with a selector; rows take the largest of what they own."""

import numpy as np
from scipy.sparse import csr_array

from begriff.linalg.sparse_sums import max_rows, sum_columns


def test_equals_a_product_with_a_selector():
    rng = np.random.default_rng(0)
    codes = csr_array(np.where(rng.random((30, 12)) < 0.3, rng.random((30, 12)), 0))
    before = codes.toarray()
    target = rng.integers(0, 12, 12)
    np.testing.assert_allclose(
        sum_columns(codes, target).toarray(), before @ np.eye(12)[target], rtol=1e-12
    )
    np.testing.assert_array_equal(codes.toarray(), before)


def test_without_targets_nothing_is_copied():
    codes = csr_array(np.eye(3))
    assert sum_columns(codes, np.arange(3)) is codes


def test_rows_take_the_largest_of_what_they_own():
    rng = np.random.default_rng(1)
    dense = np.where(rng.random((40, 9)) < 0.3, rng.random((40, 9)), 0).astype(np.float32)
    owner = rng.integers(0, 11, 40)
    owner[owner == 4] = 5  # the fifth row owns nothing
    expected = np.stack(
        [
            dense[owner == i].max(0) if (owner == i).any() else np.zeros(9, np.float32)
            for i in range(12)
        ]
    )
    found = max_rows(csr_array(dense), owner, 12)
    np.testing.assert_array_equal(found.toarray(), expected)
    assert found.has_canonical_format
    assert found.dtype == np.float32
    assert (
        max_rows(csr_array((0, 9), dtype=np.float32), np.array([], dtype=np.int64), 2)
        .toarray()
        .tolist()
        == [[0.0] * 9] * 2
    )
