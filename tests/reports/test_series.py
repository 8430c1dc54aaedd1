"""One concept over time, lists with courses, a concept's place in its family."""

import numpy as np
import pytest

import begriff as bg
from begriff import InputError
from begriff.reports.series import series, timed_concepts
from begriff.reports.tree import family_list, kin
from begriff.reports.trends import count


def test_a_course_is_the_share_of_each_periods_items(drifting):
    concept = max(drifting.snapshot.concept_records, key=lambda c: c.frequency)
    found = series(drifting, concept.id, "year")
    years, held = (
        np.asarray(drifting.snapshot.column("year")),
        drifting.snapshot.item_codes[:, [concept.row]].toarray().ravel() > 0,
    )
    assert found.periods == [str(y) for y in range(2000, 2020)]
    np.testing.assert_allclose(
        found.shares, [held[years == y].mean() for y in range(2000, 2020)], atol=1e-9
    )
    assert all(
        low <= s <= high for low, s, high in zip(found.low, found.shares, found.high, strict=True)
    )


def test_planted_courses_rise_and_fall(drifting, stands_for):
    counts = count(drifting, "year")
    listed = timed_concepts(drifting, counts, sort="trend", limit=500)
    rise = {c.label: c.trend for c in listed}
    assert all(rise[n] > 0 for n in stands_for("graph")) and all(
        rise[n] < 0 for n in stands_for("speech")
    )
    names = [c.label for c in listed]
    assert max(names.index(n) for n in stands_for("graph")) < min(
        names.index(n) for n in stands_for("speech")
    )
    assert listed.periods == counts.periods.labels and len(listed[0].sparkline) == len(
        listed.periods
    )
    assert series(drifting, listed[0].id, counts=counts).shares == pytest.approx(
        listed[0].sparkline, abs=1e-4
    )


def test_lists_with_courses_page_and_search_like_others(drifting):
    counts = count(drifting, "year")
    plain, timed = drifting.list_concepts(limit=5), timed_concepts(drifting, counts, limit=5)
    assert [c.id for c in plain] == [c.id for c in timed] and plain.next == timed.next
    pages = [timed_concepts(drifting, counts, sort="trend", limit=9, after=a) for a in (0, 9)]
    whole = timed_concepts(drifting, counts, sort="trend", limit=18)
    assert [c.id for p in pages for c in p] == [c.id for c in whole]
    assert timed_concepts(drifting, counts, sort="trend", limit=2, examples=True)[0].strongest


def test_the_default_column_looks_like_a_time(drifting, atlas):
    assert (drifting.snapshot.time_column, atlas.snapshot.time_column) == ("date", "year")
    assert series(drifting, drifting.snapshot.concept_records[0].id).by == "date"


@pytest.mark.parametrize(
    ("column", "offered"),
    [
        ("pubYear", True),
        ("created", True),
        ("length", False),
        ("lifetime", False),
        ("month", False),
        ("updates", False),
    ],
)
def test_a_number_is_offered_as_time_by_its_name_and_its_values(tmp_path, column, offered):
    from tests.conftest import BagOfWords, make_rows

    values = {
        "pubYear": 2010,
        "created": 1_500_000_000,
        "length": 2000,
        "lifetime": 1990,
        "month": 1,
        "updates": 2010,
    }
    rows = [
        {"id": r["id"], "body": r["body"], column: values[column] + i % 9}
        for i, r in enumerate(make_rows(80))
    ]
    atlas = bg.build(
        rows,
        text="body",
        out=tmp_path / "p.atlas",
        encoder=BagOfWords(),
        dictionary="kmeans",
        layout=False,
    )
    assert atlas.snapshot.time_column == (column if offered else None) == atlas.info().time


def test_a_course_without_time_is_refused(tmp_path):
    from tests.conftest import BagOfWords, make_rows

    rows = [{"id": r["id"], "body": r["body"]} for r in make_rows(80)]
    plain = bg.build(rows, text="body", out=tmp_path / "p.atlas", encoder=BagOfWords())
    with pytest.raises(InputError, match="no column of this atlas looks like a time"):
        series(plain, 0)


def test_a_concept_stands_in_its_family(drifting):
    found = family_list(drifting)
    assert found
    family = found[0]
    root = kin(drifting, int(drifting.snapshot.ids[family.root]), found=found)
    assert not root.above and {n.concept.id for n in root.below} == {
        int(drifting.snapshot.ids[r]) for r in family.children[family.root]
    }
    child = family.children[family.root][0]
    place = kin(drifting, int(drifting.snapshot.ids[child]), found=found)
    assert place.above[-1].id == int(drifting.snapshot.ids[family.root])
    assert {c.id for c in place.beside} == {
        int(drifting.snapshot.ids[r]) for r in family.children[family.root] if r != child
    }
    alone = next(
        c for c in drifting.snapshot.concept_records if all(c.row not in f.members for f in found)
    )
    assert kin(drifting, alone.id, found=found).model_dump(exclude={"concept"}) == {
        "above": [],
        "below": [],
        "beside": [],
    }
