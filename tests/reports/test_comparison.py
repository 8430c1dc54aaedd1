"""The report of a comparison: rows, controls, names and attributes of an atlas, and mistakes."""

import json

import numpy as np
import pytest

import begriff as bg
from begriff.dictionaries import KMeans, TopKSAE
from begriff.dictionaries.pretrained_sae import write_sae
from begriff.errors import InputError

pytestmark = pytest.mark.usefixtures("fits_here")


@pytest.fixture(scope="module")
def compared(drifting, fits_here):
    return bg.compare_dictionaries(
        drifting, ["topk", "kmeans"], n_concepts=24, k=[1, 3], by=["topic"], seeds=2
    )


def test_names_and_attributes_of_an_atlas_are_judged_beside_controls(compared):
    rows = {m.name: m for m in compared.methods}
    assert list(rows) == ["TopKSAE k=1", "TopKSAE k=3", "KMeans", "random (TopKSAE k=1)"]
    best, random = rows["TopKSAE k=3"].figures, rows["random (TopKSAE k=1)"].figures
    assert best["fvu"].mean < random["fvu"].mean
    assert best["name"].mean > best["name_shuffled"].mean + 0.1
    assert best["probe_5"].mean > 0.8
    assert compared.attributes == ["topic"] and compared.vectors > 0.9
    assert rows["KMeans"].figures["l0"].mean == 1
    assert "stability_start" not in rows["KMeans"].figures


def test_the_report_prints_as_tables_markdown_json_and_a_figure(compared):
    pytest.importorskip("matplotlib")
    text = compared.to_markdown()
    assert (
        "stability" in text
        and "TopKSAE k=1" in text
        and "nan" not in text.lower().replace("nano", "")
    )
    assert json.loads(compared.model_dump_json())["methods"][0]["figures"]["fvu"]["spread"] >= 0
    assert len(compared.plot().axes[0].texts) == 4


def test_vectors_with_labels_and_methods_of_ones_own(tmp_path):
    rng = np.random.default_rng(0)
    y = np.arange(400) % 4
    X = (np.eye(12)[y] + 0.2 * rng.standard_normal((400, 12))).astype(np.float32)
    np.save(tmp_path / "x.npy", X)
    labels = {"y": y, "half": np.where(y < 2, np.nan, y // 3)}
    found = bg.compare_dictionaries(
        tmp_path / "x.npy", {"mine": KMeans(4), "none": KMeans(5000)}, labels=labels, seeds=2
    )
    mine, failed, random = found.methods
    assert mine.figures["probe_5"].mean > 0.95
    assert mine.figures["agreement"].mean > 0.95
    assert 0 < mine.figures["compositionality"].mean < 1
    assert "compositionality" in found.to_markdown() and "agreement" in found.to_markdown()
    assert "name" not in mine.figures
    assert (
        random.name == "random (mine)"
        and random.figures["fvu"].mean > mine.figures["fvu"].mean + 0.1
    )
    assert failed.error and "none is left out" in found.to_markdown()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"methods": ["topp"]}, "topk"),
        ({"methods": []}, "no method"),
        ({"seeds": 0}, "seeds=0"),
        ({"by": ["venue"]}, "no columns"),
        ({"labels": {"y": [1, 2]}}, "2 labels"),
        ({"methods": ["kmeans"], "n_concepts": 9999}, "9999"),
        ({"methods": ["bertopic"]}, "give bertopic:FOLDER"),
        ({"methods": ["nmf:there"]}, "leave the folder out"),
    ],
)
def test_mistakes(arguments, said):
    X = np.random.default_rng(0).random((100, 6), dtype=np.float32)
    with pytest.raises(InputError, match=said):
        bg.compare_dictionaries(X, **{"methods": ["kmeans"], "seeds": 1, **arguments})


def test_what_was_trained_elsewhere_has_a_row(tmp_path):
    X = np.random.default_rng(0).standard_normal((200, 8)).astype(np.float32)
    write_sae(TopKSAE(6, k=2, max_epochs=2, batch_size=32).fit(X), tmp_path / "sae")
    theirs, ours = bg.compare_dictionaries(
        X, [f"pretrained:{tmp_path / 'sae'}", "pca"], n_concepts=4, seeds=1
    ).methods[:2]
    assert (theirs.name, theirs.n_concepts, theirs.error) == (
        f"pretrained:{tmp_path / 'sae'}",
        6,
        "",
    )
    assert theirs.figures["l0"].mean <= 2 < ours.figures["l0"].mean


def test_files_that_are_no_vectors(tmp_path):
    (tmp_path / "x.npy").write_text("no")
    with pytest.raises(InputError, match="cannot be read as vectors"):
        bg.compare_dictionaries(tmp_path / "x.npy")
    np.save(tmp_path / "o.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="cannot be read as vectors"):
        bg.compare_dictionaries(tmp_path / "o.npy")
