"""Means over the second factor: exact on a product of factors, untouched by how often they go together."""

import numpy as np
import pytest

from begriff.errors import InputError
from begriff.probes import DiffMean, IdealWords


@pytest.fixture
def confounded():
    """Label along axis 0, topic along axes 1 to 4; nine of ten items of topic 0 carry the label, one of ten elsewhere."""
    rng = np.random.default_rng(0)
    topic = rng.integers(4, size=2000)
    y = rng.random(2000) < np.where(topic == 0, 0.9, 0.1)
    X = 0.05 * rng.standard_normal((2000, 8))
    X[:, 0] += y
    X[np.arange(2000), 1 + topic] += 2
    return X, y, topic


def test_without_groups_it_is_the_difference_of_means(planted):
    X, y, _ = planted
    np.testing.assert_array_equal(
        IdealWords().fit(X, y).direction_, DiffMean().fit(X, y).direction_
    )


def test_the_mean_over_groups_of_differences_within(confounded):
    X, y, topic = confounded
    expected = np.mean(
        [X[y & (topic == t)].mean(0) - X[~y & (topic == t)].mean(0) for t in range(4)], axis=0
    )
    found = IdealWords().fit(X, y, groups=topic).direction_
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected), atol=1e-5)


def test_a_second_factor_that_goes_with_the_label_does_not_tilt_it(confounded):
    X, y, topic = confounded
    assert IdealWords().fit(X, y, groups=topic).direction_[0] > 0.999
    assert DiffMean().fit(X, y).direction_[0] < 0.6


def test_groups_with_one_label_are_left_out(confounded):
    X, y, topic = confounded
    kept = ~((topic == 3) & y)
    a = IdealWords().fit(X[kept], y[kept], groups=topic[kept]).direction_
    b = IdealWords().fit(X[topic != 3], y[topic != 3], groups=topic[topic != 3]).direction_
    np.testing.assert_allclose(a, b, atol=1e-5)


def test_groups_that_are_the_labels_are_refused(planted):
    X, y, _ = planted
    with pytest.raises(InputError, match="none of 2 groups"):
        IdealWords().fit(X, y, groups=y.astype(int))
    with pytest.raises(InputError, match="5 groups for 600"):
        IdealWords().fit(X, y, groups=np.arange(5))
    with pytest.raises(InputError, match="sample_weight"):
        IdealWords().fit(X, y, np.ones(3), groups=np.arange(600) % 2)
