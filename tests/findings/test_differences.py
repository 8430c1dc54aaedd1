"""Planted differences are called, permuted labels are not; every report prints, draws and speaks JSON."""

import numpy as np
import pytest

import begriff as bg
from begriff import InputError
from tests.conftest import BagOfWords, make_rows


def test_planted_differences_are_called_with_their_sign(drifting, stands_for):
    found = bg.diff(drifting, a="year < 2007", b="year >= 2013", limit=200)
    effect = {c.concept.name: c.effect for c in found.changes}
    assert stands_for("graph") and all(effect[n] > 0 for n in stands_for("graph"))
    assert stands_for("speech") and all(effect[n] < 0 for n in stands_for("speech"))
    assert found.changes[0].examples_a or found.changes[0].examples_b
    assert (found.a.items, found.b.items) == (420, 420)


def test_permuted_labels_are_not_called(drifting):
    def parity(rest):
        return " OR ".join(f"id = 'item{i}'" for i in np.random.default_rng(rest).choice(1200, 300, replace=False))

    called = [bg.diff(drifting, a=parity(s), b=f"NOT ({parity(s)})").called for s in range(8)]
    assert sum(c > 0 for c in called) <= 2


def test_two_atlases(drifting, tmp_path):
    other = bg.build(make_rows(300), text="body", out=tmp_path / "other.atlas", encoder=BagOfWords())
    found = bg.diff(drifting, other)
    assert (found.a.name, found.b.name) == ("drift.atlas", "other.atlas")
    assert found.called > 0
    same = bg.diff(drifting, bg.open(drifting.path, encoder=BagOfWords()))
    assert same.called == 0


def test_near_duplicates_and_templates_are_flagged(tmp_path):
    rows = make_rows(400)
    for i in range(0, 400, 8):
        rows[i]["body"] = "protein folding residue enzyme molecule amino chain structure this is order number 7 for you"
    atlas = bg.build(rows, text="body", out=tmp_path / "d.atlas", encoder=BagOfWords())
    repeated = " OR ".join(f"id = 'item{i}'" for i in range(0, 400, 4))
    flags = [f for c in bg.diff(atlas, a=f"NOT ({repeated})", b=repeated).changes for f in c.flags]
    assert any("near-duplicates" in f for f in flags)
    assert any("template" in f and "order number 0" in f for f in flags)
    clean = bg.build(make_rows(400), text="body", out=tmp_path / "c.atlas", encoder=BagOfWords())
    assert not any(c.flags for c in bg.diff(clean, a="topic = 'graph'", b="topic = 'speech'").changes)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"a": "year < 1900", "b": "year > 2000"}, "group A .year < 1900. is empty: 0 of 1,200"),
        ({"a": "year < 2010", "b": "year > 2005"}, "share 240 items"),
        ({}, "two groups"),
        ({"a": "yeer < 2010", "b": "year > 2010"}, "names 'yeer', which is no column; near: year"),
        ({"a": "year < 2010", "b": "year > 2010", "alpha": 2}, "alpha=2"),
        ({"a": "year < 2010", "b": "year > 2010", "limit": 0}, "limit=0"),
    ],
)
def test_bad_groups(drifting, options, said):
    with pytest.raises(InputError, match=said):
        bg.diff(drifting, **options)


def test_too_few_items_give_no_verdict(drifting):
    found = bg.diff(drifting, a="id = 'item1'", b="id = 'item2'")
    assert (found.called, found.tested) == (0, 0)
    assert found.untestable == len(drifting.concept_records)
    assert "no verdict" in str(found)


def test_atlases_of_other_encoders_are_refused_and_a_way_out_is_named(drifting, tmp_path):
    rows = make_rows(200)
    other = bg.build(rows, text="body", out=tmp_path / "v.atlas", encoder=None, vectors=BagOfWords().encode([r["body"] for r in rows]))
    with pytest.raises(InputError, match="begriff conceptualize"):
        bg.diff(drifting, other)


def test_a_report_prints_draws_and_speaks_json(drifting, tmp_path):
    pytest.importorskip("matplotlib")
    found = bg.diff(drifting, a="year < 2007", b="year >= 2013")
    assert found.table().columns[0] == "verdict"
    assert found.to_markdown().count("|") > 50
    assert "<pre>" in found._repr_html_()
    found.plot().savefig(tmp_path / "x.svg")
    assert type(found).model_validate_json(found.model_dump_json()) == found
