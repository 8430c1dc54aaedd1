"""Numbers that are times are told from numbers that only look like them."""

import numpy as np
import pytest

from begriff.analysis.calendar import moments, named_like_time, years


@pytest.mark.parametrize(
    "name",
    [
        "year",
        "pub_year",
        "pubYear",
        "publicationyear",
        "Jahr",
        "created_utc",
        "createdAt",
        "release date",
        "timestamp",
        "YYYYMM",
    ],
)
def test_words_for_time(name):
    assert named_like_time(name)


@pytest.mark.parametrize(
    "name",
    [
        "length",
        "runtime",
        "lifetime_value",
        "num_updates",
        "monday",
        "sentiment",
        "days_open",
        "tsne_x",
        "",
        "42",
    ],
)
def test_other_words(name):
    assert not named_like_time(name)


def test_years_are_whole_numbers_of_four_digits():
    assert years([1987, 2025, float("nan")])
    assert (
        not years([1987.5, 2000])
        and not years([120, 2000])
        and not years([2000, 14810])
        and not years([])
        and not years([np.nan])
    )


@pytest.mark.parametrize(
    ("numbers", "first"),
    [
        ([201605, 201612], "2016-05-01T00:00:00"),
        ([20160531, 20170101], "2016-05-31T00:00:00"),
        ([1_500_000_000, 1_600_000_000.5], "2017-07-14T02:40:00"),
        ([1_500_000_000_000, 1_600_000_000_000], "2017-07-14T02:40:00"),
    ],
)
def test_moments_that_are_written_as_numbers(numbers, first):
    found = moments([*numbers, float("nan")])
    assert str(found[0]) == first and np.isnat(found[2]) and not np.isnat(found[1])


@pytest.mark.parametrize(
    "numbers",
    [
        [201605, 201613],
        [20160531, 20160631],
        [20160000],
        [201605, 20160531],
        [12, 14810],
        [-201605],
        [2016.5],
        [],
    ],
)
def test_numbers_that_are_no_moments(numbers):
    assert moments(numbers) is None
