"""Rows that come to an atlas whose ids, vectors or columns are of another shape."""

import shutil

import numpy as np
import pytest

import begriff as bg

ROWS = [{"id": i, "title": f"words {i % 7} and {i}", "year": 2000 + i} for i in range(60)]
VECTORS = np.random.default_rng(0).normal(size=(60, 8))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("incoming") / "a.atlas"
    return bg.build(
        ROWS,
        text="title",
        encoder=None,
        vectors=VECTORS,
        dictionary="kmeans",
        layout=False,
        out=out,
    )


@pytest.fixture
def atlas(made, tmp_path):
    shutil.copytree(made.path, tmp_path / "a.atlas")
    return bg.open(tmp_path / "a.atlas")


def add(atlas, rows, vectors):
    growth = atlas.add(rows, vectors=vectors)
    return growth, bg.open(atlas.path)


def test_ids_of_another_shape(atlas):
    growth, now = add(
        atlas, [{**ROWS[0], "id": "x0"}, {**ROWS[1], "id": "math/0309136"}], VECTORS[:2]
    )
    assert (growth.added, growth.rejected) == (2, 0)
    assert now.snapshot.where("id = 'x0' or id = 3").sum() == 2
    assert now.item("math/0309136").item["year"] == 2001


def test_whole_floats_are_the_ids_that_they_were(atlas):
    growth, now = add(atlas, [{**r, "id": float(r["id"]), "year": 1999} for r in ROWS], VECTORS)
    assert (growth.added, growth.updated) == (0, 60)
    assert now.n_items == 60
    assert now.snapshot.where("year = 1999").all()


def test_other_vectors_of_known_items_are_taken_and_the_same_are_not(atlas):
    growth, _ = add(atlas, ROWS, VECTORS * 3)  # the same directions
    assert (growth.updated, growth.unchanged) == (0, 60)
    turned = VECTORS.copy()
    turned[:5] = -turned[:5]
    growth, now = add(atlas, ROWS, turned)
    assert (growth.updated, growth.unchanged) == (5, 55)
    assert np.allclose(
        now.item_vectors, turned / np.linalg.norm(turned, axis=1, keepdims=True), atol=1e-6
    )
    assert not np.array_equal(
        now.snapshot.item_codes[:5].toarray(),
        bg.open(atlas.path).snapshot.item_codes[5:10].toarray(),
    )


def test_columns_that_the_atlas_lacks_are_said(atlas):
    growth, now = add(
        atlas, [{**ROWS[0], "id": 100, "language": "de", "v": VECTORS[0].tolist()}], "v"
    )
    assert growth.columns_left_out == ["language"]
    assert "language" in str(growth)
    assert "language" not in now.columns


def test_a_zero_vector_costs_its_item_alone(atlas):
    growth, _ = add(
        atlas, [{**r, "id": 100 + r["id"]} for r in ROWS], VECTORS * (np.arange(60) != 7)[:, None]
    )
    assert (growth.added, growth.rejected) == (59, 1)
