"""Phrases, anchors, names and judges on a corpus whose topics are known; every figure beside its control."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from begriff.linalg.neighbours import neighbours
from begriff.naming.anchors import choose_anchors
from begriff.naming.contrast import Candidates, choose_names
from begriff.naming.evidence import gather
from begriff.naming.judges import judge, lexical_scores, stem_incidence
from begriff.naming.phrases import find_phrases, stem_key
from begriff.naming.polysemy import polysemous
from tests.conftest import TOPICS, BagOfWords


@pytest.fixture(scope="module")
def corpus(rows):
    texts = [r["body"] for r in rows]
    return texts, BagOfWords().encode(texts), np.array([r["topic"] for r in rows])


def test_function_words_are_no_phrases_and_frequent_topic_words_are(corpus):
    texts, vectors, _ = corpus
    texts = [f"the {t} of the" for t in texts]
    found = find_phrases(texts, vectors, min_items=3)
    assert {"protein", "graph", "bandit"} <= set(found.texts)
    assert not {"the", "of", "of the"} & set(found.texts)


def test_phrases_do_not_cross_punctuation_and_merge_inflections():
    texts = ["deep networks. kernel", "deep network", "deep networks"] * 5 + [
        "plain words here"
    ] * 15
    vectors = np.random.default_rng(0).standard_normal((30, 4)).astype(np.float32) * 0.1
    vectors[:15, 0] += 1
    found = find_phrases(texts, vectors, min_items=3)
    assert "deep networks" in found.texts
    assert "deep network" not in found.texts
    assert "networks kernel" not in found.texts
    assert found.incidence[:, [found.texts.index("deep networks")]].sum() == 15


def test_stem_key_joins_inflections():
    assert stem_key("Graph Networks") == stem_key("graphs network")
    assert stem_key("graph network") != stem_key("network")


def test_anchors_lie_apart_and_point_at_their_items(corpus):
    texts, vectors, _ = corpus
    found = find_phrases(texts, vectors, min_items=3)
    chosen, directions = choose_anchors(found, vectors, 12, max_cosine=0.5, max_share=0.4)
    likeness = directions @ directions.T - np.eye(len(directions))
    assert 3 <= len(chosen) <= 12
    assert likeness.max() <= 0.5 + 1e-6
    holds = found.incidence[:, [int(chosen[0])]].toarray().ravel() > 0
    centred = vectors - vectors.mean(0)
    assert (centred[holds] @ directions[0]).mean() > (centred[~holds] @ directions[0]).mean() + 0.1


def _named(corpus, seed=0):
    texts, vectors, topics = corpus
    names = sorted(TOPICS)
    truth = np.stack([(topics == t) for t in names], 1)
    codes = csr_array(
        truth * (0.5 + np.random.default_rng(seed).random(truth.shape)).astype(np.float32)
    )
    seen, held = np.arange(0, len(texts), 2), np.arange(1, len(texts), 2)
    found = find_phrases(texts, vectors, min_items=3)
    components = np.stack([vectors[topics == t].mean(0) - vectors.mean(0) for t in names])
    components /= np.linalg.norm(components, axis=1, keepdims=True)
    phrase_vectors = BagOfWords().encode(found.texts)
    found = type(found)(found.texts, csr_array(found.incidence[seen]))
    evidence = gather(codes[seen], neighbours(vectors[seen], 150))
    chosen = choose_names(
        Candidates(found, phrase_vectors, np.full(6, -1)), evidence, components, vectors[seen]
    )
    court = gather(codes[held], neighbours(vectors[held], 150))
    stems = stem_incidence([texts[i] for i in held])
    words = [found.texts[c[0]] for c in chosen]

    def score(w):
        return judge(w, court, stems, components=components, vectors=vectors[held])

    return names, words, chosen, found.texts, score


def test_names_are_words_of_the_topic_and_unique(corpus):
    names, words, chosen, texts, _ = _named(corpus)
    for topic, name in zip(names, words, strict=True):
        assert set(name.split()) & set(TOPICS[topic].split()), (topic, name)
    assert len({stem_key(w) for w in words}) == 6
    for phrases in chosen:
        assert len({texts[p] for p in phrases}) == len(phrases) > 1


def test_judges_prefer_real_names_to_shuffled_ones(corpus):
    _, words, _, _, score = _named(corpus)
    real = np.mean([j.score for j in score(words)])
    shuffled = np.mean([j.score for j in score(words[1:] + words[:1])])
    assert real > 0.65
    assert shuffled < 0.5
    assert real < np.mean([j.ceiling[0] for j in score(words)]) + 0.2


def test_misses_are_neighbours_without_the_concept():
    near = np.array([[1, 2], [0, 2], [1, 0]], dtype=np.int32)
    codes = csr_array(np.array([[1.0], [2.0], [0.0]]))
    e = gather(codes, near)[0]
    assert e.strongest.tolist() == [1, 0]
    assert e.against_strongest.tolist() == [2, 2]
    assert not e.enough


def test_a_concept_without_evidence_has_no_score_and_no_name(corpus):
    texts, vectors, _ = corpus
    codes = csr_array((len(texts), 1), dtype=np.float32)
    evidence = gather(codes, neighbours(vectors, 5))
    found = find_phrases(texts, vectors)
    candidates = Candidates(found, BagOfWords().encode(found.texts), np.array([-1]))
    assert choose_names(candidates, evidence, np.eye(1, 48), vectors) == [[]]
    assert np.isnan(
        judge(
            ["graph"], evidence, stem_incidence(texts), components=np.eye(1, 48), vectors=vectors
        )[0].score
    )


def test_lexical_score_weighs_rare_words():
    incidence, columns = stem_incidence(["graph learning", "learning", "learning tasks"])
    by_column = incidence.tocsc()
    rarity = np.log((1 + 3) / (1 + np.diff(by_column.indptr)))
    held = lexical_scores("graphs learning", by_column, columns, rarity)
    assert held[0] == pytest.approx(1)
    assert held[1] == held[2] < 0.2


def test_two_meanings_are_flagged_and_one_is_not():
    rng = np.random.default_rng(0)
    a, b, c = np.eye(8)[:3] * 3
    vectors = np.concatenate(
        [
            a + rng.standard_normal((20, 8)),
            b + rng.standard_normal((20, 8)),
            c + rng.standard_normal((40, 8)),
        ]
    )
    vectors = np.concatenate([vectors, rng.standard_normal((200, 8))]).astype(np.float32)
    strength = np.zeros((280, 2), np.float32)
    strength[:40, 0] = 1
    strength[40:80, 1] = 1
    assert polysemous(csr_array(strength), vectors).tolist() == [True, False]
