"""A concept is gone from every vector that a search sees, the report says what is proved, and one undo brings it back."""

import json
import os
import shutil
import subprocess

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import begriff as bg
from begriff.errors import InputError
from begriff.metrics import auroc
from tests.conftest import BagOfWords, make_rows
from tests.processes import run_code


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """700 items, so that what is held out is enough to judge by."""
    return bg.build(
        make_rows(700),
        text="body",
        out=tmp_path_factory.mktemp("erase") / "a.atlas",
        encoder=BagOfWords(),
    )


@pytest.fixture
def copy(source, tmp_path):
    return opened(shutil.copytree(source.path, tmp_path / "a.atlas"))


@pytest.fixture(scope="module")
def erased(source, tmp_path_factory):
    """The atlas without its graphs, with the report."""
    path = shutil.copytree(source.path, tmp_path_factory.mktemp("erased") / "a.atlas")
    report = bg.erase(opened(path), "graphs", labels=graphs(source), who="Ada")
    return opened(path), report


def opened(path):
    return bg.open(path, encoder=BagOfWords())


def graphs(atlas):
    """Every item, by whether it is about graphs."""
    return {
        i: "graph" if t == "graph" else "other"
        for i, t in zip(
            atlas.snapshot.items.column("_id"), atlas.snapshot.items.column("topic"), strict=True
        )
    }


def is_graph(atlas):
    return np.array([t == "graph" for t in atlas.snapshot.items.column("topic")])


def test_no_linear_probe_learns_it_any_more_and_one_did_before(source, erased):
    atlas, report = erased
    y = is_graph(source)
    X, Z = (np.asarray(a.item_vectors, dtype=np.float64) for a in (source, atlas))
    assert LogisticRegression(max_iter=500).fit(X, y).score(X, y) > y.mean() + 0.15  # the control
    assert np.abs(LogisticRegression(max_iter=500).fit(X, y).coef_).max() > 1
    probe = LogisticRegression(max_iter=2000, tol=1e-10).fit(Z, y)
    assert np.abs(probe.coef_).max() < 1e-4
    assert probe.score(Z, y) == max(y.mean(), 1 - y.mean())
    assert np.abs(Z[y].mean(0) - Z[~y].mean(0)).max() < 1e-6
    assert report.proved


def test_passages_are_erased_as_items_are(erased, source):
    """Some texts are long enough for two passages: no probe on passages finds the concept either."""
    atlas, _ = erased
    of = atlas.snapshot.spans[:, 0]
    y = is_graph(atlas)[of]
    X = np.asarray(atlas.vectors, dtype=np.float64)
    assert np.abs(X[y].mean(0) - X[~y].mean(0)).max() < 1e-6


def test_the_report_shows_what_finds_it_before_and_after(erased):
    _, report = erased
    linear = {a.name: a for a in report.attacks}["linear probe"]
    assert linear.before.low > 0.7
    assert linear.after.low <= 0.55
    lost = {c.name: c for c in report.costs}
    assert 0 < lost["distance moved"].after < 0.5
    assert 0.2 < lost["neighbours kept"].after <= 1
    text = report.to_markdown()
    assert "Proved" in text
    assert "Measured" in text
    assert "Not changed: the texts" in text
    assert json.loads(report.model_dump_json())["number"] == 1


def test_codes_reasons_and_queries_follow(erased, source):
    atlas, _ = erased
    assert atlas.version == source.version + 1
    np.testing.assert_array_equal(atlas.snapshot.ids, source.snapshot.ids)
    hits = atlas.search("graph node spectral", k=10)
    for hit in hits:
        e = hit.explanation
        assert sum(c.value for c in e.contributions) + e.bias + e.rest - e.penalty == pytest.approx(
            hit.score, abs=1e-5
        )
    y = is_graph(source)
    query = "graph laplacian vertex"
    before, after = (a.item_vectors @ a.snapshot.encode_query(query) for a in (source, atlas))
    assert auroc(before[y], before[~y]) > 0.95
    assert abs(auroc(after[y], after[~y]) - 0.5) < 0.3
    speech = np.array([t == "speech" for t in source.snapshot.items.column("topic")])
    was, kept = (
        a.item_vectors @ a.snapshot.encode_query("speech acoustic") for a in (source, atlas)
    )
    assert auroc(kept[speech], kept[~speech]) > auroc(was[speech], was[~speech]) - 0.02


def test_an_undo_is_the_version_before(erased, source, tmp_path):
    path = shutil.copytree(erased[0].path, tmp_path / "a.atlas")
    atlas = opened(path)
    entry = atlas.edits.undo()
    assert (entry["action"], entry["who"], entry["name"]) == ("erase", "Ada", "graphs")
    back = opened(path)
    np.testing.assert_array_equal(back.vectors, source.vectors)
    assert back.snapshot.erased == []
    assert bg.erasures(back).erasures == []
    assert [h.id for h in back.search("graph node", k=5)] == [
        h.id for h in source.search("graph node", k=5)
    ]
    read = (
        atlas.region_codes.nnz,
        len(atlas.search("graph", mode="text").hits),
        len(atlas.snapshot.bias),
        len(atlas.snapshot.concept_records),
        atlas.snapshot.failures(0),
    )
    assert all(n != 0 for n in read[:4])  # who opened it before the undo goes on with that version


def test_the_report_is_kept_with_the_atlas(erased):
    atlas, report = erased
    assert bg.erasures(atlas).erasures == [report]
    assert [e["concept"] for e in atlas.snapshot.erased] == ["graphs"]


def test_erasing_twice_finds_nothing_and_writes_nothing(erased, source, tmp_path):
    path = shutil.copytree(erased[0].path, tmp_path / "a.atlas")
    before = (path / "manifest.json").read_text()
    with pytest.raises(
        InputError, match=r"no linear probe finds 'graphs'.*erased in edit 1.*nothing was written"
    ):
        bg.erase(opened(path), "graphs", labels=graphs(source))
    assert (path / "manifest.json").read_text() == before


def test_a_concept_that_nothing_finds_is_said_and_nothing_is_written(copy):
    rng = np.random.default_rng(0)
    labels = {i: str(rng.integers(2)) for i in copy.snapshot.items.column("_id")}
    before = sorted(p.name for p in copy.path.iterdir())
    with pytest.raises(InputError, match="nothing was written"):
        bg.erase(copy, "coins", labels=labels)
    assert sorted(p.name for p in copy.path.iterdir()) == before


def test_two_erasures_come_off_one_after_the_other(erased, source, tmp_path):
    path = shutil.copytree(erased[0].path, tmp_path / "a.atlas")
    topics = dict(
        zip(
            source.snapshot.items.column("_id"),
            (str(t == "speech") for t in source.snapshot.items.column("topic")),
            strict=True,
        )
    )
    assert bg.erase(opened(path), "speech", labels=topics, method="inlp").number == 2
    both = opened(path)
    assert len(both.snapshot.erasers) == 2
    with pytest.raises(InputError, match="undo edit 2 first"):
        both.edits.undo(1)
    both.edits.undo()
    opened(path).edits.undo()
    np.testing.assert_array_equal(opened(path).vectors, source.vectors)


def test_a_dry_run_writes_nothing(copy, source):
    before = sorted(p.name for p in copy.path.iterdir())
    report = bg.erase(copy, "graphs", labels=graphs(source), dry_run=True)
    assert report.number is None
    assert "Nothing was written" in report.to_markdown()
    assert sorted(p.name for p in copy.path.iterdir()) == before


def test_a_concept_of_the_dictionary_is_erased_where_it_is_active(copy):
    concept = max(
        (c for c in copy.snapshot.concept_records if c.well_named), key=lambda c: c.frequency
    )
    report = bg.erase(copy, concept.label, seeded=concept.id, dry_run=True)
    assert report.classes["yes"] == round(concept.frequency * copy.n_items)


def test_a_build_does_not_bring_it_back_and_a_refit_keeps_it_away(erased, tmp_path):
    path = shutil.copytree(erased[0].path, tmp_path / "a.atlas")
    with pytest.raises(InputError, match="'graphs' was erased"):
        bg.build(make_rows(700), text="body", out=path, encoder=BagOfWords())
    with pytest.raises(InputError, match="'graphs' was erased"):
        bg.refit(opened(path), make_rows(710), encoder=BagOfWords())
    again = bg.refit(opened(path), encoder=BagOfWords())
    assert [e["concept"] for e in again.snapshot.erased] == ["graphs"]
    np.testing.assert_array_equal(again.vectors, erased[0].vectors)
    again.edits.undo()
    assert opened(path).snapshot.erased == []


@pytest.fixture
def small_disk(tmp_path):
    """A disk with little room, where this process may make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)], capture_output=True
    ).returncode:
        pytest.skip(
            "this process may not mount a tmpfs: a disk that is really full cannot be shown"
        )
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True, capture_output=True)


@pytest.mark.parametrize("room", [0, 200_000, 400_000])
def test_a_disk_that_is_really_full_leaves_the_version_before(source, small_disk, room):
    """In a process of its own: a write into a hole of a memory map of a full disk would be a signal, which ends it."""
    path = shutil.copytree(source.path, small_disk / "a.atlas")
    labels = small_disk / "labels.json"
    labels.write_text(json.dumps(graphs(source)))
    stat = os.statvfs(small_disk)
    (small_disk / "filler").write_bytes(b"x" * max(0, stat.f_bavail * stat.f_frsize - room))
    code = (
        "import json, sys, begriff as bg; from tests.conftest import BagOfWords\n"
        "try:\n    bg.erase(bg.open(sys.argv[1], encoder=BagOfWords()), 'graphs',"
        " labels=json.load(open(sys.argv[2])))\n"
        # numpy's words
        "except OSError as e:\n    print('disk:', 'No space left' in str(e) or 'requested and' in"
        " str(e))\n"
    )
    done = run_code(code, path, labels)
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    back = opened(path)
    if done.stdout == "disk: True\n":
        np.testing.assert_array_equal(back.vectors, source.vectors)
        assert back.edits.list() == []
        assert len(list(path.glob("vectors-*"))) == 1
    else:
        assert (done.stdout, len(back.snapshot.erased), room > 0) == ("", 1, True)
    (small_disk / "filler").unlink()
    if not back.snapshot.erased:
        assert bg.erase(back, "graphs", labels=graphs(source)).number == 1


def test_few_items_a_class_are_refused_in_words_and_many_classes_are_not(copy):
    ids = np.array(copy.snapshot.items.column("_id"))
    topics = np.array(copy.snapshot.items.column("topic"))
    few = {i: t for t in ("graph", "speech") for i in ids[topics == t][:10]}
    with pytest.raises(
        InputError, match=r"on 4 held-out items.*too few items are labelled to tell"
    ):
        bg.erase(copy, "few", labels=few, dry_run=True)
    assert len(bg.erase(copy, "every", labels="topic", dry_run=True).classes) == len(set(topics))


def test_noise_is_hardly_ever_taken_for_a_concept(source):
    """Of the 40 coins tossed for every item at most 4 are found: one attack is asked, at 2.5 %, and not the best of several."""
    rng = np.random.default_rng(7)
    ids = source.snapshot.items.column("_id").tolist()
    found = 0
    for _ in range(40):
        try:
            bg.erase(
                source,
                "coins",
                labels=dict(zip(ids, rng.choice(["a", "b"], len(ids)).tolist(), strict=True)),
                dry_run=True,
            )
            found += 1
        except InputError:
            pass
    assert found <= 4


def test_phrases_are_erased_like_the_items(erased, source):
    atlas, _ = erased
    (texts, before), (_, after) = source.snapshot.phrases, atlas.snapshot.phrases
    y = is_graph(source)
    gap = source.item_vectors[y].mean(0) - source.item_vectors[~y].mean(0)
    at = texts.index(max(texts, key=lambda t: float(before[texts.index(t)] @ gap)))
    assert abs(after[at] @ gap) < 0.5 * abs(before[at] @ gap)


def test_a_killed_run_leaves_the_version_before_and_can_be_run_again(source, tmp_path):
    path = shutil.copytree(source.path, tmp_path / "a.atlas")
    (tmp_path / "labels.json").write_text(json.dumps(graphs(source)))
    code = (
        "import json, os, sys, begriff as bg; from tests.conftest import BagOfWords\ndef die(stage,"
        " done, total):\n    if stage == 'codes': os.kill(os.getpid(),"
        " 9)\nbg.erase(bg.open(sys.argv[1], encoder=BagOfWords()), 'graphs',"
        " labels=json.load(open(sys.argv[2])), progress=die)\n"
    )
    done = run_code(code, path, tmp_path / "labels.json")
    assert done.returncode == -9, done.stderr
    np.testing.assert_array_equal(opened(path).vectors, source.vectors)
    assert bg.erase(opened(path), "graphs", labels=graphs(source)).number == 1
    assert len(list(path.glob("vectors-*"))) == 2


@pytest.mark.parametrize("edited", [False, True])
def test_an_erasure_that_was_published_is_in_the_journal_even_if_its_process_ended_first(
    erased, tmp_path, edited
):
    path = shutil.copytree(erased[0].path, tmp_path / "a.atlas")
    (path / "journal.jsonl").unlink()
    if edited:
        opened(path).edits.rename(0, "another name")
        assert [e["action"] for e in opened(path).edits.list()] == ["erase", "rename"]
        assert opened(path).edits.undo()["action"] == "rename"
    assert opened(path).edits.undo()["name"] == "graphs"
    assert opened(path).snapshot.erased == []


def test_an_undo_says_what_goes_with_it(erased, tmp_path):
    path = shutil.copytree(erased[0].path, tmp_path / "a.atlas")
    bg.refit(opened(path), encoder=BagOfWords(), random_state=3)
    assert opened(path).edits.undo()["also"] == ["the refit after it"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "leech"}, "leace"),
        ({"labels": "topic", "seeded": 3}, "choose one"),
        ({"labels": {"item1": "a", "item2": "b"}}, "at least 10 items"),
        ({"labels": "colour"}, "colour"),
    ],
)
def test_bad_input_is_refused(copy, options, said):
    with pytest.raises(InputError, match=said):
        bg.erase(copy, "x", **options)


def test_what_comes_from_a_corpus_is_escaped_in_the_page(erased):
    _, report = erased
    nasty = report.model_copy(update={"concept": "<script>alert(1)</script>"})
    page = nasty.to_html()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_first_sentence_says_what_holds_and_what_does_not(erased, copy):
    from begriff.tasks.erase.attacks import Attack, Found

    _, report = erased
    first = report.summary()[0]
    assert first.startswith(
        "In short: no linear model tells 'graphs' from the vectors of the labelled items"
    )
    strong, chance = Found(auroc=0.97, low=0.95, high=0.99), Found(auroc=0.5, low=0.4, high=0.6)
    attack = Attack(name="nearest neighbours", linear=False, before=strong, after=strong)
    found = report.model_copy(update={"attacks": [attack]}).summary()[0]
    assert (
        "other ways still find it: nearest neighbours best (AUROC 0.97 before, 0.97 after" in found
    )
    clean = report.model_copy(
        update={"attacks": [attack.model_copy(update={"after": chance})]}
    ).summary()[0]
    assert "none of 1 attacks finds it" in clean and "searches by words still do" in clean
    weak = report.model_copy(update={"covariance": 0.3}).summary()[0]
    assert "weakened, not removed" in weak and "no linear model" not in weak
    dry = report.model_copy(update={"number": None}).summary()[0]
    assert "would tell" in dry
    row = report.to_pandas().iloc[0]
    assert (row["before"], row["after_low"]) == (
        report.attacks[0].before.auroc,
        report.attacks[0].after.low,
    )


def test_the_accuracy_for_another_column_is_that_of_a_classifier_that_has_learnt():
    from types import SimpleNamespace

    from begriff.tasks.erase.costs import _columns

    rng = np.random.default_rng(0)
    of = np.arange(1200) % 20
    X = rng.standard_normal((20, 48))[of] + 2.5 * rng.standard_normal((1200, 48)) + 3
    X = (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(np.float32)
    snapshot = SimpleNamespace(column=lambda _: np.array([f"g{i}" for i in of], dtype=object))
    atlas = SimpleNamespace(columns={"group": "category"}, snapshot=snapshot)
    at = rng.permutation(1200)
    cost = _columns(atlas, X, X, np.arange(1200), at[:800], at[800:], "other")[0]
    assert cost.before == cost.after > 0.4
