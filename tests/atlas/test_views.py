"""Facets, pages of items, neighbours, marks, words and distributions of concepts."""

import numpy as np
import pytest

import begriff as bg
from begriff import InputError, NotFoundError
from begriff.search.facets import _facet
from begriff.search.marks import parts_of
from begriff.store.conditions import check_condition
from tests.conftest import TOPICS, BagOfWords, make_rows


@pytest.fixture(scope="module")
def typed(tmp_path_factory):
    """Columns of every kind, with holes."""
    rows = make_rows(240)
    for i, row in enumerate(rows):
        row |= {
            "date": f"20{i % 20:02d}-03-01",
            "open": i % 3 == 0,
            "tags": ["a", "b"] if i % 2 else ["b"],
            "price": i / 7,
        }
        if i % 10 == 0:
            row |= {"price": None, "topic": None, "date": None, "tags": None}
    return bg.build(
        rows, text="body", out=tmp_path_factory.mktemp("typed") / "t.atlas", encoder=BagOfWords()
    )


def test_facets_count_every_item_once(typed):
    found = {f.column: f for f in typed.facets().facets}
    assert {n: f.kind for n, f in found.items() if n in ("topic", "year", "date", "open", "tags", "price")} == {
        "topic": "category", "year": "number", "date": "date", "open": "boolean", "tags": "list", "price": "number"
    }  # fmt: skip
    topics = typed.snapshot.column("topic")
    assert {v.value: v.count for v in found["topic"].values} == {
        t: int((topics == t).sum()) for t in TOPICS
    }
    assert (
        found["topic"].missing == 24 and found["date"].missing == 24 and found["tags"].missing == 24
    )
    assert (
        sum(found["year"].counts) == 240
        and len(found["year"].edges) == len(found["year"].counts) + 1
    )
    assert sum(found["price"].counts) == 216 == sum(found["date"].counts)
    assert {v.value: v.count for v in found["open"].values} == {"true": 80, "false": 160}
    assert {v.value: v.count for v in found["tags"].values} == {"b": 216, "a": 120}


def test_facets_of_a_filter_and_of_the_best_hits(typed):
    inside = typed.facets(where="year < 2005", columns=["year"])
    assert inside.candidates == 60 == sum(inside.facets[0].counts)
    assert max(inside.facets[0].edges) <= 2005
    best = typed.facets(
        "graph node edge laplacian", where="topic IN ('graph', 'speech')", columns=["topic"]
    )
    assert best.scope == "best" and best.candidates == sum(v.count for v in best.facets[0].values)


@pytest.mark.parametrize(
    ("columns", "said"), [(["nosuch"], "no column 'nosuch'"), (["body"], "holds text")]
)
def test_bad_facets(typed, columns, said):
    with pytest.raises(InputError, match=said):
        typed.facets(columns=columns)


def test_pages_of_hits_join_up(atlas):
    whole = [h.id for h in atlas.search("graph", k=30, explain=False)]
    first = atlas.search("graph", k=10, explain=False)
    pages = [
        first,
        *(atlas.search("graph", k=10, after=a, explain=False) for a in (first.next, 20)),
    ]
    assert [h.id for p in pages for h in p] == whole
    assert atlas.search("graph", k=10, after=395, explain=False).next is None
    hybrid = atlas.search("graph", k=4, mode="hybrid")
    again = [atlas.search("graph", k=2, after=a, mode="hybrid") for a in (0, 2)]
    assert [h.id for h in hybrid] == [h.id for p in again for h in p]
    assert [h.parts for h in hybrid] == [h.parts for p in again for h in p]


def test_pages_of_a_concepts_items_join_up(atlas):
    concept = max(atlas.snapshot.concept_records, key=lambda c: c.frequency)
    n = round(concept.frequency * atlas.n_items)
    whole = atlas.concept_items(concept.id, limit=n).items
    assert [e.strength for e in whole] == sorted((e.strength for e in whole), reverse=True) and len(
        whole
    ) == n
    pages = [atlas.concept_items(concept.id, limit=7, after=a) for a in range(0, n, 7)]
    assert [e.id for p in pages for e in p.items] == [e.id for e in whole]
    assert pages[0].next == 7 and pages[-1].next is None
    assert (
        atlas.concept_items(concept.id, order="weakest", limit=1).items[0].strength
        == whole[-1].strength
    )
    spread = atlas.concept_items(concept.id, order="spread", limit=5).items
    assert (spread[0].id, spread[-1].id, len(spread)) == (whole[0].id, whole[-1].id, 5)
    with pytest.raises(InputError, match="order='best'"):
        atlas.concept_items(concept.id, order="best")


def test_neighbours_are_the_nearest_items_without_the_item(atlas):
    id = atlas.snapshot.records([7])[0].id
    found = atlas.neighbours(id, k=5)
    cosine = atlas.item_vectors @ atlas.item_vectors[7]
    cosine[7] = -2
    assert [h.id for h in found] == [r.id for r in atlas.snapshot.records(np.argsort(-cosine)[:5])]
    assert found[0].explanation is not None
    e = found[0].explanation
    assert sum(c.value for c in e.contributions) + e.bias + e.rest == pytest.approx(
        found[0].score, abs=1e-5
    )
    with pytest.raises(NotFoundError, match="no item 'nosuch'"):
        atlas.neighbours("nosuch")


def test_a_concept_says_what_switches_it_on_and_how_strongly(atlas):
    named = next(c for c in atlas.snapshot.concept_records if c.well_named)
    detail = atlas.concept(named.id)
    assert sum(detail.distribution.counts) == round(named.frequency * atlas.n_items)
    vectors = BagOfWords().encode([w for w, _ in detail.words])
    np.testing.assert_allclose(
        vectors @ atlas.components[named.row], [v for _, v in detail.words], atol=1e-3
    )
    assert [v for _, v in detail.words] == sorted((v for _, v in detail.words), reverse=True)


def test_marks_are_parts_of_the_text_whose_own_code_holds_the_concept(atlas):
    row = 3
    text, marks = (
        atlas.snapshot.records([row])[0].text,
        atlas.marks(atlas.snapshot.records([row])[0].id).marks,
    )
    assert "".join(text[m.start : m.end] for m in marks).replace(" ", "") == text.replace(" ", "")
    part = text[marks[0].start : marks[0].end]
    codes = atlas.dictionary.transform(BagOfWords().encode([part]))
    named = {
        int(atlas.snapshot.ids[j]): v
        for j, v in zip(codes.indices.tolist(), codes.data.tolist(), strict=True)
        if j in atlas.snapshot.well_named
    }
    assert {c.concept for c in marks[0].concepts} == set(
        sorted(named, key=named.get, reverse=True)[:5]
    )


def test_parts_cover_a_text_once():
    text = (
        "One. Two words here; three.\n\nA longer sentence that stands alone! And a last one,"
        " without an end"
    )
    parts = parts_of(text)
    assert parts == sorted(parts) and all(a < b for a, b in parts)
    assert "".join(text[a:b] for a, b in parts).split() == "".join(text.split()).split() or "".join(
        "".join(text[a:b].split()) for a, b in parts
    ) == "".join(text.split())


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("", "is empty"),
        ("yeer > 3", "no column; near: year"),
        ("year > 1; DROP TABLE x", "';' at 8"),
        ("year > 1 -- x", "cannot be read|no column"),
        ("repeat('a', 1000000000) = topic", "calls 'repeat'"),
        ("(" * 60 + "year = 1" + ")" * 60, "nested deeper"),
        (" AND ".join(["year = 1"] * 500), "more than 400"),
        ("topic = 'a" + "a" * 60_000 + "'", "at most 50,000"),
        ("_row = 1", "no column"),
        ("EXISTS (SELECT 1)", "calls 'EXISTS'"),
        ('"year" > 1', "at 0"),
        ("topic = 'unclosed", "cannot be read"),
    ],
)
def test_conditions_that_are_refused(condition, said):
    with pytest.raises(InputError, match=said):
        check_condition(condition, ["year", "topic"])


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        (
            "year BETWEEN 2003 AND 2005 AND topic LIKE 'gr%'",
            lambda r: 2003 <= r["year"] <= 2005 and (r["topic"] or "").startswith("gr"),
        ),
        (
            "lower(topic) IN ('graph') OR NOT (year > 2001)",
            lambda r: r["topic"] == "graph" or r["year"] <= 2001,
        ),
        ("topic = 'it''s; --' OR year IS NULL", lambda r: False),
        ("`year` % 2 = 0", lambda r: r["year"] % 2 == 0),
        ("array_has(tags, 'a')", lambda r: r["tags"] is not None and "a" in r["tags"]),
        (
            "starts_with(topic, 'sp') AND abs(year - 2010) < 3",
            lambda r: (r["topic"] or "").startswith("sp") and abs(r["year"] - 2010) < 3,
        ),
        ("date >= date '2010-01-01'", lambda r: r["date"] is not None and r["date"] >= "2010"),
        ("open = true", lambda r: r["open"]),
    ],
)
def test_conditions_that_are_kept(typed, condition, kept):
    wanted = {r.id for r in typed.snapshot.records(range(240)) if kept(r.item)}
    assert {
        r.id for r in typed.snapshot.records(np.flatnonzero(typed.snapshot.where(condition)))
    } == wanted


def test_codes_are_per_item_and_region_codes_per_passage(tmp_path):
    rows = make_rows(120)
    for row, other in zip(rows[::3], rows[1::3], strict=True):
        row["body"] = f"{row['body']} {'filler words ' * 30}{other['body']}"
    atlas = bg.build(
        rows, text="body", out=tmp_path / "long.atlas", encoder=BagOfWords(), dictionary="kmeans"
    )
    assert (
        atlas.region_codes.shape[0]
        == len(atlas.snapshot.spans)
        == len(atlas.vectors)
        > atlas.n_items
    )
    assert atlas.codes.shape == (atlas.n_items, len(atlas.components))
    passages, items = atlas.region_codes.toarray(), atlas.codes.toarray()
    for i in range(atlas.n_items):
        np.testing.assert_array_equal(items[i], passages[atlas.snapshot.spans[:, 0] == i].max(0))


def test_concepts_near_one_come_nearest_first(atlas):
    concept = atlas.concepts[1]
    near = atlas.list_concepts(near=concept.id, include_hidden=True)
    cosines = [float(atlas.components[c.row] @ atlas.components[concept.row]) for c in near]
    assert cosines == sorted(cosines, reverse=True)
    assert concept.id not in [c.id for c in near]
    detail = atlas.concept(concept.id)
    assert [c.id for c in near][:6] == [i for i, _, _ in detail.neighbours]
    assert len(atlas.list_concepts(near=concept.id, limit=3)) == 3


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["March", "January", "March", "December"], ["January", "March", "December"]),
        (["sep", "Feb", "sep"], ["Feb", "sep"]),
        (["Sunday", "Sunday", "Monday"], ["Monday", "Sunday"]),
        (["2020-11", "2020-11", "2019-2"], ["2019-2", "2020-11"]),
        (["10", "10", "2", "1"], ["1", "2", "10"]),
        (["2020 Q3", "2020 Q3", "2020 Q1"], ["2020 Q1", "2020 Q3"]),
        (["may", "anna", "may"], ["may", "anna"]),
        (["100", "200", "200"], ["200", "100"]),
        (["acl", "naacl", "naacl"], ["naacl", "acl"]),
    ],
)
def test_months_and_days_are_counted_in_the_order_of_the_calendar(values, expected):
    assert [
        v.value for v in _facet("month", "category", np.array(values, dtype=object)).values
    ] == expected
