"""NMF: the error of scikit-learn from the same start, planted parts, split signs, batches."""

import numpy as np
import pytest
from sklearn.decomposition import non_negative_factorization

from begriff.dictionaries import NMF, SemiNMF
from begriff.errors import InputError
from begriff.metrics import fvu, matched_cosine


def planted(n=2000, k=10, d=40, seed=3):
    rng = np.random.default_rng(seed)
    parts = rng.random((k, d)) * (rng.random((k, d)) < 0.3) + 1e-3
    codes = rng.random((n, k)) * (rng.random((n, k)) < 0.4)
    return (codes @ parts).astype(np.float32), parts


def left(X, model):
    return fvu(X, model.inverse_transform(model.transform(X)))


def test_planted_parts_are_found_and_random_ones_are_not():
    X, parts = planted()
    found = NMF(10, max_epochs=500, tol=1e-7).fit(X)
    assert (
        matched_cosine(
            parts / np.linalg.norm(parts, axis=1, keepdims=True), found.components_
        ).mean()
        > 0.98
    )
    random = np.abs(np.random.default_rng(0).standard_normal(parts.shape))
    random /= np.linalg.norm(random, axis=1, keepdims=True)
    assert matched_cosine(parts / np.linalg.norm(parts, axis=1, keepdims=True), random).mean() < 0.8
    assert left(X, found) < 1e-3


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("k", [5, 24])
def test_the_error_of_scikit_learn_from_the_same_start(k):
    rng = np.random.default_rng(0)
    X = rng.random((500, 30)).astype(np.float32)
    ours = NMF(k, tol=0.0, max_epochs=300)
    ours._prepare(X)
    Z, parts = ours._start(X)
    W, H, _ = non_negative_factorization(
        X,
        W=Z.T.copy(),
        H=parts.copy(),
        n_components=k,
        init="custom",
        solver="cd",
        tol=1e-8,
        max_iter=600,
    )
    theirs = float(((X - W @ H) ** 2).sum())
    ours.fit(X)
    mine = float(((X - ours.inverse_transform(ours.transform(X))) ** 2).sum())
    assert mine <= 1.01 * theirs


def test_nothing_starts_at_zero_where_it_would_stay_under_multiplicative_updates():
    X, _ = planted()
    model = NMF(10)
    model._prepare(X)
    Z, parts = model._start(X)
    assert Z.min() > 0
    assert parts.min() > 0


def test_signed_vectors_are_split_and_come_back_signed(vectors):
    centred = vectors - vectors.mean(0)
    model = NMF(12).fit(centred)
    assert model.parts_.shape == (12, 32)
    assert model.parts_.min() >= 0
    lengths = np.linalg.norm(model.parts_[:, :16] - model.parts_[:, 16:], axis=1, keepdims=True)
    np.testing.assert_allclose(
        model.components_, (model.parts_[:, :16] - model.parts_[:, 16:]) / lengths, atol=1e-5
    )
    back = model.inverse_transform(model.transform(centred))
    assert back.min() < 0
    assert fvu(centred, back) < 0.5
    unsigned = NMF(12).fit(np.abs(centred))
    assert unsigned.parts_.shape == (12, 16)
    with pytest.raises(
        InputError,
        match=r"X holds -0\.\d+, and this NMF was fitted on vectors without negative entries",
    ):
        unsigned.transform(centred)


def test_more_concepts_than_dimensions():
    X, _ = planted()
    few, many = NMF(10).fit(X), NMF(60, max_epochs=50).fit(X)
    assert many.components_.shape == (60, 40)
    assert left(X, many) <= left(X, few) + 1e-3


def test_batches_come_near_to_the_whole():
    X, _ = planted()
    whole, batches = NMF(10).fit(X), NMF(10, batch_size=250, max_epochs=30).fit(X)
    assert left(X, batches) < left(X, whole) + 0.03
    going = NMF(10)
    for _ in range(10):
        for start in range(0, 2000, 250):
            going.partial_fit(X[start : start + 250])
    assert left(X, going) < left(X, whole) + 0.05
    with pytest.raises(InputError, match="expecting 40 features"):
        going.partial_fit(X[:, :3])


def test_a_fit_is_gone_on_from_and_not_from_an_older_one(tmp_path):
    X, _ = planted()
    model = NMF(10, batch_size=250, max_epochs=3).fit(X[:, ::-1].copy())
    whole = left(X, model.set_params(batch_size=None, max_epochs=200).fit(X))
    model.save(tmp_path)
    for going in (model, NMF.load(tmp_path)):
        assert left(X, going.partial_fit(X[:50])) < whole + 0.01
    assert left(X, NMF(10).partial_fit(X[:50])) > whole + 0.01


def test_a_weight_of_two_is_an_item_given_twice():
    X, _ = planted(400)
    heavy = np.where(np.arange(400) < 100, 2.0, 1.0)
    a = NMF(10, tol=1e-7).fit(X, sample_weight=heavy)
    b = NMF(10, tol=1e-7).fit(np.concatenate([X, X[:100]]))
    assert matched_cosine(a.components_, b.components_).mean() > 0.999
    with pytest.raises(InputError, match="400 weights"):
        NMF(10).fit(X, sample_weight=-heavy)


def test_a_constant_matrix_and_zeros():
    assert np.isfinite(NMF(3).fit(np.ones((20, 4))).components_).all()
    assert np.isfinite(NMF(3).fit(np.zeros((20, 4))).components_).all()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"n_concepts": 601}, "from 1 to 600, the number of items"),
        ({"n_concepts": 2.5}, "a whole number"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"batch_size": 20}, "batch_size=20 for 64 concepts"),
    ],
)
def test_out_of_range(vectors, settings, said):
    with pytest.raises(InputError, match=said):
        NMF(**settings).fit(vectors)


@pytest.mark.parametrize("method", [NMF, SemiNMF])
def test_a_first_batch_of_zeros_is_no_start(method):
    X = np.random.default_rng(0).random((300, 12), dtype=np.float32)
    late = method(4, batch_size=100).fit(np.concatenate([np.zeros((100, 12), np.float32), X]))
    streamed = method(4).partial_fit(np.zeros((100, 12), np.float32)).partial_fit(X)
    for made in (late, streamed):
        assert ((X - made.inverse_transform(made.transform(X))) ** 2).sum() < 0.3 * (X**2).sum()
    with pytest.raises(InputError, match="nothing but zeros"):
        method(4, batch_size=100).fit(np.zeros((300, 12), np.float32))


def test_items_without_weight_do_not_count(vectors):
    with pytest.raises(InputError, match="from 1 to 3, the number of items"):
        NMF(10).fit(vectors, sample_weight=np.arange(600) < 3)


def test_a_batch_without_weight_teaches_nothing():
    X = np.random.default_rng(0).random((600, 12), dtype=np.float32)
    late = NMF(4, batch_size=100, max_epochs=20).fit(
        X, sample_weight=np.repeat([0.0, 1.0], [100, 500])
    )
    alone = NMF(4, batch_size=100, max_epochs=20).fit(X[100:])
    left = [
        ((X[100:] - m.inverse_transform(m.transform(X[100:]))) ** 2).sum() for m in (late, alone)
    ]
    assert left[0] == pytest.approx(left[1], rel=0.02)
    zeros = np.concatenate([np.zeros((50, 3), np.float32), X[:20, :3]])
    assert NMF(8).starts(zeros).any(axis=1).all()  # a row of zeros starts no concept
