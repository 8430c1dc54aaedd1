"""MiniLM equals sentence-transformers; passages cover a text; static vectors keep most of the order."""

from itertools import pairwise

import numpy as np
import pytest

from begriff.encoders import MiniLM, Static
from begriff.encoders._passages import token_spans
from begriff.errors import InputError

TEXTS = [
    "Protein folding with a neural network.",
    "A survey of graph neural networks",
    "x",
    "",
    "Speech recognition for low-resource languages. " * 60,
    "Bandits with knapsacks and adversarial rewards",
]


@pytest.fixture(scope="module")
def reference():
    pytest.importorskip("sentence_transformers")
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(MiniLM.folder()), device="cpu")
    model.max_seq_length = 256
    return model.encode([t or " " for t in TEXTS], normalize_embeddings=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("precision", "least"), [("float32", 0.999999), ("bfloat16", 0.9995)])
def test_equals_sentence_transformers(reference, precision, least):
    found = MiniLM(precision=precision).encode(TEXTS)
    assert (found * reference).sum(1).min() > least
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_order_and_company_do_not_matter():
    encoder = MiniLM(precision="float32")
    whole, back = encoder.encode(TEXTS), encoder.encode(TEXTS[::-1])[::-1]
    np.testing.assert_allclose(whole, back, atol=1e-5)
    np.testing.assert_allclose(encoder.encode(TEXTS[:1])[0], whole[0], atol=1e-5)


def test_truncation_is_256_tokens_not_the_128_of_the_file():
    encoder = MiniLM(precision="float32")
    start = "word " * 140
    a, b = encoder.encode([start + "protein folding " * 20, start])
    assert a @ b < 0.98
    short = MiniLM(precision="float32", max_tokens=128)
    a, b = short.encode([start + "protein folding " * 20, start])
    assert a @ b > 0.999


@pytest.mark.parametrize("encoder", [MiniLM(), Static()], ids=["minilm", "static"])
def test_passages_cover_a_long_text_and_overlap(encoder):
    text = " ".join(f"sentence number {i} about something else." for i in range(200))
    spans = encoder.spans([text, "short", ""])
    assert spans[1:] == [[(0, 5)], [(0, 0)]]
    first = spans[0]
    assert first[0][0] == 0
    assert first[-1][1] == len(text)
    assert all(a2 < b1 for (_, b1), (a2, _) in pairwise(first))
    assert len(first) > 3


def test_spans_of_tokens():
    offsets = [(i, i + 1) for i in range(10)]
    assert token_spans(offsets, 10, 10, 2) == [(0, 10)]
    assert token_spans(offsets, 10, 4, 1) == [(0, 4), (3, 7), (6, 10)]


def test_static_agrees_with_its_teacher_more_than_chance():
    rng = np.random.default_rng(0)
    words = [
        "protein",
        "graph",
        "speech",
        "bandit",
        "vision",
        "parsing",
        "kernel",
        "privacy",
        "diffusion",
        "survey",
    ]
    texts = [" ".join(rng.choice(words, 4)) for _ in range(60)]
    a, b = Static().encode(texts), MiniLM().encode(texts)
    upper = np.triu_indices(60, 1)
    assert np.corrcoef((a @ a.T)[upper], (b @ b.T)[upper])[0, 1] > 0.5


def test_static_splits_its_cosine_over_words():
    static = Static()
    text, query = "a survey of protein folding methods", "protein structure"
    shares = static.words(text, query)
    assert sum(v for _, _, v in shares) == pytest.approx(
        float(static.encode([text])[0] @ static.encode([query])[0]), abs=1e-3
    )
    best = max(shares, key=lambda s: s[2])
    assert text[best[0] : best[1]] == "protein"


def test_bad_settings():
    with pytest.raises(InputError, match="max_tokens=9999"):
        MiniLM(max_tokens=9999)
    with pytest.raises(InputError, match="int8"):
        MiniLM(precision="int8")


@pytest.mark.parametrize("name", ["MiniLM", "Static"])
def test_several_threads_may_use_an_encoder_at_once(name):
    """Tokenizers that are changed in place raise 'Already borrowed' here, or cut texts where another thread asked for it."""
    from concurrent.futures import ThreadPoolExecutor

    from begriff import catalog, encoders

    if name == "Static" and not encoders.Static.ready():
        pytest.skip("the static table is not distilled on this machine")
    encoder = catalog.find("encoders", name)()
    texts = [" ".join(["graph", "molecule", "speech"][i % 3 :] * (1 + i % 4)) for i in range(24)]
    alone = [encoder.encode([t])[0] for t in texts]

    def work(i):
        if i % 3 == 0 and name == "MiniLM":
            assert encoder.spans(["word " * 600])[0][0][0] == 0
        if name == "Static":
            encoder.words(texts[i], texts[-i])
        return encoder.encode([texts[i]])[0]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(work, list(range(len(texts))) * 3))
    for i, vector in enumerate(together):
        assert float(vector @ alone[i % len(texts)]) > 0.9999
