"""How far one grouping determines another: 1 and 0 at the ends, no more than chance for independent ones, however many values."""

import numpy as np
import pytest

from begriff.analysis.association import associate


def test_one_that_determines_the_other_has_strength_one():
    value = np.random.default_rng(0).integers(0, 8, 800)
    group = (value >= 5).astype(int)
    for balanced in (False, True):
        assert associate(group, value, balanced=balanced).strength == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(("n_groups", "n_values"), [(2, 2), (2, 60), (12, 30)])
def test_independent_ones_have_next_to_none(n_groups, n_values):
    rng = np.random.default_rng(1)
    group, value = rng.choice(n_groups, 600), rng.integers(0, n_values, 600)
    group[:n_groups] = np.arange(n_groups)
    for balanced in (False, True):
        assert associate(group, value, balanced=balanced).strength < 0.3


def test_a_value_of_one_group_alone_is_named():
    rng = np.random.default_rng(2)
    year = rng.integers(0, 4, 2000)
    venue = rng.integers(1, 5, 2000)
    venue[(year == 1) & (rng.random(2000) < 0.4)] = 0
    found = associate(year, venue)
    assert (found.value, found.group) == (0, 1)
    assert found.here == pytest.approx(0.4, abs=0.05) and found.elsewhere == 0
    assert found.strength > 0.5


def test_a_small_group_counts_as_much_as_a_large_one_where_they_are_balanced():
    group = np.repeat([0, 1], [50, 5000])
    value = np.concatenate([np.ones(50, int), (np.arange(5000) % 4 == 0).astype(int)])
    assert (
        associate(group, value, balanced=True).strength
        > 0.7
        > 0.3
        > associate(group, value).strength
    )


def test_single_groups_and_values_are_nothing():
    assert (
        associate(np.zeros(9, int), np.arange(9)).strength
        == 0
        == associate(np.arange(9), np.zeros(9, int)).strength
    )
