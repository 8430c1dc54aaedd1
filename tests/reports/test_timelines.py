"""What was planted over time comes out: emerging, fading, a burst, a cycle; dates and numbers are cut as a person would."""

import numpy as np
import pytest

import begriff as bg
from begriff import InputError
from begriff.reports.periods import cut
from begriff.search.seeds import resolver_of
from tests.conftest import TOPICS, BagOfWords, make_rows


def test_planted_trends(drifting, stands_for):
    found = bg.trends(drifting, "year", limit=100)
    by_name = {t.concept.name: t for t in found.trends}
    assert {by_name[n].kind for n in stands_for("graph")} <= {"emerging", "rising"}
    assert {by_name[n].kind for n in stands_for("speech")} <= {"fading", "falling"}
    assert {by_name[n].burst.period for n in stands_for("bandit")} == {"2013"}
    assert all(by_name[n].burst.z > 4 for n in stands_for("bandit"))
    cyclic = {by_name[n].cycle for n in stands_for("parsing")}
    assert 5 in {round(c) for c in cyclic if c}


def test_intervals_hold_the_share_and_the_plot_draws(drifting, tmp_path):
    pytest.importorskip("matplotlib")
    found = bg.trends(drifting, "year")
    for t in found.trends:
        assert all(a <= s <= b for a, s, b in zip(t.low, t.shares, t.high, strict=True))
    found.plot().savefig(tmp_path / "t.png")
    assert "emerging" in str(found)


def test_a_shuffled_column_has_no_trends(drifting, monkeypatch):
    real = drifting.snapshot.items.column("year")
    shuffled = np.random.default_rng(0).permutation(real)
    monkeypatch.setattr(type(drifting.snapshot.items), "column", lambda self, name: shuffled)
    kinds = [t.kind for t in bg.trends(drifting, "year", limit=100).trends]
    assert sum(k is not None for k in kinds) <= 3


def rows_of_years(n, weight, seed=0, first=2016, years=4):
    """Items of some years; ``weight`` gives the topics' weights in a year."""
    rng = np.random.default_rng(seed)
    rows = make_rows(n, seed)
    for i, row in enumerate(rows):
        year = first + i % years
        names, p = zip(*weight(year).items(), strict=True)
        topic = str(rng.choice(names, p=np.array(p) / sum(p)))
        row.update(
            body=" ".join(rng.choice(TOPICS[topic].split(), 9)),
            year=year,
            topic=topic,
            length=float(round(rng.lognormal(6, 1.5))),
        )
    return rows


@pytest.fixture(scope="module")
def four_years(tmp_path_factory):
    """Speech halves every year of four, graphs double, vision and protein stay; lengths are skewed and tell nothing."""
    rows = rows_of_years(
        800,
        lambda y: {
            "speech": 8 / 2 ** (y - 2016),
            "graph": 2 ** (y - 2016),
            "vision": 4,
            "protein": 4,
        },
    )
    return bg.build(
        rows, text="body", out=tmp_path_factory.mktemp("four") / "four.atlas", encoder=BagOfWords()
    )


def test_four_years_show_no_trend_and_the_report_says_so(four_years):
    found = bg.trends(four_years, "year", limit=100)
    assert {t.kind for t in found.trends} <= {"higher", "lower", "cyclic", None}
    assert "4 periods are too few to show a trend" in str(found)
    topics = np.array(four_years.snapshot.items.column("topic"))
    moved, flat = {"graph": 0, "speech": 0}, []
    for t in found.trends:
        on = (
            four_years.snapshot.item_codes[
                :, [resolver_of(four_years.snapshot).find(t.concept.id).row]
            ]
            .toarray()
            .ravel()
            > 0
        )
        for topic, kind in (("graph", "higher"), ("speech", "lower")):
            if on.sum() >= 40 and (topics[on] == topic).mean() > 0.9:
                moved[topic] += 1
                assert t.kind == kind and (t.last > t.first) == (kind == "higher"), t
        if on.sum() >= 40 and np.isin(topics[on], ["vision", "protein"]).mean() > 0.9:
            flat.append(t.kind)
    assert min(moved.values()) > 0
    assert len(flat) > 3 and sum(kind is not None for kind in flat) <= 1  # the false discovery rate


def test_a_skewed_number_has_no_trends_and_is_no_time(four_years):
    found = bg.trends(four_years, "length", limit=100)
    assert not found.time and "which is no time" in str(found)
    assert not any("e+" in p for p in found.periods) and min(found.items) > 60
    assert sum(t.kind is not None for t in found.trends) <= 3
    assert four_years.snapshot.time_column == "year" and four_years.snapshot.times == ["year"]


def test_kinds_agree_with_the_shares_beside_them(drifting, four_years):
    for found in (
        bg.trends(drifting, "year", limit=100),
        bg.trends(drifting, "date", limit=100),
        bg.trends(four_years, "year", limit=100),
    ):
        for t in found.trends:
            assert t.kind not in ("emerging", "rising", "higher") or t.last > t.first
            assert t.kind not in ("fading", "falling", "lower") or t.last < t.first
            assert t.kind != "peak" or t.burst.share >= 1.5 * t.burst.elsewhere
            assert t.burst.share >= t.burst.elsewhere or t.burst.share == 0


def test_a_peak_is_dated(drifting, stands_for):
    by_name = {t.concept.name: t for t in bg.trends(drifting, "year", limit=100).trends}
    assert {by_name[n].course for n in stands_for("bandit")} == {"peak 2013, lower since"}


def test_the_table_holds_numbers_and_shows_words(drifting):
    found = bg.trends(drifting, "year")
    row = found.to_pandas().iloc[0]
    t = found.trends[0]
    assert (row["id"], row["first"], row["slope"], row["q"]) == (
        t.concept.id,
        t.first,
        t.slope,
        t.q,
    )
    assert found.table().shown.headings[2:4] == ("2000–2005", "2014–2019")
    assert f"{t.first:.1%}" in str(found)


def test_networks_and_filter(drifting):
    found = bg.trends(drifting, "year", spans=2, where="year >= 2010")
    assert sum(found.items) == 600
    assert len(found.networks) == 2
    assert all(link.npmi > 0 for n in found.networks for link in n.links)


def test_phases_of_adoption():
    from begriff.reports.trends import _phases

    shares = np.concatenate([np.zeros(5), np.full(15, 0.2)])
    companions = np.concatenate(
        [np.full(5, np.nan), np.full(7, 4.0), np.full(8, 12.0)]
    ) + np.linspace(0, 0.1, 20)
    labels = [str(2000 + i) for i in range(20)]
    phases = _phases(shares, shares + 0.01, companions, labels)
    assert (phases.integrated, phases.explored) == ("2005", "2012")
    assert phases.companions_after > 2 * phases.companions_before
    flat = np.random.default_rng(0).normal(5, 0.1, 20)
    assert _phases(shares, shares + 0.01, flat, labels).explored is None


def test_periods_of_numbers_and_dates(drifting):
    assert cut(drifting, "year").labels == [str(y) for y in range(2000, 2020)]
    assert cut(drifting, "date").labels[0] == "2000"
    months = cut(drifting, "date", "quarter")
    assert months.labels[:2] == ["2000 Q1", "2000 Q2"]
    assert len(cut(drifting, "year", bins=4).labels) == 4
    dates = np.asarray(drifting.snapshot.items.column("date"), dtype="datetime64[M]")
    month = cut(drifting, "date", "month")
    assert [month.labels[i] for i in month.of[:30]] == [str(d) for d in dates[:30]]


@pytest.mark.parametrize(
    ("by", "options", "said"),
    [
        ("topic", {}, "is a category column; trends need a number or a date: year, date"),
        ("yeer", {}, "near: 'year'"),
        ("year", {"bins": 1}, "bins=1"),
        ("date", {"period": "decade"}, "period='decade'"),
        ("year", {"where": "year = 2003"}, "60 items in 1 periods"),
        ("date", {"period": "day"}, "more than 400"),
        ("year", {"alpha": 0}, "alpha=0"),
        ("year", {"period": "month"}, "cut numbers with bins"),
    ],
)
def test_bad_columns(drifting, by, options, said):
    with pytest.raises(InputError, match=said):
        bg.trends(drifting, by, **options)
