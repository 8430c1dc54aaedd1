"""Items that say the same are found, all of them where that can be had, and others are not."""

import time

import numpy as np
import pytest

import begriff as bg
from begriff.analysis.near_duplicates import near_pairs
from begriff.errors import InputError
from tests.conftest import BagOfWords, make_rows


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """120 items; three copies of one, and one of another with a word more."""
    rows = make_rows(120)
    rows += [{**rows[5], "id": f"copy{i}"} for i in range(3)]
    rows += [{**rows[9], "id": "nearly", "body": rows[9]["body"] + " pixel"}]
    return bg.build(
        rows,
        text="body",
        out=tmp_path_factory.mktemp("repeats") / "a.atlas",
        encoder=BagOfWords(),
        layout=False,
    )


def test_copies_are_found_and_nothing_else(planted):
    found = bg.duplicates(planted)
    assert [(sorted(g.ids), g.identical) for g in found.groups] == [
        (["copy0", "copy1", "copy2", "item5"], True),
        (["item9", "nearly"], False),
    ]
    assert (found.n_groups, found.n_items, found.n_identical) == (2, 6, 1)
    assert found.groups[0].cosine == pytest.approx(1, abs=1e-5)
    assert "6 of 124 items" in found.to_markdown()
    assert found.plot() is not None
    assert planted.info().quality["repeats"] == {"items": 6, "of": 124, "min_cosine": 0.97}
    assert "6 of 124 items" in str(planted.info())
    assert bg.duplicates(planted, limit=1).n_groups == 2
    exact = bg.duplicates(planted, min_cosine=1.0)
    assert (exact.n_groups, exact.n_items) == (1, 4)


def test_none_is_said(planted):
    vectors = np.eye(60, 80, dtype=np.float32)
    pairs, cosines = near_pairs(vectors)
    assert (len(pairs), len(cosines)) == (0, 0)


@pytest.mark.parametrize("noise", [0.002, 0.0115])
def test_random_hyperplanes_find_nearly_all_that_are_there(noise):
    """Pairs at cosines of about .9985 and .97 among vectors that share a mean, as embeddings do; the control are all products."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((4000, 64)) + 0.8
    X[2000:2600] = X[:600]
    X = X / np.linalg.norm(X, axis=1, keepdims=True)
    X += rng.standard_normal(X.shape) * noise
    X = (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(np.float32)
    every, _ = near_pairs(X, min_cosine=0.95)
    some, cosines = near_pairs(X, min_cosine=0.95, exact=0)
    assert 500 < len(every) < 700
    assert {tuple(p) for p in some.tolist()} <= {tuple(p) for p in every.tolist()}
    assert len(some) > 0.9 * len(every)
    np.testing.assert_allclose(cosines, (X[some[:, 0]] * X[some[:, 1]]).sum(1), atol=1e-5)


@pytest.mark.parametrize("options", [{"min_cosine": 0}, {"min_cosine": 1.5}, {"limit": 0}])
def test_bad_values(planted, options):
    with pytest.raises(InputError):
        bg.duplicates(planted, **options)


def test_many_copies_of_one_item_are_one_group_in_bounded_memory(monkeypatch):
    """1,500 equal vectors make 1.1 million pairs, of which a tree is kept; crowded cells are cut, and their parts hold together."""
    monkeypatch.setattr("begriff.analysis.near_duplicates._WAITING", 10_000)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((2000, 16)).astype(np.float32)
    X[:1500] = X[0]
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    for exact in (10_000, 0):
        pairs, cosines = near_pairs(X, min_cosine=0.999, exact=exact)
        assert len(pairs) == 1499
        assert np.unique(pairs).tolist() == list(range(1500))
        assert cosines.min() > 0.999


def test_cells_of_many_items_take_no_longer_than_their_number():
    """Half of the rows repeated makes thousands of small cells a table; the control is twice as many rows, which may take thrice as long."""
    spent = []
    for n in (4000, 8000):
        X = np.random.default_rng(0).standard_normal((n, 16)).astype(np.float32)
        X[n // 2 :] = X[: n // 2]
        X /= np.linalg.norm(X, axis=1, keepdims=True)
        start = time.process_time()
        assert len(near_pairs(X, min_cosine=0.9999, exact=0)[0]) == n // 2
        spent.append(time.process_time() - start)
    assert spent[1] < 3.5 * spent[0] + 0.5
