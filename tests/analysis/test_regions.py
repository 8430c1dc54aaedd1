"""Planted blobs are labelled by their own concepts; concepts of everywhere and of nowhere label nothing."""

import time

import numpy as np
import pytest
from scipy.sparse import csr_array

from begriff.analysis.regions import Region, regions

CENTRES = np.array([[x, y] for x in (0.15, 0.5, 0.85) for y in (0.2, 0.5, 0.8)])
APART = (0.1, 0.04, 0.0167)


def planted(seed=0, n=200, noise=0.02):
    """Nine blobs, each with a concept of its own (0-8); 9 is uniform, 10 on blobs 0, 2, 6 and 8 alike, 11 mostly on blob 4, 12 empty."""
    rng = np.random.default_rng(seed)
    blob = np.repeat(np.arange(9), n)
    points = CENTRES[blob] + rng.normal(0, 0.03, (len(blob), 2))
    codes = np.zeros((len(blob), 13), dtype=np.float32)
    codes[np.arange(len(blob)), blob] = rng.random(len(blob)) < 0.9
    codes[:, :9] += rng.random((len(blob), 9)) < noise
    codes[:, 9] = rng.random(len(blob)) < 0.3
    codes[:, 10] = np.isin(blob, [0, 2, 6, 8]) & (rng.random(len(blob)) < 0.15)
    codes[:, 11] = rng.random(len(blob)) < np.where(blob == 4, 0.5, 0.02)
    return (
        points.clip(0, 1),
        csr_array(codes * rng.uniform(0.5, 1.5, codes.shape).astype(np.float32)),
        blob,
    )


def many(n=3000, n_columns=300, seed=0):
    """Concepts at random places, some narrow, some broad."""
    rng = np.random.default_rng(seed)
    points = rng.random((n, 2))
    centre, width = rng.random((n_columns, 2)), 10 ** rng.uniform(-1.8, -1, n_columns)
    near = np.exp(-((points[:, None] - centre) ** 2).sum(-1) / (2 * width**2))
    return points, csr_array((near * (rng.random(near.shape) < near)).astype(np.float32))


def test_every_blob_is_labelled_by_its_own_concept():
    points, codes, blob = planted()
    found = {r.column: r for r in regions(points, codes) if r.level == 0}
    assert set(found) == set(range(9))
    for b in range(9):
        assert np.hypot(*(CENTRES[b] - [found[b].x, found[b].y])) < 0.02
        assert found[b].items == pytest.approx(
            (codes[blob == b][:, [b]].toarray() > 0).sum(), rel=0.1
        )


def test_a_concept_of_everywhere_or_of_far_islands_labels_nothing():
    points, codes, _ = planted()
    labels = {r.column for r in regions(points, codes)}
    assert not labels & {9, 10, 12}


def test_a_concept_with_a_main_island_labels_that_one():
    points, codes, _ = planted()
    (found,) = regions(points, codes[:, [11]])
    assert np.hypot(found.x - 0.5, found.y - 0.5) < 0.03


def test_stragglers_do_not_move_a_label():
    points, codes, blob = planted()
    moved = points.copy()
    moved[np.flatnonzero(blob == 0)[:10]] = [1.0, 1.0]
    (before,), (after,) = regions(points, codes[:, [0]]), regions(moved, codes[:, [0]])
    assert np.hypot(before.x - after.x, before.y - after.y) < 0.01


def test_shuffled_codes_label_nothing():
    points, codes, _ = planted()
    wide, dense = many()
    for seed in range(5):
        rng = np.random.default_rng(seed)
        assert regions(points, codes[rng.permutation(len(points))]) == []
        assert regions(wide, dense[rng.permutation(len(wide))]) == []
    assert len(regions(wide, dense)) > 80


def test_labels_keep_apart_and_a_concept_labels_once():
    found = regions(*many())
    assert {r.level for r in found} == {0, 1, 2}
    assert len({r.column for r in found}) == len(found)
    assert [r.level for r in found] == sorted(r.level for r in found)
    for level, apart in enumerate(APART):
        place = np.array([[r.x / 2, r.y] for r in found if r.level <= level])
        distance = np.hypot(*(place[:, None] - place).transpose(2, 0, 1)) + np.eye(len(place))
        last = np.array([r.level == level for r in found if r.level <= level])
        assert distance[last].min() >= apart


def test_the_number_of_labels_is_bounded_and_broad_ones_come_first():
    points, codes = many()
    found = regions(points, codes, most=(3, 5, 7))
    assert np.bincount([r.level for r in found]).tolist() == [3, 5, 7]
    assert np.mean([r.items for r in found if r.level == 0]) > 3 * np.mean(
        [r.items for r in found if r.level == 2]
    )


def test_what_tells_a_place_apart_is_preferred_to_what_is_frequent():
    points, codes, blob = planted()
    dense = codes.toarray()
    dense[:, 9] = 1 - 0.8 * (blob > 5)  # on all items of six blobs, and strong
    assert 9 not in {r.column for r in regions(points, csr_array(dense))}


def test_the_same_input_gives_the_same_labels():
    points, codes = many()
    before = points.copy(), codes.copy()
    assert regions(points, codes) == regions(points, codes)
    assert np.array_equal(points, before[0]) and (codes != before[1]).nnz == 0


def test_nothing_in_nothing_out():
    assert regions(np.empty((0, 2)), csr_array((0, 4))) == []
    assert regions(np.random.default_rng(0).random((30, 2)), csr_array((30, 0))) == []
    assert regions(np.zeros((30, 2)), csr_array((30, 5))) == []
    assert regions(np.full((30, 2), 0.5), csr_array(np.ones((30, 2)))) == []
    assert Region(0, 0.5, 0.5, 3, 1).level == 1


def test_a_large_corpus_takes_about_a_second():
    rng = np.random.default_rng(0)
    n, per = 51_717, 18
    codes = csr_array(
        (rng.random(n * per), rng.integers(0, 800, n * per), np.arange(0, n * per + 1, per)),
        shape=(n, 800),
    )
    points = rng.random((n, 2))
    start = time.process_time()
    regions(points, codes)
    assert time.process_time() - start < 5  # 1 s of wall time; other tests may run beside this one
