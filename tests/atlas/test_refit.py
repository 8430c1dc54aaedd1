"""People's concepts stay theirs: through a refit, a new seed, a grown corpus."""

import json
import shutil

import numpy as np
import pytest

import begriff as bg
from begriff import InputError, catalog
from tests.conftest import BagOfWords, make_rows


@pytest.fixture
def copy(atlas, tmp_path):
    shutil.copytree(atlas.path, tmp_path / "copy.atlas")
    return bg.open(tmp_path / "copy.atlas", encoder=BagOfWords())


@pytest.fixture
def shuffled(rows, tmp_path):
    """An atlas whose dictionary gives its concepts other rows with every seed."""
    return bg.build(
        rows, text="body", out=tmp_path / "k.atlas", encoder=BagOfWords(), dictionary="KMeans"
    )


def refit(atlas, source=None, **options):
    return bg.refit(atlas, source, encoder=BagOfWords(), **options)


def test_a_warm_refit_of_a_grown_corpus_keeps_ids_names_and_edits(copy):
    mine, hidden = copy.snapshot.concept_records[3], copy.snapshot.concept_records[5]
    copy.edits.rename(mine.id, "mine")
    copy.edits.note(mine.id, "as in the report of May")
    copy.edits.hide(hidden.id)
    old = {c.id: (c.name, copy.components[c.row]) for c in copy.snapshot.concept_records}
    after = refit(copy, make_rows(440))
    assert (after.n_items, after.version) == (440, copy.version + 1)
    kept = [c for c in after.snapshot.concept_records if c.id in old]
    assert len(kept) >= 0.95 * len(old)
    assert all(after.components[c.row] @ old[c.id][1] >= 0.9 for c in kept)
    assert next(c for c in after.snapshot.concept_records if c.id == mine.id).name == "mine"
    assert "report of May" in str(after.concept("mine"))
    assert next(c for c in after.snapshot.concept_records if c.id == hidden.id).hidden
    after.edits.note("mine", "")
    assert after.concept("mine").concept.note is None
    with pytest.raises(InputError, match="2001 characters"):
        after.edits.note("mine", "x" * 2001)
    assert after.info().lost_edits == []


def test_from_scratch_ids_follow_directions_not_rows_and_new_concepts_get_new_ids(shuffled):
    old = {c.id: shuffled.components[c.row] for c in shuffled.snapshot.concept_records}
    after = refit(shuffled, warm=False, random_state=9)
    found = [c for c in after.snapshot.concept_records if c.id in old]
    cosines = [float(after.components[c.row] @ old[c.id]) for c in found]
    assert len(found) >= 0.5 * len(old)
    assert min(cosines) >= 0.7
    rowwise = np.mean(
        [after.components[i] @ shuffled.components[i] >= 0.7 for i in range(len(old))]
    )
    # without matching people's concepts would be shuffled
    assert rowwise < 0.5 < len(found) / len(old)
    fresh = [int(i) for i in after.snapshot.ids if i not in set(shuffled.snapshot.ids.tolist())]
    assert len(set(after.snapshot.ids.tolist())) == len(after.snapshot.ids)
    assert not fresh or min(fresh) >= len(shuffled.snapshot.ids)
    report = bg.identity(after)
    assert report.counts.get("kept", 0) + report.counts.get("moved", 0) + report.counts.get(
        "split", 0
    ) == len(found)


def test_ids_are_never_given_twice(shuffled):
    seen = set(shuffled.snapshot.ids.tolist())
    atlas = shuffled
    for seed in (5, 6, 7):
        before = set(atlas.snapshot.ids.tolist())
        atlas = refit(atlas, warm=False, random_state=seed)
        new = set(atlas.snapshot.ids.tolist()) - before
        assert not new & seen
        seen |= set(atlas.snapshot.ids.tolist())


def test_a_search_speaks_of_ids_not_rows(shuffled):
    after = refit(shuffled, warm=False, random_state=9)
    by_id = {c.id: c for c in after.snapshot.concept_records}
    moved = [c for c in after.snapshot.concept_records if c.id != c.row]
    assert moved
    hit = after.search("graph community", k=1)[0]
    for c in hit.explanation.contributions:
        if c.concept in by_id:
            assert c.name == by_id[c.concept].name
    held = after.search("graph", k=50, has=moved[0].id, explain=False)
    rows = [after.snapshot.row_of(h.id) for h in held]
    assert (after.snapshot.item_codes[rows][:, [moved[0].row]].toarray() > 0).all()
    assert after.concept(moved[0].id).concept.row == moved[0].row


def test_lost_edits_are_listed(copy):
    concept = copy.snapshot.concept_records[0]
    copy.edits.rename(concept.id, "mine")
    journal = copy.path / "journal.jsonl"
    entry = json.loads(journal.read_text())
    # a concept that no dictionary has
    entry["concept"], entry["direction"] = 10**6, np.eye(48)[7].tolist()
    journal.write_text(json.dumps(entry) + "\n")
    after = refit(copy)
    assert [e["name"] for e in after.info().lost_edits] == ["mine"]
    assert "lost their concept" in str(bg.identity(after))


def test_building_again_after_a_refit_changes_nothing(copy, rows):
    after = refit(copy)
    again = bg.build(rows, text="body", out=copy.path, encoder=BagOfWords())
    assert again.version == after.version
    np.testing.assert_array_equal(again.components, after.components)


def test_a_refit_that_changes_nothing_else_is_deterministic(copy, tmp_path):
    shutil.copytree(copy.path, tmp_path / "twin.atlas")
    a, b = refit(copy), refit(bg.open(tmp_path / "twin.atlas", encoder=BagOfWords()))
    np.testing.assert_array_equal(a.components, b.components)
    np.testing.assert_array_equal(a.snapshot.ids, b.snapshot.ids)


def test_two_atlases_are_compared(copy, tmp_path):
    other = bg.build(
        make_rows(400), text="body", out=tmp_path / "o.atlas", encoder=BagOfWords(), random_state=4
    )
    found = bg.diff_dictionaries(copy, other)
    assert sum(v for k, v in found.counts.items() if k not in ("born", "split off")) == len(
        copy.snapshot.concept_records
    )
    same = bg.diff_dictionaries(copy, copy)
    assert same.counts == {"kept": len(copy.snapshot.concept_records)}
    assert bg.identity(bg.open(other.path)) is None
    vectors = BagOfWords().encode([r["body"] for r in make_rows(100)])[:, :20]
    narrow = bg.build(
        make_rows(100), text="body", out=tmp_path / "n.atlas", encoder=None, vectors=vectors
    )
    with pytest.raises(InputError, match="differ in meaning"):
        bg.diff_dictionaries(copy, narrow)


def test_fates_of_a_planted_split_and_merge():
    from begriff.pipeline.concept_ids import _fates

    held = np.array([[0.9, 0.0, 0.4], [0.0, 0.8, 0.0], [0.0, 0.7, 0.0], [0.0, 0.1, 0.0]])
    taken = np.array([[0.9, 0.0, 0.6], [0.0, 0.5, 0.0], [0.0, 0.4, 0.0], [0.0, 0.1, 0.0]])
    found = {
        (f["old"], f["new"]): f["fate"]
        for f in _fates(np.array([0, 1, -1]), np.array([0.95, 0.8, 0.3]), held, taken)
    }
    assert found == {
        (0, 0): "split",
        (1, 1): "moved",
        (2, None): "merged",
        (3, None): "died",
        (0, 2): "split off",
    }


def test_vectors_without_rows_are_refused(copy):
    with pytest.raises(InputError, match="without a source"):
        refit(copy, vectors=np.zeros((3, 48)))


def test_a_refit_that_cannot_go_on_leaves_the_version_before(copy):
    before = sorted(p.name for p in copy.path.iterdir() if p.is_dir())
    with pytest.raises(InputError, match="at least 50"):
        refit(copy, make_rows(20))
    assert not (copy.path / "building.json").exists()
    assert sorted(p.name for p in copy.path.iterdir() if p.is_dir()) == before
    assert len(bg.open(copy.path, encoder=BagOfWords()).search("graph", k=3)) == 3


def test_a_refit_of_an_opened_atlas_keeps_its_encoder(copy):
    assert len(bg.refit(copy).search("graph", k=2)) == 2


def test_the_report_uses_peoples_names(copy):
    concept = copy.snapshot.concept_records[3]
    copy.edits.rename(concept.id, "mine")
    found = bg.identity(refit(copy))
    assert "mine" in [f.old.name for f in found.fates if f.old and f.old.id == concept.id]
    assert "keep their id" in found.summary()[1]
    assert "keep their id" not in bg.diff_dictionaries(copy, copy).summary()[1]


WARM = [n for n in catalog.names("dictionaries") if catalog.find("dictionaries", n).warm_start]


@pytest.mark.parametrize("name", WARM)
def test_every_dictionary_that_can_starts_from_the_old_one(rows, vectors, tmp_path, name):
    sizes = {"n_core": 24, "k_fine": 3} if name == "MatryoshkaSAE" else {}
    dictionary = catalog.find("dictionaries", name)(48, k=3, max_epochs=6, batch_size=64, **sizes)
    options = {
        "vectors": vectors[: len(rows)],
        "encoder": None,
        "dictionary": dictionary,
        "layout": False,
    }
    first = bg.build(rows, text="body", out=tmp_path / "a.atlas", **options)
    shutil.copytree(first.path, tmp_path / "b.atlas")
    warm = bg.refit(tmp_path / "a.atlas", random_state=9)
    cold = bg.refit(tmp_path / "b.atlas", random_state=9, warm=False)
    alike = [
        float(np.median((after.components * first.components).sum(1))) for after in (warm, cold)
    ]
    assert alike[0] > 0.97
    assert alike[1] < 0.7  # another seed starts elsewhere, so that rows are others


def test_a_dictionary_that_cannot_go_on_says_so(shuffled):
    with pytest.raises(
        InputError,
        match=r"KMeans cannot start from the old dictionary.*--scratch.*BatchTopKSAE, .*TopKSAE",
    ):
        refit(shuffled, warm=True)
    assert refit(shuffled).version == shuffled.version + 1  # by default it starts where it can


@pytest.mark.parametrize(("name", "anchored"), [("TopKSAE", True), ("ArchetypalSAE", False)])
def test_concepts_are_anchored_at_phrases_where_they_can_be(rows, tmp_path, name, anchored):
    dictionary = catalog.find("dictionaries", name)(48, k=3, max_epochs=6, batch_size=64)
    atlas = bg.build(
        rows,
        text="body",
        out=tmp_path / "a.atlas",
        encoder=BagOfWords(),
        dictionary=dictionary,
        layout=False,
    )
    phrase = np.load(atlas.snapshot.store.folder("dictionary") / "anchors.npy")
    assert (phrase >= 0).any() == anchored
    if anchored:
        directions = atlas.snapshot.phrases[1][phrase[phrase >= 0]]
        assert np.median((atlas.components[phrase >= 0] * directions).sum(1)) > 0.7
