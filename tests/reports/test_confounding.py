"""A column that goes with the groups is named; one that does not is not."""

import copy

import numpy as np
import pytest

import begriff as bg
from begriff.reports.confounding import confounders, mentioned


class Extended:
    """The table of rows with more columns."""

    def __init__(self, items, more):
        self._items, self._more = items, more

    def column(self, name):
        return self._more[name] if name in self._more else self._items.column(name)

    def take(self, rows, *columns):
        more = [{n: values[r] for n, values in self._more.items()} for r in rows]
        return [{**row, **m} for row, m in zip(self._items.take(rows, *columns), more, strict=True)]

    def __getattr__(self, name):
        return getattr(self._items, name)


@pytest.fixture
def extended(drifting):
    """The drifting corpus with more columns, given as name=(kind, values)."""

    def make(**columns):
        atlas, snapshot = copy.copy(drifting), copy.copy(drifting.snapshot)
        snapshot.__dict__ = {
            k: v for k, v in drifting.snapshot.__dict__.items() if k not in ("times", "time_column")
        }
        snapshot.__dict__["columns"] = {
            **drifting.columns,
            **{n: kind for n, (kind, _) in columns.items()},
        }
        snapshot.__dict__["items"] = Extended(
            drifting.snapshot.items,
            {
                n: np.asarray(v, dtype=object if k == "category" else None)
                for n, (k, v) in columns.items()
            },
        )
        snapshot.__dict__["_columns"] = {}
        atlas._snapshot = snapshot
        return atlas

    return make


@pytest.fixture
def years(drifting):
    return np.asarray(drifting.snapshot.column("year"), dtype=int)


def test_a_venue_of_some_years_alone_is_named_in_trends(extended, years):
    rng = np.random.default_rng(0)
    venue = rng.choice(["acl", "emnlp", "naacl"], len(years)).astype(object)
    alone = (years >= 2004) & (years < 2008) & (rng.random(len(years)) < 0.7)
    venue[alone] = "lrec"
    atlas = extended(
        venue=("category", venue), section=("category", rng.choice(["x", "y"], len(years)))
    )
    found = bg.trends(atlas, "year", spans=0)
    assert [c.column for c in found.confounders] == ["venue"]
    assert found.confounders[0].value == "lrec" and 2004 <= int(found.confounders[0].group) < 2008
    assert "venue 'lrec' is" in str(found) and "section" not in str(found)


def test_a_venue_that_is_spread_over_the_years_is_not(extended, years):
    venue = np.random.default_rng(1).choice(["acl", "emnlp", "lrec"], len(years))
    assert bg.trends(extended(venue=("category", venue)), "year", spans=0).confounders == []


def test_a_year_that_goes_with_the_venues_is_named_in_a_difference(extended, years, drifting):
    early = years < 2004
    rng = np.random.default_rng(2)
    a, b = early & (rng.random(len(years)) < 0.7), ~early & (rng.random(len(years)) < 0.5)
    found = bg.diff(extended(), a=a, b=b)
    assert "year" in {c.column for c in found.confounders}
    assert "what differs may be due to" in str(found)
    mixed = rng.random(len(years)) < 0.5
    assert bg.diff(extended(), a=mixed, b=~mixed).confounders == []


def test_columns_of_the_conditions_are_not_their_own_cause(drifting):
    # the date goes with the year
    assert bg.diff(drifting, a="year < 2005", b="year >= 2015").confounders == []
    found = bg.diff(drifting, a="topic = 'graph'", b="topic = 'speech'")
    assert "topic" not in {c.column for c in found.confounders}


def test_columns_with_hardly_any_values_say_nothing(extended, years):
    award = np.where(years == 2003, "best", None)
    assert bg.trends(extended(award=("category", award)), "year", spans=0).confounders == []


def test_what_cannot_be_told_apart_is_said_so(extended, years):
    atlas = extended(venue=("category", np.where(years < 2010, "old", "new")))
    found = confounders(
        atlas, (years >= 2010).astype(int), ["A", "B"], without=[], numbers=False, balanced=True
    )
    assert len(found) == 1 and str(found[0]).endswith("nothing here tells the two apart.")
    assert any(
        f"venue {v!r} is 100% of {x} and 0% of {y}" in str(found[0])
        for v, x, y in (("old", "A", "B"), ("new", "B", "A"))
    )


def test_columns_that_a_condition_mentions(drifting):
    assert mentioned(drifting, "year < 2005 AND topic = 'date'", None) == {"year", "topic"}
    assert mentioned(drifting, "lower(Topic) = 'x'") == {"topic"}
