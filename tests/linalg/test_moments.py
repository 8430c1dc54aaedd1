"""Running sums equal those of all items at once, wherever the data lie."""

import numpy as np

from begriff.linalg.moments import Moments


def _direct(X, Z):
    x, z = X - X.mean(0), Z - Z.mean(0)
    return x.T @ x, x.T @ z, z.T @ z


def test_equals_all_at_once_for_any_batches():
    rng = np.random.default_rng(0)
    X, Z = rng.standard_normal((3000, 5)), rng.random((3000, 2))
    for cuts in ([], [1, 2, 1500], [2999]):
        moments = Moments.empty(5, 2)
        for x, z in zip(np.split(X, cuts), np.split(Z, cuts), strict=True):
            moments.update(x, z)
        assert moments.n == 3000
        for found, expected in zip(
            (moments.xx, moments.xz, moments.zz), _direct(X, Z), strict=True
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


def test_far_from_the_origin_where_plain_sums_fail():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((4000, 3))
    far = X + 1e7
    found = Moments.empty(3, 3).update(far, far).xx
    expected = _direct(X, X)[0]
    assert abs(found - expected).max() < 1e-4
    plain = far.T @ far - len(far) * np.outer(far.mean(0), far.mean(0))
    assert abs(plain - expected).max() > 1  # the control


def test_targets_that_come_up_later_have_been_zero():
    rng = np.random.default_rng(0)
    X, z = rng.standard_normal((100, 2)), rng.random((100, 1))
    late = np.zeros((100, 2))
    late[60:, 0] = 1
    late[:, 1:] = z
    moments = (
        Moments.empty(2, 1)
        .update(X[:60], z[:60])
        .spread(np.array([1]), 2)
        .update(X[60:], late[60:])
    )
    np.testing.assert_allclose(moments.xz, _direct(X, late)[1], atol=1e-12)
    np.testing.assert_allclose(moments.zz, _direct(X, late)[2], atol=1e-12)
