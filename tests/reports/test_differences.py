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
        return " OR ".join(
            f"id = 'item{i}'" for i in np.random.default_rng(rest).choice(1200, 300, replace=False)
        )

    called = [bg.diff(drifting, a=parity(s), b=f"NOT ({parity(s)})").called for s in range(8)]
    assert sum(c > 0 for c in called) <= 2


def test_two_atlases(drifting, tmp_path):
    other = bg.build(
        make_rows(300), text="body", out=tmp_path / "other.atlas", encoder=BagOfWords()
    )
    found = bg.diff(drifting, other)
    assert (found.a.name, found.b.name) == ("drift.atlas", "other.atlas")
    assert found.called > 0
    same = bg.diff(drifting, bg.open(drifting.path, encoder=BagOfWords()))
    assert same.called == 0


def test_near_duplicates_and_templates_are_flagged(tmp_path):
    rows = make_rows(400)
    for i in range(0, 400, 8):
        rows[i]["body"] = (
            "protein folding residue enzyme molecule amino chain structure this is order number 7"
            " for you"
        )
    atlas = bg.build(rows, text="body", out=tmp_path / "d.atlas", encoder=BagOfWords())
    repeated = " OR ".join(f"id = 'item{i}'" for i in range(0, 400, 4))
    flags = [f for c in bg.diff(atlas, a=f"NOT ({repeated})", b=repeated).changes for f in c.flags]
    assert any("near-duplicates" in f for f in flags)
    assert any("template" in f and "order number 0" in f for f in flags)
    clean = bg.build(make_rows(400), text="body", out=tmp_path / "c.atlas", encoder=BagOfWords())
    assert not any(
        c.flags for c in bg.diff(clean, a="topic = 'graph'", b="topic = 'speech'").changes
    )


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
    assert found.untestable == len(drifting.snapshot.concept_records)
    assert "no verdict" in str(found)


def test_atlases_of_other_encoders_are_refused_and_a_way_out_is_named(drifting, tmp_path):
    rows = make_rows(200)
    other = bg.build(
        rows,
        text="body",
        out=tmp_path / "v.atlas",
        encoder=None,
        vectors=BagOfWords().encode([r["body"] for r in rows]),
    )
    with pytest.raises(InputError, match="begriff conceptualize"):
        bg.diff(drifting, other)


def test_a_report_prints_draws_and_speaks_json(drifting, tmp_path):
    pytest.importorskip("matplotlib")
    found = bg.diff(drifting, a="year < 2007", b="year >= 2013")
    assert found.table().columns[0] == "verdict"
    assert found.to_markdown().count("|") > 50
    assert (
        found._repr_html_().count("<table") == 1
        and "<pre" not in found._repr_html_()
        and "<html" not in found._repr_html_()
    )
    found.plot().savefig(tmp_path / "x.svg")
    assert type(found).model_validate_json(found.model_dump_json()) == found


def test_the_side_is_always_said(drifting):
    found = bg.diff(drifting, a="topic = 'graph'", b="topic = 'speech'")
    for c in found.changes:
        more, less = ("B", c.share_a) if c.effect > 0 else ("A", c.share_b)
        assert c.verdict == (f"only in {more}" if less == 0 else f"more in {more}")
        assert (c.share_b > c.share_a) == (more == "B")
    assert {c.verdict[-1] for c in found.changes} == {"A", "B"}
    assert not any(
        w in str(found) for w in ("suppressed", "exaggerated", "missing", "rose", "fell", "Depth")
    )
    one = next(c for c in found.changes if c.verdict == "more in A")
    ratio = one.share_a / one.share_b
    assert f"more in A (×{ratio:,.0f})" in str(found) or f"more in A (×{ratio:.1f})" in str(found)


def test_rose_and_fell_are_for_periods_in_their_order(drifting):
    forward = bg.diff(drifting, a="year < 2007", b="year >= 2013", limit=200)
    assert {c.verdict for c in forward.changes} <= {"rose", "fell", "only in A", "only in B"}
    assert all(
        (c.verdict == "rose") == (c.effect > 0)
        for c in forward.changes
        if c.verdict in ("rose", "fell")
    )
    assert "from A to B, the later period" in str(forward)
    for a, b in (
        ("year >= 2013", "year < 2007"),
        ("year < 2007 AND topic = 'graph'", "year >= 2013"),
        ("year = 2000 OR year = 2019", "year = 2010"),
    ):
        assert not {c.verdict for c in bg.diff(drifting, a=a, b=b).changes} & {"rose", "fell"}


def test_tables_hold_numbers_and_ids_and_whole_examples(drifting):
    import csv
    import io

    import pyarrow as pa

    found = bg.diff(drifting, a="topic = 'graph'", b="topic = 'speech'")
    rows = list(csv.DictReader(io.StringIO(found.table().to_csv())))
    for row, c in zip(rows, found.changes, strict=True):
        assert (float(row["share_a"]), float(row["effect"]), float(row["q"])) == (
            c.share_a,
            c.effect,
            c.q,
        )
        assert int(row["id"]) == c.concept.id and row["concept"] == c.concept.name
        shown = (c.examples_b if c.effect > 0 else c.examples_a)[0]
        assert (row["example_id"], row["example"]) == (shown.id, shown.text)
    assert pa.table(found).num_rows == len(found.to_polars()) == len(found.changes)
    assert found.to_pandas()["share_a"].dtype == float
