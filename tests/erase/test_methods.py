"""Every eraser of the catalogue either takes a concept out of an atlas, or is refused with those that can."""

import numpy as np
import pytest

import begriff as bg
from begriff import catalog
from begriff.errors import InputError
from tests.cli.command import run
from tests.conftest import BagOfWords, make_rows

ABLE = [m.name for m in catalog.methods("erasers") if not m.tags["needs_labels"]]
TOLD = [m.name for m in catalog.methods("erasers") if m.name not in ABLE]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """700 items, so that what is held out is enough to judge by."""
    rows = [{**r, "graph": "yes" if r["topic"] == "graph" else "no"} for r in make_rows(700)]
    return bg.build(
        rows, text="body", out=tmp_path_factory.mktemp("erase") / "a.atlas", encoder=BagOfWords()
    )


def test_the_catalogue_holds_erasers_of_both_sorts():
    assert {"inlp", "leace", "projection"} <= set(ABLE)
    assert set(TOLD) == {"mean-matching", "oracle-leace", "qleace"}


@pytest.mark.parametrize("method", ABLE)
def test_an_eraser_hides_the_concept_from_the_probe_that_found_it(source, method):
    report = bg.erase(source, "graph", labels="graph", method=method, dry_run=True)
    probe = report.attacks[0]
    assert report.method == catalog.find("erasers", method).__name__
    assert probe.before.low > 0.7  # the control: with the vectors as they were, the probe finds it
    assert probe.after.auroc < probe.before.auroc - 0.3
    # INLP goes on until its own probe fails, and proves nothing of others
    assert report.proved or method not in ("leace", "projection")
    assert not (report.proved and method == "inlp")
    assert not report.proved or probe.after.auroc < 0.6


def test_projection_moves_vectors_further_than_leace(source):
    moved = {}
    for method in ("leace", "projection"):
        report = bg.erase(source, "graph", labels="graph", method=method, dry_run=True)
        moved[method] = next(c.after for c in report.costs if c.name == "distance moved")
    assert moved["projection"] >= moved["leace"] > 0


@pytest.mark.parametrize("method", TOLD)
def test_an_eraser_that_needs_labels_to_edit_is_refused_with_those_that_do_not(source, method):
    before = sorted(p.name for p in source.path.iterdir())
    with pytest.raises(
        InputError, match=r"needs the label of every vector.*inlp, leace,.*projection"
    ):
        bg.erase(source, "graph", labels="graph", method=method)
    assert sorted(p.name for p in source.path.iterdir()) == before


def test_a_misspelt_eraser_is_refused_with_the_nearest(source):
    with pytest.raises(InputError, match=r"no eraser 'projektion'; near: 'projection'"):
        bg.erase(source, "graph", labels="graph", method="projektion")
    done = run("erase", source.path, "--concept", "graph", "--labels", "graph", "--method", "leech")
    assert done.returncode == 2
    assert "near: 'leace'" in done.stderr


def test_the_command_writes_with_the_eraser_that_is_named(tmp_path):
    rows = [{**r, "graph": "yes" if r["topic"] == "graph" else "no"} for r in make_rows(400)]
    vectors = BagOfWords().encode([r["body"] for r in rows])
    path = bg.build(rows, text="body", vectors=vectors, encoder=None, out=tmp_path / "a.atlas").path
    done = run(
        "erase", path, "--concept", "graph", "--labels", "graph", "--method", "Projection", "--json"
    )
    assert done.returncode == 0, done.stdout
    atlas = bg.open(path)
    assert [e["method"] for e in atlas.snapshot.erased] == ["Projection"]
    y = np.array([g == "yes" for g in atlas.snapshot.column("graph")])
    X = np.asarray(atlas.item_vectors, dtype=np.float64)
    assert np.abs(X[y].mean(0) - X[~y].mean(0)).max() < 1e-6
    assert np.abs(vectors[y].mean(0) - vectors[~y].mean(0)).max() > 0.05  # the control
