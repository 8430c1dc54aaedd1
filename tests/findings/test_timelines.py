"""What was planted over time comes out: emerging, fading, a burst, a cycle; dates and numbers are cut as a person would."""

import numpy as np
import pytest

import begriff as bg
from begriff import InputError
from begriff.findings.periods import cut


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
    real = drifting.items.column("year")
    shuffled = np.random.default_rng(0).permutation(real)
    monkeypatch.setattr(type(drifting.items), "column", lambda self, name: shuffled)
    kinds = [t.kind for t in bg.trends(drifting, "year", limit=100).trends]
    assert sum(k is not None for k in kinds) <= 3


def test_networks_and_filter(drifting):
    found = bg.trends(drifting, "year", spans=2, where="year >= 2010")
    assert sum(found.items) == 600
    assert len(found.networks) == 2
    assert all(link.npmi > 0 for n in found.networks for link in n.links)


def test_phases_of_adoption():
    from begriff.findings.timelines import _phases

    shares = np.concatenate([np.zeros(5), np.full(15, 0.2)])
    companions = np.concatenate([np.full(5, np.nan), np.full(7, 4.0), np.full(8, 12.0)]) + np.linspace(0, 0.1, 20)
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
    dates = np.asarray(drifting.items.column("date"), dtype="datetime64[M]")
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
