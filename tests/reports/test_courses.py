"""Words for a course agree with the shares beside them, whatever the shares are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from begriff.reports.trend_words import ENOUGH, Course, describe, ends, peaks

N = 400


def course(shares, moves=0, stands_out=False, cycle=None, time=True, totals=None):
    totals = np.full(len(shares), N) if totals is None else np.asarray(totals)
    active = np.round(np.asarray(shares) * totals).astype(int)
    labels = [str(2000 + i) for i in range(len(shares))]
    return Course(
        active,
        totals,
        labels,
        int(np.argmax(active / np.maximum(totals, 1))),
        moves,
        cycle,
        stands_out,
        time,
    )


def test_planted_courses_get_their_names():
    assert describe(course(np.linspace(0.02, 0.2, 9), 1)) == ("emerging", "rising ×4.2")
    assert describe(course(np.linspace(0.10, 0.16, 9), 1))[0] == "rising"
    assert describe(course(np.linspace(0.2, 0.02, 9), -1)) == ("fading", "falling ÷4.2")
    assert describe(course([0, 0, 0, 0.01, 0.05, 0.1, 0.1, 0.1, 0.1], 1)) == (
        "emerging",
        "rising from 0",
    )
    assert describe(course([0.05] * 4 + [0.3] + [0.05] * 4, 0, True)) == (
        "peak",
        "peak 2004, lower since",
    )
    assert describe(course([0.05] * 9)) == (None, "no clear change")
    assert describe(course([0.05, 0.2] * 6, cycle=2.0)) == ("cyclic", "returns every 2 periods")
    assert (
        describe(course([0.1, 0.12, 0.1, 0.2, 0.6, 0.3, 0.1, 0.05, 0.05], -1, True))[1]
        == "peak 2004, lower since"
    )
    assert (
        describe(course([0.2, 0.25, 0.2, 0.3, 0.2, 0.1, 0.05, 0.04, 0.03], -1, True))[1]
        == "falling ÷5.4, peak 2003, lower since"
    )


def test_few_periods_show_no_trend_and_no_peak():
    assert describe(course([0.05, 0.05, 0.05, 0.05], 0, True)) == (None, "no clear change")
    assert describe(course([0.178, 0.1, 0.05, 0.03], -1, True))[0] == "lower"
    assert describe(course([0.03, 0.3, 0.03, 0.03], 0, True)) == (None, "no clear change")
    assert describe(course([0.02, 0.03, 0.2], 1)) == ("higher", "higher ×10")


def test_a_peak_of_a_number_that_is_no_time_has_no_since():
    assert describe(course([0.05] * 4 + [0.3] + [0.05] * 4, 0, True, time=False)) == (
        "peak",
        "peak 2004",
    )
    assert describe(course([0.05] * 8 + [0.3], 0, True)) == ("peak", "peak 2008")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=3, max_size=20),
    st.sampled_from([-1, 0, 1]),
    st.booleans(),
    st.sampled_from([None, 4.0]),
)
def test_words_never_contradict_the_shares(shares, moves, stands_out, cycle):
    c = course(shares, moves, stands_out, cycle)
    kind, words = describe(c)
    first, last = c.ends
    if kind in ("emerging", "rising", "higher"):
        assert last > first and moves > 0 and words.startswith(("rising", "higher"))
    if kind in ("fading", "falling", "lower"):
        assert last < first and moves < 0 and words.startswith(("falling", "lower"))
    if "lower since" in words:
        share = c.active / c.totals
        assert share[c.peak + 1 :].mean() < share[c.peak] == share.max()
    if len(shares) < ENOUGH:
        assert kind in (None, "higher", "lower", "cyclic")


def test_flat_shares_have_no_leading_peak_and_a_planted_one_has():
    rng = np.random.default_rng(0)
    totals = rng.integers(100, 300, 12)
    flat = rng.binomial(totals[:, None], 0.1, (12, 500))
    assert peaks(flat, totals)[1].mean() < 0.25  # candidates only: the reach decides
    share = np.full(12, 0.05)
    share[4] = 0.25
    at, leads, z = peaks(rng.binomial(totals[:, None], share[:, None], (12, 100)), totals)
    assert (at == 4).all() and leads.all() and (z > 4).all()


def test_a_period_of_few_items_is_no_peak():
    totals = np.array([200, 3, 200, 200])
    assert peaks(np.array([[10], [3], [12], [40]]), totals)[0].tolist() == [3]


@pytest.mark.parametrize(
    ("n", "first", "last"),
    [
        (4, slice(0, 1), slice(3, 4)),
        (9, slice(0, 3), slice(6, 9)),
        (20, slice(0, 6), slice(14, 20)),
    ],
)
def test_ends_are_thirds_or_single_periods(n, first, last):
    assert ends(np.full(n, 5)) == (first, last)
