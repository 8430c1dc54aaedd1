"""One safe file: what is read equals what was written, and what is damaged is refused rather than let everything pass."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from begriff.errors import AtlasError, InputError
from begriff.tasks.guard import Guard
from begriff.tasks.guard.storage import read, write
from tests.guard.conftest import draw


@pytest.fixture(scope="module", params=["logistic", "mlp"])
def guard(request, drawn):
    return Guard(n_prompts=6, classifier=request.param).fit(*drawn)


def test_read_equals_written(guard, tmp_path):
    write(tmp_path / "g.safetensors", guard, {"a": [1, None]})
    loaded, extra = read(tmp_path / "g.safetensors", Guard)
    X, _ = draw(200, seed=3)
    np.testing.assert_array_equal(loaded.concept_scores(X), guard.concept_scores(X))
    np.testing.assert_array_equal(loaded.refine(X), guard.refine(X))
    assert loaded.get_params() == guard.get_params()
    assert loaded.concepts_ == guard.concepts_
    assert extra == {"a": [1, None]}
    assert [p.name for p in tmp_path.iterdir()] == ["g.safetensors"]


def test_no_pickle_inside(guard, tmp_path):
    guard.save(tmp_path / "g")
    raw = (tmp_path / "g").read_bytes()
    size = int.from_bytes(raw[:8], "little")
    assert set(json.loads(raw[8 : 8 + size])["__metadata__"]) == {"begriff_guard"}
    assert b"sklearn" not in raw
    assert Guard.load(tmp_path / "g").threshold_ == guard.threshold_


def _edited(guard, path, arrays=None, **changed):
    """The file with other arrays or another header."""
    guard.save(path)
    from safetensors import safe_open

    with safe_open(path, "np") as f:
        meta = json.loads(f.metadata()["begriff_guard"])
    save_file(
        {**load_file(path), **(arrays or {})},
        path,
        {"begriff_guard": json.dumps({**meta, **changed})},
    )


@pytest.mark.parametrize(
    ("arrays", "changed", "said"),
    [
        ({"head0.bias0": np.array([np.nan], dtype=np.float32)}, {}, "not finite"),
        ({"owner": np.zeros(3, dtype=np.int64)}, {}, "damaged"),
        ({"allowed": np.eye(16, dtype=np.float32)[:2]}, {}, "flagged"),
        ({}, {"learnt": {}}, "damaged"),
        ({}, {"format": 99}, "newer version"),
        ({}, {"params": {"x": 1}}, "damaged"),
    ],
)
def test_damage_is_refused(drawn, tmp_path, arrays, changed, said):
    guard = Guard(n_prompts=6).fit(*drawn)
    _edited(guard, tmp_path / "g", arrays, **changed)
    with pytest.raises(AtlasError, match=said):
        read(tmp_path / "g", Guard)


def test_other_files_are_refused(tmp_path, guard):
    with pytest.raises(InputError, match="no guard file"):
        read(tmp_path / "none", Guard)
    (tmp_path / "text").write_text("hello")
    with pytest.raises(InputError, match="is no guard file"):
        read(tmp_path / "text", Guard)
    save_file({"a": np.zeros(2)}, tmp_path / "arrays")
    with pytest.raises(InputError, match="but no guard"):
        read(tmp_path / "arrays", Guard)
    guard.save(tmp_path / "g")
    whole = (tmp_path / "g").read_bytes()
    (tmp_path / "g").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="is no guard file"):
        read(tmp_path / "g", Guard)
