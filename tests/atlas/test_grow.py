"""Items that come and go: every array follows, a reader keeps its version, and a killed run goes on."""

import json
import shutil

import numpy as np
import pytest

import begriff as bg
from begriff.errors import AtlasError, InputError
from begriff.search.seeds import seeds_of
from begriff.store.gather import passages_of, runs
from begriff.store.items import open_items, write_items
from tests.conftest import BagOfWords, make_rows
from tests.indexes.test_index import first_kind
from tests.processes import run_code

ROWS = make_rows(300)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """260 of 300 items, some of two passages, with a map where umap is installed."""
    return bg.build(
        ROWS[:260],
        text="body",
        out=tmp_path_factory.mktemp("grow") / "a.atlas",
        encoder=BagOfWords(),
    )


@pytest.fixture
def atlas(source, tmp_path):
    return opened(shutil.copytree(source.path, tmp_path / "a.atlas"))


def opened(path):
    return bg.open(path, encoder=BagOfWords())


def check(atlas, rows):
    """Everything that is stored of every item belongs to it."""
    encoder, dictionary = BagOfWords(), atlas.dictionary
    assert (
        atlas.n_items == len(rows) == atlas.snapshot.item_codes.shape[0] == len(atlas.item_vectors)
    )
    assert atlas.snapshot.items.column("_row").tolist() == list(range(len(rows)))
    assert sorted(atlas.snapshot.items.column("_id")) == sorted(r["id"] for r in rows)
    by_id = {r["id"]: r for r in rows}
    for row, id in enumerate(atlas.snapshot.items.column("_id")):
        text = by_id[id]["body"]
        assert atlas.snapshot.records([row])[0].text == text
        assert atlas.snapshot.records([row])[0].item["year"] == by_id[id]["year"]
        spans = atlas.snapshot.spans[atlas.snapshot.spans[:, 0] == row]
        assert [tuple(s[1:]) for s in spans.tolist()] == encoder.spans([text])[0]
        mean = encoder.encode([text[a:b] for _, a, b in spans.tolist()]).sum(0)
        np.testing.assert_allclose(atlas.item_vectors[row], mean / np.linalg.norm(mean), atol=1e-5)
    found = atlas.snapshot.item_codes @ atlas.components + atlas.snapshot.bias
    left = ((atlas.item_vectors - found) ** 2).sum(1)
    shuffled = ((atlas.item_vectors - np.roll(found, 1, axis=0)) ** 2).sum(1)
    assert left.mean() < 0.6 * shuffled.mean()
    active = dictionary.transform(np.asarray(atlas.item_vectors))
    assert ((active.toarray() > 0) == (atlas.snapshot.item_codes.toarray() > 0)).mean() > 0.99
    hit = atlas.search(rows[-1]["body"], mode="text", k=1)[0]
    assert hit.id == rows[-1]["id"]
    assert atlas.search(rows[-1]["body"], k=1)[0].id == rows[-1]["id"]
    for concept in atlas.snapshot.concept_records[:5]:
        assert concept.frequency == pytest.approx(
            (atlas.snapshot.item_codes[:, [concept.row]].toarray() > 0).mean(), abs=1e-5
        )
    if atlas.info().map:
        assert len(atlas.snapshot.layout[0]) == len(rows)


def test_new_items_are_coded_and_found(atlas):
    first = [c.id for c in atlas.snapshot.concept_records]
    found = atlas.add(ROWS[260:])
    assert (
        found.added,
        found.updated,
        found.unchanged,
        found.removed,
        found.items,
        found.version,
    ) == (40, 0, 0, 0, 300, atlas.version + 1)
    assert found.fvu_before < found.fvu_fresh < 1.15 * found.fvu_expected
    assert not found.refit_due
    now = opened(atlas.path)
    check(now, ROWS)
    assert atlas.n_items == 260
    assert [c.id for c in now.snapshot.concept_records] == first
    assert now.info().grown[0]["added"] == 40
    # this version's, and those of the one before, which can be restored
    assert len(list(atlas.path.glob("vectors-*"))) == 2
    assert not list(atlas.path.glob("incoming-*"))
    assert not list(atlas.path.glob("*/fresh"))


def test_known_items_are_updated_in_their_place(atlas):
    changed = [
        {**ROWS[5], "body": ROWS[299]["body"] + " again"},
        {**ROWS[7], "year": 1950},
        ROWS[9],
        ROWS[290],
    ]
    kept = np.array(atlas.item_vectors[7])
    found = atlas.add(changed)
    assert (found.added, found.updated, found.unchanged) == (1, 2, 1)
    now = opened(atlas.path)
    rows = [
        changed[0] if i == 5 else changed[1] if i == 7 else r for i, r in enumerate(ROWS[:260])
    ] + [ROWS[290]]
    check(now, rows)
    assert now.snapshot.items.column("_id")[5] == "item5"
    assert now.snapshot.words.n_items == len(rows)  # the text before is no longer found
    np.testing.assert_array_equal(now.item_vectors[7], kept)


def test_only_a_column_changes(atlas):
    found = atlas.add([{**ROWS[7], "year": 1950}])
    assert (found.updated, found.fvu_fresh) == (1, None)
    now = opened(atlas.path)
    assert now.item("item7").item["year"] == 1950
    assert now.snapshot.where("year = 1950").sum() == 1
    assert [p.name for p in now.path.glob("vectors-*")] == [
        p.name for p in atlas.path.glob("vectors-*")
    ]


def test_the_same_rows_again_change_nothing(atlas):
    before = (atlas.path / "manifest.json").read_text()
    found = atlas.add(ROWS[:50])
    assert (found.added, found.updated, found.unchanged, found.version) == (0, 0, 50, atlas.version)
    assert (atlas.path / "manifest.json").read_text() == before
    assert not list(atlas.path.glob("incoming-*"))


def test_removed_items_are_gone_from_everything(atlas):
    failed = [
        [atlas.snapshot.items.column("_id")[r] for r in atlas.snapshot.failures(c.row)]
        for c in atlas.snapshot.concept_records
    ]
    found = atlas.remove(["item3", "item259"], where="year = 2018")
    gone = {"item3", "item259", *(r["id"] for r in ROWS[:260] if r["year"] == 2018)}
    assert found.removed == len(gone)
    now = opened(atlas.path)
    check(now, [r for r in ROWS[:260] if r["id"] not in gone])
    ids = now.snapshot.items.column("_id")
    for concept, before in zip(now.snapshot.concept_records, failed, strict=True):
        assert [ids[r] for r in now.snapshot.failures(concept.row)] == [
            i for i in before if i not in gone
        ]
    for phrase in ("item3", "item259"):
        with pytest.raises(InputError):
            now.item(phrase)


def test_after_all_of_it_a_refit_is_as_of_any_atlas(atlas):
    atlas.add(ROWS[260:])
    opened(atlas.path).remove(where="year < 2014")
    now = opened(atlas.path)
    again = bg.refit(now, encoder=BagOfWords())
    assert again.snapshot.grown == []
    assert again.snapshot.fitted_on == again.n_items == now.n_items
    check(again, [r for r in ROWS if r["year"] >= 2014])


def test_models_seeds_and_edits_go_on(atlas):
    bg.classify(atlas, "topic", controls=False, promise=0.51)
    bg.classify(
        atlas, {r["id"]: r["topic"] for r in ROWS[:200]}, name="given", controls=False, promise=0.51
    )
    atlas.seeds.fit("mine", words="graph node", yes=["item1"])
    atlas.edits.rename(0, "a name of mine")
    before = bg.Classifier(atlas, "given").decide("item100")
    atlas.add(ROWS[260:])
    opened(atlas.path).remove(["item0", "item1"])
    now = opened(atlas.path)
    after = bg.Classifier(now, "given").decide("item100")
    assert (after.label, after.predicted) == (before.label, before.predicted)
    assert bg.Classifier(now, "topic").decide("item299").label == ROWS[299]["topic"]
    assert seeds_of(now.snapshot)[0].steer.name == "mine"
    assert now.concept(0).concept.name == "a name of mine"


def test_a_corpus_that_moves_on_asks_for_a_refit(source, tmp_path):
    atlas = opened(shutil.copytree(source.path, tmp_path / "a.atlas"))
    rng = np.random.default_rng(0)
    alien = [
        {
            "id": f"new{i}",
            "title": "t",
            "body": " ".join(rng.choice([f"xq{j}" for j in range(400)], 40)),
            "year": 2020,
            "topic": "alien",
        }
        for i in range(80)
    ]
    found = atlas.add(alien)
    assert found.fvu_fresh > 1.5 * found.fvu_before
    assert found.refit_due
    assert "unexplained" in found.why
    assert all(d.q <= 0.05 for d in found.drift)
    assert "refit is due" in str(found)
    same = opened(shutil.copytree(source.path, tmp_path / "b.atlas")).add(ROWS[260:])
    assert not same.refit_due


def test_vectors_that_are_given(tmp_path):
    vectors = BagOfWords().encode([r["body"] for r in ROWS])
    atlas = bg.build(
        ROWS[:260], text="body", out=tmp_path / "a.atlas", encoder=None, vectors=vectors[:260]
    )
    with pytest.raises(InputError, match="give those of the new items"):
        atlas.add(ROWS[260:])
    with pytest.raises(InputError, match="dimensions"):
        atlas.add(ROWS[260:], vectors=vectors[260:, :10])
    with pytest.raises(InputError, match="39 vectors for 40 rows"):
        atlas.add(ROWS[260:], vectors=vectors[261:])
    assert atlas.add(ROWS[260:], vectors=vectors[260:]).added == 40
    np.testing.assert_allclose(bg.open(atlas.path).vectors, vectors, atol=1e-6)


def test_rows_without_ids_are_new_items(tmp_path):
    rows = [{k: v for k, v in r.items() if k != "id"} for r in ROWS]
    atlas = bg.build(rows[:260], text="body", out=tmp_path / "a.atlas", encoder=BagOfWords())
    atlas.add(rows[260:280])
    assert opened(atlas.path).add(rows[280:]).items == 300
    now = opened(atlas.path)
    assert len(set(now.snapshot.items.column("_id"))) == 300
    assert now.item("300").text == rows[299]["body"]


def test_bad_rows_are_listed(atlas):
    found = atlas.add([*ROWS[260:], {"id": "bad", "body": "", "year": 2000}])
    assert (found.added, found.rejected) == (40, 1)
    with open(found.rejected_file) as f:
        assert json.loads(f.read())["reason"] == "no text in body"
    assert opened(atlas.path).info().rejected == 1


@pytest.mark.parametrize(
    ("work", "says"),
    [
        (lambda a: a.add([{"id": "x", "other": "y"}]), "no column 'body'"),
        (lambda a: a.add([{"body": "y"}]), "no column 'id'"),
        (lambda a: a.add([ROWS[270], ROWS[270]]), "1 ids in 'id' are repeated"),
        (
            lambda a: a.add([ROWS[270], *[{**r, "body": ""} for r in ROWS[271:280]]]),
            "9 of 10 rows are bad",
        ),
        (lambda a: a.add("nothing.jsonl"), "no file"),
        (lambda a: a.remove(["nobody"]), "no item 'nobody'"),
        (lambda a: a.remove(["nobody", "noone"]), "2 ids belong to no item"),
        (lambda a: a.remove(where="yaer = 2"), "yaer"),
        (lambda a: a.remove(where="year = 1"), "no item meets"),
        (lambda a: a.remove(where="year > 1"), "at least 50"),
        (lambda a: a.remove(), "nothing to remove"),
        (lambda a: a.remove("item3"), "a list of ids"),
    ],
)
def test_what_cannot_be_done_changes_nothing(atlas, work, says):
    before = sorted(p.name for p in atlas.path.iterdir())
    with pytest.raises(InputError, match=says):
        work(atlas)
    after = sorted(p.name for p in atlas.path.iterdir() if not p.name.startswith("incoming-"))
    assert after == sorted({*before, "lock"})
    check(opened(atlas.path), ROWS[:260])


def test_an_erased_concept_is_not_brought_back(atlas):
    bg.erase(atlas, "graphs", labels="topic")
    with pytest.raises(InputError, match="bring it back"):
        opened(atlas.path).add(ROWS[260:])


def test_a_second_writer_is_told(atlas, monkeypatch):
    monkeypatch.setattr("begriff.pipeline.grow._PATIENCE", 0.1)
    with (
        bg.open(atlas.path).snapshot.store.lock(),
        pytest.raises(AtlasError, match="being written by another process"),
    ):
        atlas.add(ROWS[260:])


@pytest.mark.parametrize("stage", ["items", "vectors", "codes"])
def test_a_killed_run_leaves_the_version_before_and_goes_on(source, atlas, tmp_path, stage):
    (tmp_path / "more.jsonl").write_text(
        "".join(
            json.dumps(r) + "\n"
            for r in [*ROWS[260:], {**ROWS[3], "body": ROWS[299]["body"] + " x"}]
        )
    )
    code = (
        "import os, sys, begriff as bg; from tests.conftest import BagOfWords\n"
        "def die(stage, done, total):\n"
        f"    if stage == {stage!r}: os.kill(os.getpid(), 9)\n"
        "bg.open(sys.argv[1], encoder=BagOfWords()).add(sys.argv[2], progress=die)\n"
    )
    done = run_code(code, atlas.path, tmp_path / "more.jsonl")
    assert done.returncode == -9, done.stderr
    assert opened(atlas.path).n_items == 260
    opened(atlas.path).add(tmp_path / "more.jsonl")
    other = opened(shutil.copytree(source.path, tmp_path / "b.atlas"))
    other.add(tmp_path / "more.jsonl")
    one, two = opened(atlas.path), opened(other.path)
    np.testing.assert_array_equal(one.vectors, two.vectors)
    assert (one.codes != two.codes).nnz == 0
    assert one.snapshot.items.column("_id").tolist() == two.snapshot.items.column("_id").tolist()
    assert sorted(p.name for p in one.path.iterdir()) == sorted(p.name for p in two.path.iterdir())


def test_picks_are_followed_whatever_their_order():
    rng = np.random.default_rng(0)
    pick = np.concatenate([rng.permutation(50)[:30], -1 - rng.permutation(20), np.arange(40, 50)])
    seen = np.empty(len(pick), dtype=np.int64)
    for place, old, rows in runs(pick):
        at = np.arange(rows.start, rows.stop)
        seen[place] = at if old else -1 - at
    np.testing.assert_array_equal(seen, pick)
    old = np.array([(i, 10 * j, 10 * j + 10) for i in range(50) for j in range(1 + i % 3)])
    fresh = np.array([(i, 5 * j, 5 * j + 5) for i in range(20) for j in range(1 + i % 2)])
    passages, spans = passages_of(pick, old, fresh)
    for i, p in enumerate(pick):
        part = old[old[:, 0] == p] if p >= 0 else fresh[fresh[:, 0] == -1 - p]
        np.testing.assert_array_equal(spans[spans[:, 0] == i][:, 1:], part[:, 1:])
    np.testing.assert_array_equal(
        [(old[p] if p >= 0 else fresh[-1 - p])[1] for p in passages], spans[:, 1]
    )


def test_columns_that_the_source_lacks_stay_as_they_were(atlas):
    known = [{"id": ROWS[i]["id"], "body": ROWS[270 + i]["body"]} for i in range(3)]
    known.append({"id": "new", "body": ROWS[280]["body"]})
    growth = atlas.add(known)
    assert (growth.added, growth.updated) == (1, 3)
    now = opened(atlas.path)
    for i in range(3):
        item = now.item(ROWS[i]["id"]).item
        assert (item["year"], item["title"]) == (ROWS[i]["year"], ROWS[i]["title"])
    assert now.item("new").item["year"] is None
    assert (
        opened(atlas.path).add([{"id": r["id"], "body": r["body"]} for r in ROWS[10:20]]).unchanged
        == 10
    )


def test_text_comes_whole_or_not_at_all(tmp_path):
    made = bg.build(
        ROWS[:80],
        text=["title", "body"],
        out=tmp_path / "two.atlas",
        encoder=BagOfWords(),
        layout=False,
    )
    with pytest.raises(InputError, match="no column 'title'"):
        made.add([{"id": "x", "body": "words"}])


def test_an_encoder_of_another_name_starts_again(atlas):
    """What an interrupted run encoded is not taken for what another encoder gives."""

    class Other(BagOfWords):
        name = "other-bag"

    def die(stage, done, total):
        if stage == "codes":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        opened(atlas.path).add(ROWS[260:], progress=die)
    before = {p.name for p in atlas.path.glob("incoming-*")}
    with pytest.raises(KeyboardInterrupt):
        bg.open(atlas.path, encoder=Other()).add(ROWS[260:], progress=die)
    assert {p.name for p in atlas.path.glob("incoming-*")} > before


def test_half_an_array_of_codes_is_made_again(atlas):
    def die(stage, done, total):
        if stage == "codes":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        opened(atlas.path).add(ROWS[260:], progress=die)
    (fresh,) = atlas.path.glob("codes-*/fresh/vectors")
    (fresh / "codes-data.npy").write_bytes(b"\x93NUMPY")
    (changed,) = atlas.path.glob("incoming-*/changed")
    (changed / "done").unlink()
    opened(atlas.path).add(ROWS[260:])
    check(opened(atlas.path), ROWS)


def test_rows_that_stay_are_not_written_again(source, tmp_path):
    n = source.n_items
    write_items(tmp_path / "same", np.arange(n), source.snapshot.items)
    write_items(
        tmp_path / "more",
        np.append(np.arange(n), [-1, -2]),
        source.snapshot.items,
        source.snapshot.items,
    )
    write_items(tmp_path / "less", np.arange(1, n), source.snapshot.items)
    shared = [
        {f.stat().st_ino for f in (p / "items.lance" / "data").iterdir()}
        for p in (tmp_path / "same", tmp_path / "more", tmp_path / "less")
    ]
    before = {
        f.stat().st_ino
        for f in (source.snapshot.store.folder("items") / "items.lance" / "data").iterdir()
    }
    assert before == shared[0] < shared[1]
    assert not before & shared[2]
    more = open_items(tmp_path / "more")
    assert more.column("_row").tolist() == list(range(n + 2))
    assert more.column("_id")[-2:].tolist() == source.snapshot.items.column("_id")[:2].tolist()
    assert source.snapshot.items.n == open_items(tmp_path / "less").n + 1 == n


def test_an_atlas_with_words_of_the_first_kind_is_searched_and_indexed_anew_when_items_come(atlas):
    rows = [
        *ROWS[260:290],
        {**ROWS[290], "id": "hi", "body": "आज दोपहर का खाना " + ROWS[290]["body"]},
    ]
    expected = [h.id for h in atlas.search("graphs", mode="text", k=5)]
    folder = atlas.snapshot.store.folder("words") / "index"
    shutil.rmtree(folder)
    first_kind(folder, [r["body"] for r in ROWS[:260]])
    old = opened(atlas.path)
    assert not old.snapshot.words.current
    assert [h.id for h in old.search("graphs", mode="text", k=5)] == expected
    assert "earlier version" in " ".join(old.search("खाना", mode="hybrid", k=5).query.notes)
    old.add(rows)
    now = opened(atlas.path)
    assert now.snapshot.words.current
    assert now.snapshot.words.n_items == 291
    assert now.search("खाना", mode="text", k=5)[0].id == "hi"
    assert now.search(ROWS[3]["body"], mode="text", k=1)[0].id == ROWS[3]["id"]


def test_cells_that_were_emptied_stay_listed_and_counted(atlas):
    atlas.add([{**ROWS[270], "year": "many"}, ROWS[271]])
    opened(atlas.path).remove(["item3"])
    items = opened(atlas.path).snapshot.store.folder("items")
    assert [
        json.loads(line)["column"] for line in (items / "emptied.jsonl").read_text().splitlines()
    ] == ["year"]
    meta = json.loads((items / "columns.json").read_text())
    assert (meta["emptied"], meta["cells"]["year"]["emptied"]) == (1, 1)
