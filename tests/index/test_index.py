"""Exact search equals a sort; word scores are BM25 and split over words."""

import numpy as np
import pytest

from begriff.errors import AtlasError
from begriff.index.backends.exact import ExactIndex
from begriff.index.words import WordIndex


def test_exact_equals_a_sort_and_a_mask_excludes():
    rng = np.random.default_rng(0)
    X, q = rng.standard_normal((500, 8)).astype(np.float32), rng.standard_normal(8).astype(np.float32)
    rows, scores = ExactIndex(X).search(q, 20)
    np.testing.assert_array_equal(rows, np.argsort(-(X @ q), kind="stable")[:20])
    np.testing.assert_allclose(scores, (X @ q)[rows], rtol=1e-5)
    mask = np.arange(500) % 7 == 0
    rows, _ = ExactIndex(X).search(q, 20, mask=mask)
    np.testing.assert_array_equal(rows, [i for i in np.argsort(-(X @ q), kind="stable") if mask[i]][:20])


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    folder = tmp_path_factory.mktemp("w") / "index"
    WordIndex.build(folder, [["graphs and graph theory", "a graph", "speech"], ["nothing", "graph speech", "thing " * 30 + "graph"]])
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
