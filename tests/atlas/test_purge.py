"""After a purge no byte of the folder speaks of the items; without it, many do."""

import json
import shutil

import pytest

import begriff as bg
from begriff.errors import InputError
from begriff.pipeline.purge import Traces
from begriff.store.items import lance_library
from begriff.store.journal import Journal
from tests.conftest import BagOfWords, make_rows
from tests.processes import run_code

SECRET = "qzxveronika"
PHRASE = "wombat quark"
GONE = [f"{SECRET}{i}" for i in range(6)]


def rows():
    out = make_rows(140)
    for i, row in enumerate(out):
        row["tags"] = ["plain", f"tag{i % 5}"]
        row["note"] = f"remark {i % 7}"
        if i < len(GONE):
            secret = {
                "id": GONE[i],
                "title": f"{SECRET}title",
                "tags": [f"{SECRET}tag", "plain"],
                "note": f"see {SECRET}note",
            }
            row |= {**secret, "body": f"{row['body']} {PHRASE} {PHRASE} about {SECRET}body"}
    bad = {**out[0], "body": ""}
    return [*out, {**bad, "id": f"{SECRET}bad", "title": f"{SECRET} rejected"}]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("purge") / "a.atlas"
    atlas = bg.build(rows(), text="body", out=path, encoder=BagOfWords())
    atlas.seeds.fit(
        "mine",
        words=["graph node", f"what {SECRET}body says"],
        yes=[GONE[0], "item20"],
        no=[GONE[1], "item21"],
    )
    atlas.seeds.fit(f"of {SECRET}body", words="speech")
    atlas.searches.save("quoted", f"{SECRET}body")
    atlas.searches.save("filtered", "graph", where=f"note = 'see {SECRET}note'")
    atlas.searches.save("plain", "graph")
    atlas.edits.rename(1, f"about {SECRET}title")
    atlas.edits.rename(2, "a name of mine")
    atlas.edits.note(3, f"compare {GONE[2]}")
    with pytest.warns(UserWarning, match="abstains"):  # a hundred labels promise nothing
        bg.classify(
            atlas, {r["id"]: r["topic"] for r in rows()[:100]}, name="given", controls=False
        )
    bg.Classifier(bg.open(path, encoder=BagOfWords()), "given").correct(GONE[3], 2, True)
    (path / "watched.json").write_text(json.dumps({"/folder": [GONE[0], "item30"]}))
    bg.open(path, encoder=BagOfWords()).add(
        [{**make_rows(150)[145], "tags": ["plain"], "note": "late"}]
    )
    return path


@pytest.fixture
def path(source, tmp_path):
    return shutil.copytree(source, tmp_path / "a.atlas")


def opened(path):
    return bg.open(path, encoder=BagOfWords())


def places(path, marker):
    """Files with the marker in a byte of theirs, in any case, and tables with it in any version."""
    wanted = marker.encode()
    out = {
        p.relative_to(path).parts[0].split("-")[0]
        for p in path.rglob("*")
        if p.is_file() and wanted in p.read_bytes().lower()
    }
    out |= {"names of files" for p in path.rglob("*") if marker in p.name}
    lance = lance_library()
    for table in path.rglob("items.lance"):
        for version in lance.dataset(str(table)).versions():
            rows = lance.dataset(str(table), version=version["version"]).to_table().to_pylist()
            out |= {"rows"} if marker in json.dumps(rows, default=str).lower() else set()
    return out


def test_nothing_is_left_after_a_purge_and_much_without(path, tmp_path):
    other = shutil.copytree(path, tmp_path / "b.atlas")
    assert places(path, SECRET) >= {
        "items",
        "rows",
        "journal.jsonl",
        "models",
        "watched.json",
        "seeds",
    }
    assert places(path, PHRASE) >= {"rows", "phrases"}
    opened(other).remove(GONE)
    assert places(other, SECRET) >= {"items", "rows", "journal.jsonl", "models", "watched.json"}
    growth = opened(path).remove(GONE, purge=True)
    assert (growth.removed, growth.purged) == (len(GONE), True)
    assert "nothing of them is left" in str(growth)
    for marker in (SECRET, PHRASE, "wombat"):
        assert places(path, marker) == set(), marker


def test_the_rest_works_on(path):
    before = opened(path)
    label = bg.Classifier(before, "given").decide("item50").predicted
    before.remove(GONE, purge=True)
    atlas = opened(path)
    assert bg.check(path).whole
    assert atlas.n_items == before.n_items - len(GONE)
    assert [v.version for v in atlas.versions().versions] == [atlas.version]
    assert len(atlas.search("graph laplacian", k=20)) == 20
    assert atlas.search("wombat", mode="text").hits == []
    seeds = {s.name: s for s in atlas.seeds.list().seeds}
    assert list(seeds) == ["mine"]
    assert (seeds["mine"].words, seeds["mine"].yes, seeds["mine"].no) == (
        ["graph node"],
        ["item20"],
        ["item21"],
    )
    assert [s.name for s in atlas.searches.list().searches] == ["plain"]
    assert atlas.concept(2).concept.name == "a name of mine"
    assert bg.Classifier(atlas, "given").decide("item50").predicted == label
    assert json.loads((path / "watched.json").read_text()) == {"/folder": ["item30"]}
    assert atlas.info().rejected == 1
    numbers = [e["number"] for e in Journal(path / "journal.jsonl").entries()]
    assert numbers == list(range(1, len(numbers) + 1))
    atlas.edits.rename(4, "another")
    assert atlas.edits.undo()["number"] == len(numbers) + 1
    assert bg.refit(path, encoder=BagOfWords()).n_items == atlas.n_items
    assert places(path, SECRET) == set()


def test_a_shared_word_is_no_trace(path):
    """What other items say, too, stays: the edits that use it are not about those that go."""
    atlas = opened(path)
    atlas.edits.note(5, "plain vision of a graph")
    atlas.remove(GONE, purge=True)
    assert opened(path).concept(5).concept.note == "plain vision of a graph"


def test_what_was_removed_before_is_purged_too(path):
    opened(path).remove(GONE)
    with pytest.raises(InputError, match="no item"):
        opened(path).remove(GONE[:1])
    growth = opened(path).remove(GONE, purge=True)
    assert (growth.removed, growth.purged) == (0, True)
    assert places(path, SECRET) == set()
    with pytest.raises(InputError, match="belong to no item"):
        opened(path).remove(GONE, purge=True)


def test_texts_that_speak_of_an_item():
    traces = Traces(frozenset({"5", "o'neill"}), frozenset({"veronika"}))
    for text in (
        "5",
        "id = '5' AND year > 3",
        "name = 'o''neill'",
        "Veronika's paper",
        "see VERONIKA",
    ):
        assert traces.in_text(text), text
    for text in ("five 5 words", "year = 5", "'55'", "veronikas", ""):
        assert not traces.in_text(text), text


def test_who_reads_is_told(path):
    held = opened(path)
    _ = held.snapshot.items
    opened(path).remove(GONE, purge=True)
    with pytest.raises(bg.ChangedError, match="open it again"):
        held.search("graph", where="year > 0")


@pytest.mark.parametrize("at", ["journal", "models", "sweep"])
def test_a_killed_purge_goes_on(path, at):
    target = {
        "journal": "journal.Journal.rewrite",
        "models": "purge._forget_labels",
        "sweep": "stages.Store.sweep",
    }[at]
    code = (
        "import os, sys, begriff as bg\nfrom begriff.pipeline import purge\nfrom begriff.store"
        " import journal, stages\nfrom tests.conftest import BagOfWords\natlas ="
        f" bg.open(sys.argv[1], encoder=BagOfWords())\nsweep = stages.Store.sweep\n{target} ="
        f" lambda *a, **k: os.kill(os.getpid(), 9) if k or {at != 'sweep'} else"
        " sweep(*a)\natlas.remove(sys.argv[2:], purge=True)\n"
    )
    done = run_code(code, path, *GONE)
    assert done.returncode == -9, done.stderr
    assert places(path, SECRET)
    opened(path).remove(GONE, purge=True)
    assert places(path, SECRET) == set()


def test_words_that_came_with_a_dictionary(path, monkeypatch):
    # as a BERTopic brings them
    method = type(opened(path).dictionary)
    monkeypatch.setattr(method, "_learnt_scalars", (*method._learnt_scalars, "suggested_"))
    file = next(path.glob("dictionary-*")) / "dictionary.json"
    meta = json.loads(file.read_text())
    meta["learnt"]["suggested_"] = json.dumps([[[f"{SECRET}body", "graph"]], ["x"]])
    file.write_text(json.dumps(meta))
    opened(path).remove(GONE, purge=True)
    assert json.loads(json.loads(file.read_text())["learnt"]["suggested_"]) == [
        [["purged", "graph"]],
        ["x"],
    ]
    assert bg.check(path).whole
