"""Each column is a logistic regression of its own."""

import numpy as np
from scipy.special import expit

from begriff.linalg.platt import platt


def test_it_finds_the_curve_that_the_labels_were_drawn_from():
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((20_000, 3)) * [1, 0.1, 5] + [0, 1, -2]
    slope, offset = np.array([2.0, 30.0, -0.4]), np.array([-1.0, -29.0, 0.5])
    found = platt(scores, rng.random(scores.shape) < expit(scores * slope + offset), ridge=0)
    np.testing.assert_allclose(found[0], slope, rtol=0.08)
    np.testing.assert_allclose(found[1], offset, rtol=0.15)


def test_columns_without_a_choice_stay_finite():
    scores = np.array([[0.0, 1.0, 2.0], [1.0, 1.0, 3.0]])
    slope, offset = platt(scores, np.array([[False, True, True], [True, True, True]]))
    assert np.isfinite(slope).all()
    assert np.isfinite(offset).all()
    assert expit(scores[:, 0] * slope[0] + offset[0])[1] > 0.9
    assert (expit(scores * slope + offset)[:, 2] > 0.99).all()
