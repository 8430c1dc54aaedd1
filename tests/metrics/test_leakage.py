"""A planted leak is found, none is reported where there is none, and the estimate equals known values."""

import numpy as np
import pytest

from begriff.errors import InputError
from begriff.metrics import ctl, icl


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 1200)
    true = np.stack(
        [(y == 0) ^ (rng.random(1200) < 0.2), rng.random(1200) < 0.5, rng.random(1200) < 0.3],
        axis=1,
    ).astype(int)
    return y, true, true + rng.normal(0, 0.15, true.shape)


def test_honest_predictions_do_not_leak_even_where_the_concept_is_about_the_label(data):
    y, true, honest = data
    assert ctl(honest, true, y).max() < 0.05
    assert np.nanmax(icl(honest, true)) < 0.06


def test_a_planted_leak_into_the_label_is_found_in_its_concept_alone(data):
    y, true, honest = data
    leaking = honest.copy()
    leaking[:, 1] += 5 * y
    found = ctl(leaking, true, y)
    assert found[1] > 0.9
    assert found[[0, 2]].max() < 0.05


def test_a_small_leak_lies_between(data):
    y, true, honest = data
    found = [ctl(honest + 0.1 * a * y[:, None] * [0, 1, 0], true, y)[1] for a in (0, 2, 10)]
    assert found[0] + 0.05 < found[1] < found[2] - 0.05


def test_a_planted_leak_between_concepts_is_found_in_its_pair_alone(data):
    _, true, honest = data
    leaking = honest.copy()
    leaking[:, 1] += 4 * true[:, 2]
    found = icl(leaking, true)
    assert found[1, 2] > 0.7
    assert found[1, 2] == found[2, 1]
    assert max(found[0, 1], found[0, 2]) < 0.06
    assert np.isnan(np.diag(found)).all()


def test_a_leak_needs_no_change_of_the_mean(data):
    """Strengths of an absent concept that vary by label leak as well: thresholding them would show nothing."""
    y, true, honest = data
    spread = honest.copy()
    spread[:, 1] = (
        np.where(true[:, 1] == 1, 5, 0)
        + 0.2 * (y - 1)
        + np.random.default_rng(1).normal(0, 0.02, len(y))
    )
    np.testing.assert_array_equal(spread[:, 1] > 2.5, true[:, 1] == 1)
    assert ctl(spread, true, y)[1] > 0.9


def test_information_equals_the_known_value_of_a_perfect_copy(data):
    y, _, _ = data
    constant = np.zeros((len(y), 1), int)
    assert ctl(y[:, None] + np.random.default_rng(0).normal(0, 1e-3, (len(y), 1)), constant, y)[
        0
    ] == pytest.approx(1, abs=0.02)


def test_unit_does_not_matter(data):
    y, true, honest = data
    np.testing.assert_allclose(ctl(honest * 1000, true, y), ctl(honest, true, y), atol=0.02)


def test_a_concept_without_variation_gives_no_pair(data):
    _, true, honest = data
    same = true.copy()
    same[:, 0] = 1
    found = icl(honest, same)
    assert np.isnan(found[0]).all() and np.isfinite(found[1, 2])


def test_what_does_not_fit_is_refused(data):
    y, true, honest = data
    with pytest.raises(InputError, match=r"\(1200, 3\), true ones \(1200, 2\)"):
        ctl(honest, true[:, :2], y)
    with pytest.raises(InputError, match="1200 items have concepts and 7"):
        ctl(honest, true, y[:7])
    with pytest.raises(InputError, match="at least 2 classes"):
        ctl(honest, true, np.zeros(1200))
    with pytest.raises(InputError, match="n_neighbors=3 with 3 items"):
        icl(honest[:3], true[:3])
    with pytest.raises(InputError, match="NaN"):
        icl(np.full((9, 2), np.nan), np.zeros((9, 2)))
