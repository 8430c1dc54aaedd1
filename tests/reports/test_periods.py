"""Columns are cut as a person would: by the calendar, or into parts of equally many items, with labels as people write them."""

from types import SimpleNamespace

import numpy as np
import pytest

from begriff.reports.periods import cut, joined


def atlas_of(kind, values):
    columns, items = {"x": kind}, SimpleNamespace(column=lambda _: np.asarray(values))
    return SimpleNamespace(columns=columns, snapshot=SimpleNamespace(columns=columns, items=items))


def test_a_skewed_number_is_cut_into_parts_of_equally_many_items():
    values = np.round(np.random.default_rng(0).lognormal(6, 1.5, 2000))
    periods = cut(atlas_of("number", values), "x")
    counts = np.bincount(periods.of)
    assert len(periods.labels) == 10 and counts.min() > 150 and counts.max() < 250
    assert not periods.time
    assert not any("e+" in label for label in periods.labels)
    assert periods.labels[-1].endswith(f"–{values.max():,.0f}")
    middle = [np.median(values[periods.of == p]) for p in range(10)]
    assert middle == sorted(middle)


def test_a_value_that_most_items_share_stays_in_one_part():
    values = np.concatenate([np.zeros(1500), np.arange(1, 501) * 37.5])
    periods = cut(atlas_of("number", values), "x", bins=5)
    assert len(set(periods.of[:1500].tolist())) == 1
    assert len(set(periods.labels)) == len(periods.labels) >= 2


@pytest.mark.parametrize(
    "values",
    [
        np.linspace(0.00021, 0.00043, 90),
        1234 + np.linspace(0, 0.9, 90),
        np.linspace(-5, 5, 90),
        np.logspace(-9, 12, 90),
    ],
)
def test_labels_tell_parts_apart(values):
    labels = cut(atlas_of("number", values), "x", bins=6).labels
    assert len(set(labels)) == 6


def test_years_have_a_period_each_and_long_times_have_spans():
    assert cut(atlas_of("number", [2019, 2016, np.nan, 2018]), "x").labels == [
        "2016",
        "2017",
        "2018",
        "2019",
    ]
    centuries = cut(atlas_of("number", np.arange(1803, 2021)), "x")
    assert (
        centuries.labels[:2] == ["1800–1804", "1805–1809"] and centuries.labels[-1] == "2020–2024"
    )
    assert (np.bincount(centuries.of)[1:-1] == 5).all()
    assert cut(atlas_of("number", np.arange(2000, 2021)), "x", bins=4).labels == [
        "2000–2005",
        "2006–2011",
        "2012–2017",
        "2018–2020",
    ]


def test_numbers_that_are_moments_are_cut_by_the_calendar():
    seconds = np.datetime64("2020-01-15T00:00:00").astype(np.int64) + np.arange(400) * 86400 * 3
    assert cut(atlas_of("number", seconds), "x").labels[0] == "2020 Q1"
    assert cut(atlas_of("number", seconds), "x", period="year").labels == [
        "2020",
        "2021",
        "2022",
        "2023",
    ]
    assert cut(atlas_of("number", [201601, 201602, 201604] * 20), "x", period="month").labels == [
        "2016-01",
        "2016-02",
        "2016-03",
        "2016-04",
    ]


def test_dates_are_cut_no_finer_than_items_allow():
    days = np.datetime64("2016-01-01") + np.linspace(0, 4 * 365, 60).astype(int)
    assert cut(atlas_of("date", days.astype("datetime64[s]")), "x").labels == [
        "2016",
        "2017",
        "2018",
        "2019",
    ]
    many = np.datetime64("2016-01-01") + np.linspace(0, 4 * 365, 2000).astype(int)
    assert len(cut(atlas_of("date", many.astype("datetime64[s]")), "x").labels) == 16


def test_ratings_have_a_part_each_and_rare_whole_numbers_do_not():
    assert cut(atlas_of("number", np.tile([1, 2, 3, 4, 5], 20)), "x").labels == [
        "1",
        "2",
        "3",
        "4",
        "5",
    ]
    rare = cut(atlas_of("number", np.concatenate([np.tile([0, 1, 2], 50), np.arange(3, 40)])), "x")
    assert len(rare.labels) <= 10


def test_thin_ends_are_joined_and_nothing_is_lost():
    values = np.repeat([1987, 1989, 1990, 1991, 1992, 1995], [3, 4, 5, 30, 40, 2])
    periods = cut(atlas_of("number", values), "x").inside(np.ones(len(values), bool))
    assert periods.labels == ["1987–1990", "1991", "1992–1995"]
    assert np.bincount(periods.of).tolist() == [12, 30, 42]
    some = cut(atlas_of("number", values), "x").inside(values < 1991)
    assert (some.of >= 0).sum() == 12
    none = cut(atlas_of("number", values), "x").inside(np.zeros(len(values), bool))
    assert none.labels == [] and (none.of == -1).all()


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2016", "2016", "2016"),
        ("1987–1990", "1995", "1987–1995"),
        ("2016-01", "2016-04", "2016-01 to 2016-04"),
        ("-5 to -2", "3", "-5 to 3"),
        ("2016 Q1", "2016 Q3", "2016 Q1 to 2016 Q3"),
    ],
)
def test_labels_of_neighbours_join(first, last, said):
    assert joined(first, last) == said


def test_no_values_are_no_periods():
    for kind, values in (
        ("number", [np.nan] * 3),
        ("date", np.array(["NaT"] * 3, dtype="datetime64[s]")),
    ):
        periods = cut(atlas_of(kind, values), "x")
        assert periods.labels == [] and periods.inside(np.ones(3, bool)).labels == []
