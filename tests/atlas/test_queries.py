"""A vector is searched for as words are; odd words, numbers and vectors are read, or refused in a line."""

import numpy as np
import pytest

import begriff as bg
from begriff import InputError, NotFoundError
from begriff.search.query import read_vector, whole_text
from begriff.search.seeds import resolver_of
from tests.conftest import BagOfWords, make_rows


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """An atlas of vectors, without an encoder."""
    rows = make_rows(120)
    vectors = BagOfWords().encode([r["body"] for r in rows])
    out = tmp_path_factory.mktemp("given") / "given.atlas"
    return (
        bg.build(rows, text="body", out=out, encoder=None, vectors=vectors, dictionary="kmeans"),
        vectors,
    )


def _sum(e):
    return sum(c.value for c in e.contributions) + e.bias + e.rest - e.penalty


def test_a_vector_finds_what_its_words_find(atlas):
    words = atlas.search("graph laplacian", k=20)
    vector = atlas.search(atlas.snapshot.encode_query("graph laplacian"), k=20)
    assert [h.id for h in vector] == [h.id for h in words]
    np.testing.assert_allclose([h.score for h in vector], [h.score for h in words], atol=1e-6)
    assert vector.query.vector
    assert vector.query.text == ""
    assert [h.explanation.gap.named for h in vector] == [h.explanation.gap.named for h in words]


def test_an_atlas_without_an_encoder_is_searched_steered_and_filtered_by_vector(given):
    atlas, vectors = given
    concept = str(int(atlas.snapshot.ids[atlas.snapshot.item_codes[[7]].indices[0]]))
    hits = atlas.search(vectors[7], k=5)
    assert hits[0].id == "item7"
    assert hits[0].score == pytest.approx(1, abs=1e-5)
    steered = atlas.search(
        vectors[7],
        k=5,
        more=[concept],
        less={concept: 0.1},
        has=[concept],
        where="year < 2015",
        after=1,
    )
    for hit in [*hits, *steered]:
        assert _sum(hit.explanation) == pytest.approx(hit.score, abs=1e-5)
    assert all(h.item["year"] < 2015 for h in steered)
    assert atlas.facets(vectors[7], columns=["topic"]).scope == "best"


@pytest.mark.parametrize("length", [1e200, 1e20, 1.0, 1e-30, 1e-200])
def test_any_length_is_a_direction(given, length):
    atlas, vectors = given
    hits = atlas.search(vectors[3].astype(np.float64) * length, k=3)
    assert hits[0].id == "item3"
    assert hits[0].score == pytest.approx(1, abs=1e-5)


def test_whatever_holds_numbers_is_a_vector(given):
    torch = pytest.importorskip("torch")
    atlas, vectors = given
    v = vectors[5]
    kinds = [
        v.tolist(),
        tuple(v.tolist()),
        v.astype(np.float16),
        v[None, :],
        torch.tensor(v, requires_grad=True),
        torch.tensor(v).bfloat16(),
    ]
    kinds += [np.round(v * 1000).astype(np.int64).tolist(), memoryview(v)]
    for query in kinds:
        assert atlas.search(query, k=1)[0].id == "item5", type(query)
    before = v.copy()
    atlas.search(v)
    np.testing.assert_array_equal(v, before)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (np.zeros(48), "is zero"),
        (np.full(48, np.nan), "NaN"),
        ([0.0] * 47 + [float("inf")], "infinity"),
        (np.ones(47), r"shape \(47,\)"),
        (np.ones((3, 48)), r"shape \(3, 48\)"),
        ([], r"shape \(0,\)"),
        (3.0, r"shape \(\)"),
        (None, "shape|no vector"),
        ({"a": 1}, "no vector of numbers"),
        (b"words", "no vector of numbers"),
        (["one", "two"], "list of 2 texts"),
        ([[1.0], [1.0, 2.0]], "no vector of numbers"),
        (np.ones(48) * 1j, "no vector|shape"),
        (" \n", "empty"),
    ],
)
def test_what_is_no_query_is_refused_in_a_line(given, query, said):
    with pytest.raises(InputError, match=said) as e:
        given[0].search(query)
    assert "\n" not in str(e.value)
    if not isinstance(query, str | list) or not query or not isinstance(query[0], str):
        assert isinstance(query, str) or "n_dims=48" in str(e.value)


def test_a_vector_goes_with_mode_dense_alone(given):
    for mode in ("text", "hybrid"):
        with pytest.raises(InputError, match="query is a vector"):
            given[0].search(given[1][0], mode=mode)


def test_the_length_of_a_vector_is_measured_in_float64():
    v = read_vector([3e300, 4e300], 2)
    assert v.dtype == np.float32
    np.testing.assert_allclose(v, [0.6, 0.8], atol=1e-7)


def test_k_above_the_number_of_items_is_for_all_of_them(atlas, given):
    for k in (400, 401, 10**9, np.int64(500)):
        hits = atlas.search("graph", k=k)
        assert len(hits) == 400
        assert hits.next is None
    assert len(atlas.neighbours("item1", k=1000)) == 399
    assert len(given[0].search("graph", mode="text", k=1000)) <= 120
    assert bg.why_not(atlas, "graph", "item1", k=1000).rank <= 400
    for k in (0, -1, True, 1.5, "3", None):
        with pytest.raises(InputError, match="whole number at least 1"):
            atlas.search("graph", k=k)


def test_a_hybrid_search_without_a_word_says_that_vectors_ranked_alone(atlas):
    hits = atlas.search("zzqqq xyzzyx", mode="hybrid", k=5)
    assert len(hits) == 5
    assert "no word" in hits.query.notes[0]
    assert "vectors alone" in str(hits)
    assert atlas.search("graph", mode="hybrid").query.notes == []
    assert "no word" in atlas.search("zzqqq", mode="text").query.notes[0]


def test_half_a_character_is_repaired(atlas):
    assert whole_text("a\ud83d\ude00b") == "a\U0001f600b"
    assert whole_text("a\ud83db") == "a\ufffdb"
    for mode in ("dense", "text", "hybrid"):
        hits = atlas.search(
            "graph \ud83d", mode=mode, k=3, **({} if mode == "text" else {"more": "graph\ude00"})
        )
        assert hits.hits
        hits.model_dump_json()
    with pytest.raises(NotFoundError):
        atlas.item("item\ud83d")


def test_what_a_person_steers_by_stands_at_every_hit_and_adds_up(atlas):
    named = next(c for c in atlas.concepts if c.name and c.well_named)
    plain = {h.id: h.score for h in atlas.search("learning tasks", k=400)}
    more, less = (
        atlas.search("learning tasks", more={named.name: 1.5, "free words": 0.3}, k=30),
        atlas.search("learning tasks", less=named.name),
    )
    q = atlas.snapshot.encode_query("learning tasks")
    length = np.linalg.norm(
        q
        + sum(
            w * resolver_of(atlas.snapshot).direction(n, w).vector
            for n, w in ((named.name, 1.5), ("free words", 0.3))
        )
    )
    for hit in more:
        assert [(s.how, s.name) for s in hit.steering] == [
            ("more", named.label),
            ("more", "free words"),
        ]
        assert plain[hit.id] / length + sum(s.value for s in hit.steering) == pytest.approx(
            hit.score, abs=1e-5
        )
        assert named.name in str(hit)
    for hit in less:
        assert sum(s.value for s in hit.steering) == pytest.approx(
            -hit.explanation.penalty, abs=1e-6
        )
    held = atlas.search("learning", has=named.name, mode="text")
    assert all(h.steering[0].activation > 0 and h.steering[0].value is None for h in held)


def test_less_that_changes_nothing_is_said(atlas):
    named = next(c for c in atlas.concepts if c.name and c.well_named)
    hits = atlas.search("graph node edge", k=5, less={"graph": 0.0})
    assert "changed nothing" in hits.query.notes[0]
    moved = atlas.search(named.name, k=20, less={named.name: 3})
    assert [h.id for h in moved] != [h.id for h in atlas.search(named.name, k=20)]
    assert moved.query.notes == []
