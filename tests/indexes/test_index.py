"""Exact search equals a sort; word scores are BM25 and split over words."""

import json

import numpy as np
import pytest
import tantivy

from begriff.errors import AtlasError
from begriff.indexes import ExactIndex
from begriff.indexes.terms import RECIPE
from begriff.indexes.words import WordIndex


def test_every_vector_is_a_candidate_of_the_exact_index():
    rng = np.random.default_rng(0)
    X, q = (
        rng.standard_normal((500, 8)).astype(np.float32),
        rng.standard_normal(8).astype(np.float32),
    )
    index = ExactIndex().build(X[:400]).add(X[400:])
    assert index.exhaustive and index.n_bytes == 0
    np.testing.assert_array_equal(index.candidates(q, 20), np.arange(500))
    mask = np.arange(500) % 7 == 0
    np.testing.assert_array_equal(index.candidates(q, 20, mask=mask), np.flatnonzero(mask))


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    folder = tmp_path_factory.mktemp("w") / "index"
    WordIndex.build(
        folder,
        [
            ["graphs and graph theory", "a graph", "speech"],
            ["nothing", "graph speech", "thing " * 30 + "graph"],
        ],
    )
    return WordIndex(folder)


def test_scores_are_bm25(words):
    """k1 1.2, b .75, idf log(1 + (n - df + .5) / (df + .5)); lengths are rounded to a byte by the engine."""
    rows, scores = words.search("speech", 5)
    assert rows.tolist() == [2, 4]
    lengths = np.array([4, 2, 1, 1, 2, 31])
    idf = np.log(1 + (6 - 2 + 0.5) / (2 + 0.5))
    expected = idf * 2.2 / (1 + 1.2 * (0.25 + 0.75 * lengths[rows] / lengths.mean()))
    np.testing.assert_allclose(scores, expected, rtol=0.02)


def test_inflections_match_and_syntax_is_no_syntax(words):
    assert set(words.search("graph", 9)[0]) == {0, 1, 4, 5}
    assert set(words.search('graphs AND (NOT "graph', 9)[0]) >= {0, 1, 4, 5}
    assert len(words.search("!!!", 9)[0]) == 0


def test_words_sum_to_the_score(words):
    rows, scores = words.search("graph speech graph", 6)
    for total, terms in zip(scores, words.terms("graph speech graph", rows), strict=True):
        assert sum(v for _, v in terms) == pytest.approx(float(total), rel=1e-4)


def test_a_mask_is_respected_however_selective(words):
    mask = np.zeros(6, bool)
    mask[5] = True
    assert words.search("graph", 3, mask=mask)[0].tolist() == [5]


def test_a_damaged_index_names_its_folder(tmp_path):
    with pytest.raises(AtlasError, match="damaged"):
        WordIndex(tmp_path)


def first_kind(folder, texts):
    """An index as versions up to 0.1 wrote it: tantivy's own English tokenizer, no note of how terms are made."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", stored=True, indexed=True, fast=True)
    builder.add_text_field("text", stored=False, tokenizer_name="en_stem")
    folder.mkdir(parents=True)
    index = tantivy.Index(builder.build(), path=str(folder))
    writer = index.writer(heap_size=64_000_000, num_threads=1)
    for row, text in enumerate(texts):
        document = tantivy.Document()
        document.add_unsigned("row", row)
        document.add_text("text", text)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


def test_an_index_of_the_first_kind_is_searched_as_it_was_made(words, tmp_path):
    first_kind(
        tmp_path / "index",
        [
            "graphs and graph theory",
            "a graph",
            "speech",
            "nothing",
            "graph speech",
            "thing " * 30 + "graph",
        ],
    )
    old = WordIndex(tmp_path / "index")
    assert not old.current
    assert words.current
    for query in ("speech", "Graphs", "the graph of speeches", "!!!"):
        rows, scores = old.search(query, 6)
        assert rows.tolist() == words.search(query, 6)[0].tolist()
        np.testing.assert_allclose(scores, words.search(query, 6)[1], rtol=1e-6)
        assert old.terms(query, rows) == words.terms(query, rows)


def test_a_damaged_note_of_how_terms_are_made_names_its_folder(words, tmp_path):
    WordIndex.build(tmp_path / "index", [["a graph"]])
    assert json.loads((tmp_path / "index" / "terms.json").read_text()) == {"recipe": RECIPE}
    (tmp_path / "index" / "terms.json").write_text("{")
    with pytest.raises(AtlasError, match="damaged"):
        WordIndex(tmp_path / "index")
