"""Neighbours stay neighbours on the map, others are placed beside theirs, and the same seed draws the same map."""

import json
import subprocess
import sys

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from begriff.errors import MissingExtraError
from begriff.pipeline.map import lay_out, read_points

N, BLOBS = 480, 12


def planted(n=N, seed=0):
    """Unit vectors (n, 24) about 12 directions, in turn."""
    rng = np.random.default_rng(seed)
    blob = np.arange(n) % BLOBS
    X = np.random.default_rng(7).standard_normal((BLOBS, 24))[blob] + 0.5 * rng.standard_normal(
        (n, 24)
    )
    return (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(np.float32), blob


def laid_out(X, folder, seed=0, **settings):
    pytest.importorskip("umap")
    lay_out(X, folder, seed, None, **settings)
    return np.array(read_points(folder)), json.loads((folder / "layout.json").read_text())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return laid_out(planted()[0], tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def sampled(tmp_path_factory):
    pytest.importorskip("umap")
    folder, seen = tmp_path_factory.mktemp("sampled"), []
    lay_out(planted()[0], folder, 0, lambda done, total: seen.append((done, total)), most=200)
    return np.array(read_points(folder)), json.loads((folder / "layout.json").read_text()), seen


def test_neighbours_are_kept(whole):
    X, _ = planted()
    points, _ = whole
    rng = np.random.default_rng(0)
    centred = X - X.mean(0)
    two = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    kept, by_pca, by_chance = (
        trustworthiness(X, p, n_neighbors=10, metric="cosine")
        for p in (points, two, rng.random((N, 2)))
    )
    assert kept > 0.9
    assert kept > by_pca + 0.05
    assert by_chance < 0.6


def test_the_map_fills_its_range(whole):
    points, told = whole
    assert points.dtype == np.uint16 and points.shape == (N, 2)
    spans = np.ptp(points.astype(int), axis=0)
    assert spans.max() == 65_535 and spans.min() > 20_000
    assert (
        told["method"] == "umap" and told["placed"] == N and told["settings"]["random_state"] == 0
    )


def test_the_rest_lands_in_its_own_blob(sampled):
    points, told, _ = sampled
    _, blob = planted()
    assert told["placed"] == 200
    rows = np.sort(np.random.default_rng(0).choice(N, 200, replace=False))
    rest = np.setdiff1d(np.arange(N), rows)
    centres = np.stack([np.median(points[rows][blob[rows] == b], axis=0) for b in range(BLOBS)])
    nearest = ((points[rest][:, None] - centres) ** 2).sum(-1).argmin(1)
    assert (nearest == blob[rest]).mean() > 0.97
    dealt = np.random.default_rng(1).permutation(blob[rest])
    assert (nearest == dealt).mean() < 0.2


def test_progress_rises_to_its_total(sampled):
    seen = sampled[2]
    assert [d for d, _ in seen] == sorted(d for d, _ in seen)
    assert seen[-1][0] == seen[-1][1] and len({t for _, t in seen}) == 1


def test_the_same_seed_draws_the_same_map_in_another_process(sampled, tmp_path):
    np.save(tmp_path / "x.npy", planted()[0])
    code = (
        "import sys; from pathlib import Path; import numpy as np; from begriff.pipeline.map import"
        " lay_out\nnp.random.seed(5); f = Path(sys.argv[1]); lay_out(np.load(f / 'x.npy',"
        " mmap_mode='r'), f, 0, None, most=200)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code, str(tmp_path)], check=True)
    assert np.array_equal(read_points(tmp_path), sampled[0])


def test_the_same_seed_draws_the_same_map_again_and_leaves_the_global_state(sampled, tmp_path):
    X, _ = planted()
    before, state = X.copy(), np.random.get_state()[1].copy()  # noqa: NPY002
    again, _ = laid_out(X, tmp_path, most=200)
    assert np.array_equal(again, sampled[0])
    assert np.array_equal(X, before) and np.array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    other, _ = laid_out(X, tmp_path, seed=1, most=200)
    assert not np.array_equal(other, sampled[0])


@pytest.mark.parametrize(
    ("n", "method"), [(1, "pca"), (2, "pca"), (3, "pca"), (10, "pca"), (16, "umap"), (40, "umap")]
)
def test_tiny_corpora(n, method, tmp_path):
    points, told = laid_out(planted(n)[0], tmp_path)
    assert points.shape == (n, 2) and told["method"] == method and told["placed"] == n
    assert len(np.unique(points, axis=0)) == n


@pytest.mark.parametrize("n", [10, 40])
def test_vectors_that_are_equal_or_opposite(n, tmp_path):
    X = np.zeros((n, 8), dtype=np.float32)
    X[:, 0] = 1
    assert laid_out(X, tmp_path)[0].shape == (n, 2)
    X[::2] *= -1
    points, _ = laid_out(X, tmp_path)
    points = points.astype(float)
    between = np.hypot(*(points[::2].mean(0) - points[1::2].mean(0)))
    assert between > points[::2].std() and between > points[1::2].std()


def test_repeats_lie_together(tmp_path):
    X, _ = planted(120)
    X[60:] = X[3]
    points, _ = laid_out(X, tmp_path)
    assert trustworthiness(X[:60], points[:60], n_neighbors=5, metric="cosine") > 0.7
    assert np.isfinite(points).all()


def test_a_few_stragglers_do_not_shrink_the_map():
    from begriff.pipeline.map import _quantised

    points = np.random.default_rng(0).random((5000, 2)).astype(np.float32) * [2, 1]
    points[:2] = [[500, 0.5], [-300, 900]]
    placed = _quantised(points)
    assert np.ptp(placed[2:].astype(int), axis=0).min() > 30_000
    assert placed[0, 0] == 65_535 and placed[1, 0] == 0
    aspect = np.ptp(placed[2:].astype(float), axis=0)
    assert aspect[0] / aspect[1] == pytest.approx(2, rel=0.01)


def test_between_two_far_islands_an_item_goes_to_the_one_with_more_of_its_neighbours():
    from begriff.pipeline.map import _beside, _Steps

    laid = np.eye(10, dtype=np.float32)
    points = np.array([[0, 0]] * 6 + [[100, 100]] * 4, dtype=np.float32)
    item = np.full((1, 10), 10**-0.5, dtype=np.float32)
    assert _beside(item, np.array([0]), laid, points, _Steps(None, 10, 11)).tolist() == [[0, 0]]


@pytest.mark.parametrize(("n_base", "k"), [(700, 15), (7000, 15), (40, 10), (16, 15)])
def test_nearest_is_exact(n_base, k):
    from begriff.pipeline.map import _nearest

    rng = np.random.default_rng(0)
    base, queries = (
        rng.standard_normal((n_base, 12)).astype(np.float32),
        rng.standard_normal((30, 12)).astype(np.float32),
    )
    columns, cosines = _nearest(queries / 10, base, k)
    expected = np.argsort(-(queries @ base.T), axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(columns, expected)
    np.testing.assert_allclose(
        cosines, np.take_along_axis(queries / 10 @ base.T, expected, 1), rtol=1e-4
    )
    assert _nearest(base[5:10] / 10, base, k, first=5)[0][:, 0].tolist() == [5, 6, 7, 8, 9]


def test_a_missing_extra_names_itself(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(
        MissingExtraError, match=r"the map needs the \[map\] extra: pip install 'begriff\[map\]'"
    ):
        lay_out(planted(40)[0], tmp_path, 0, None)
    lay_out(planted(10)[0], tmp_path, 0, None)  # ten items need no UMAP
