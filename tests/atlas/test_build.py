"""Stages resume, kill -9 loses nothing, bad input leaves nothing half-written, edits outlive rebuilds."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import begriff as bg
from begriff import catalog
from begriff.dictionaries import KMeans, TopKSAE
from begriff.errors import AtlasError, InputError
from begriff.pipeline.plan import vectors_key
from begriff.readers import open_source
from begriff.store.row_plan import plan_items, sampled
from begriff.store.stages import FORMAT
from tests.conftest import BagOfWords, make_rows


def content(path: Path) -> dict[str, bytes]:
    """Every file that is content: not the time of the build, nor the libraries' own bookkeeping."""
    out = {}
    for file in sorted(path.rglob("*")):
        relative = str(file.relative_to(path))
        ours = file.suffix in (".npy", ".json", ".safetensors", ".jsonl") and file.name not in (
            "manifest.json",
            "progress.json",
            "sums.json",
        )
        if (
            file.is_file()
            and ours
            and ".lance/" not in relative
            and "/index/" not in relative
            and file.parent.name != "versions"
        ):
            out[relative] = file.read_bytes()
    return out


def build(rows, out, **kwargs):
    return bg.build(rows, **{"text": "body", "out": out, "encoder": BagOfWords(), **kwargs})


def build_small(rows, out, **kwargs):
    """With few concepts, learnt in a moment, where the test asks nothing of these."""
    return build(
        rows, out, **{"dictionary": TopKSAE(16, k=2, max_epochs=2, batch_size=64), **kwargs}
    )


@pytest.fixture
def copy(atlas, tmp_path):
    shutil.copytree(atlas.path, tmp_path / "copy.atlas")
    return bg.open(tmp_path / "copy.atlas", encoder=BagOfWords())


def test_a_second_build_of_the_same_changes_nothing(rows, atlas, tmp_path):
    out = tmp_path / "a.atlas"
    shutil.copytree(atlas.path, out)
    calls = []
    again = build(rows, out, progress=lambda stage, done, total: calls.append(stage))
    assert calls == []
    assert again.version == atlas.version == 1
    assert content(out) == content(atlas.path)


def test_same_input_and_seed_give_the_same_content(rows, atlas, tmp_path):
    assert content(build(rows, tmp_path / "b.atlas").path) == content(atlas.path)


def test_another_seed_gives_another_dictionary(rows, atlas, tmp_path):
    other = build(rows, tmp_path / "c.atlas", random_state=5)
    assert not np.array_equal(other.components, atlas.components)


def test_other_input_in_the_same_folder_is_refused_then_replaced(rows, copy):
    with pytest.raises(InputError, match="--overwrite"):
        build_small(make_rows(120, seed=3), copy.path)
    assert bg.open(copy.path).n_items == len(rows)
    replaced = build_small(make_rows(120, seed=3), copy.path, overwrite=True)
    assert (replaced.n_items, replaced.version) == (120, 2)
    assert len(list(copy.path.glob("items-*"))) == 2  # the version before stays for a while


def test_another_dictionary_reuses_the_stages_before_it(rows, copy):
    calls = []
    build(
        rows,
        copy.path,
        dictionary=KMeans(12),
        progress=lambda stage, done, total: calls.append(stage),
    )
    assert not {"items", "vectors", "phrases", "words"} & set(calls)
    assert type(bg.open(copy.path).dictionary) is KMeans


@pytest.mark.parametrize(
    "name", [n for n in catalog.names("dictionaries") if n not in ("BERTopic", "PretrainedSAE")]
)
def test_every_dictionary_makes_an_atlas(rows, copy, name):
    method = catalog.find("dictionaries", name)().sized(24, 4, 32)
    if "max_epochs" in method.get_params():
        method.set_params(max_epochs=2)
    made = build(rows, copy.path, dictionary=method)
    assert type(bg.open(copy.path).dictionary).__name__ == name
    hit = made.search("graph laplacian", k=1)[0]
    total = (
        sum(c.value for c in hit.explanation.contributions)
        + hit.explanation.bias
        + hit.explanation.rest
    )
    assert total == pytest.approx(hit.score, abs=1e-5)


def test_edits_outlive_a_rebuild_and_undo_takes_them_back(rows, copy):
    concept = copy.list_concepts(include_hidden=True)[0]
    copy.edits.rename(concept.id, "my own name")
    copy.edits.hide(copy.list_concepts(include_hidden=True)[1].id)
    build(rows, copy.path, dictionary=copy.dictionary.set_params(max_epochs=31))
    rebuilt = bg.open(copy.path, encoder=BagOfWords())
    assert rebuilt.version == 2
    assert rebuilt.info().lost_edits == []
    kept = rebuilt.concept("my own name").concept
    assert kept.renamed
    cosine = rebuilt.components[kept.row] @ copy.components[concept.row]
    assert cosine > 0.7
    assert sum(c.hidden for c in rebuilt.snapshot.concept_records) == 1
    assert rebuilt.edits.undo()["action"] == "hide"
    assert rebuilt.edits.undo()["action"] == "rename"
    assert not [c for c in rebuilt.snapshot.concept_records if c.name == "my own name"]
    with pytest.raises(InputError, match="no edit"):
        rebuilt.edits.undo()


def test_an_edit_follows_its_direction_and_a_lost_one_is_listed(copy):
    from begriff.store.apply_edits import apply_edits

    concept = copy.snapshot.concept_records[2]
    entry = {
        "number": 1,
        "action": "rename",
        "concept": 2,
        "name": "kept",
        "was": "x",
        "direction": copy.components[2].tolist(),
    }
    moved = copy.components[[1, 2, 0, *range(3, len(copy.components))]]
    records, lost = apply_edits(copy.snapshot.concept_records, moved, [{**entry, "concept": 0}])
    assert records[1].name == "kept"
    assert not lost
    records, lost = apply_edits(
        copy.snapshot.concept_records, np.eye(*copy.components.shape, dtype=np.float32), [entry]
    )
    assert lost[0]["name"] == "kept"
    assert records[2].name == concept.name


SCRIPT = """
import sys; sys.path.insert(0, {root!r})
import begriff as bg
from tests.conftest import make_rows, BagOfWords
bg.build(make_rows(), text="body", out={out!r}, encoder=BagOfWords(), layout=False)
"""


def _start(out):
    script = SCRIPT.format(root=str(Path(__file__).parents[2]), out=str(out))
    return subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.mark.slow
def test_kill_at_random_moments_then_the_same_content(atlas, tmp_path):
    out = tmp_path / "killed.atlas"
    rng = np.random.default_rng(int(os.environ.get("BEGRIFF_SEED", "0")))
    began, killed = time.monotonic(), 0
    _start(tmp_path / "whole.atlas").communicate()
    whole = time.monotonic() - began
    for _ in range(5):
        process = _start(out)
        time.sleep(float(rng.uniform(0.3, 0.9)) * whole)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        process.communicate()
    assert killed >= 1
    process = _start(out)
    _, error = process.communicate()
    assert process.returncode == 0, error.decode()
    assert content(out) == content(atlas.path)
    assert bg.open(out, encoder=BagOfWords()).search("graph", k=3) == bg.open(
        atlas.path, encoder=BagOfWords()
    ).search("graph", k=3)


class Interrupted(Exception):
    """Stands for a process that dies."""


def test_interrupted_in_every_stage_then_the_same_content(rows, atlas, tmp_path):
    out = tmp_path / "stages.atlas"
    for stage in ("items", "vectors", "phrases", "dictionary", "codes", "names"):

        def die(name, done, total, stage=stage):
            if name == stage:
                raise Interrupted

        with pytest.raises(Interrupted):
            build(rows, out, progress=die)
        with pytest.raises(AtlasError, match="not ended"):
            bg.open(out)
    assert content(build(rows, out).path) == content(atlas.path)


def test_encoding_goes_on_at_the_chunk_it_was_in(rows, tmp_path):
    seen = []

    class Dies(BagOfWords):
        chunk = 64

        def encode(self, texts, *, progress=None):
            seen.append(len(texts))
            if len(seen) == 4:
                raise Interrupted
            return super().encode(texts, progress=progress)

    with pytest.raises(Interrupted):
        build_small(rows, tmp_path / "d.atlas", encoder=Dies())
    build_small(rows, tmp_path / "d.atlas", encoder=Dies())
    passages = [n for n in seen if n <= 64 and n > 1]
    assert sum(passages) == 400 + 64  # only the chunk that died was encoded twice


def test_two_writers_the_second_is_told(rows, copy):
    with copy.snapshot.store.lock(), pytest.raises(AtlasError, match="another process"):
        build(rows, copy.path)


def _bad(tmp_path, text):
    path = tmp_path / "bad.jsonl"
    path.write_text(text)
    return path


def _lines(rows):
    return "".join(json.dumps(r) + "\n" for r in rows)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("\n\n", "no readable row"),
        (_lines(make_rows(1)), "at least 50"),
        (_lines([{"body": "the same words", "id": i} for i in range(80)]), "vectors are equal"),
        (_lines([{"other": "x"}] * 80), "no column 'body'"),
        ("not json\n" * 80, "no readable row"),
        (_lines(make_rows(80)) + "garbage\n" * 20, "20 of 100 rows are bad"),
        (
            _lines([{**r, "id": "same"} for r in make_rows(80)]),
            "1 ids in 'id' are repeated: 'same' in lines 1, 2, 3",
        ),
    ],
)
def test_bad_files(tmp_path, text, says):
    out = tmp_path / "bad.atlas"
    with pytest.raises(InputError, match=says) as caught:
        build(_bad(tmp_path, text), out)
    assert "\n" not in str(caught.value)
    assert not (out / "manifest.json").exists()
    if "bad" not in says and "repeated" not in says:
        assert not out.exists()


def test_rejected_rows_are_listed_and_the_rest_is_built(tmp_path):
    rows = make_rows(100)
    rows[7]["body"] = ""
    text = _lines(rows[:50]) + '{"broken": \n' + _lines(rows[50:])
    atlas = build_small(_bad(tmp_path, text), tmp_path / "r.atlas")
    rejected = [
        json.loads(line)
        for line in next(atlas.path.glob("items-*/rejected.jsonl")).read_text().splitlines()
    ]
    assert [r["line"] for r in rejected] == [8, 51]
    assert [r["reason"].split(":")[0] for r in rejected] == ["no text in body", "not JSON"]
    assert (atlas.n_items, atlas.info().rejected) == (99, 2)


def test_repeated_ids_are_an_error_unless_one_is_to_be_kept(tmp_path):
    rows = make_rows(100)
    twice = [{**rows[i], "body": f"{rows[i]['body']} again"} for i in range(12)]
    unreadable = {**rows[20], "body": ""}
    path = _bad(tmp_path, _lines([*rows, *twice, unreadable]))
    with pytest.raises(
        InputError,
        match=(
            r"12 ids in 'id' are repeated: 'item0' in lines 1, 101; .*'item9' in lines 10, 110; and"
            r" more"
        ),
    ) as caught:
        build_small(path, tmp_path / "e.atlas")
    assert "'item10'" not in str(caught.value)
    assert not (tmp_path / "e.atlas").exists()
    for keep, again in [("keep-first", False), ("keep-last", True)]:
        atlas = build_small(path, tmp_path / f"{keep}.atlas", on_duplicate=keep)
        assert atlas.item("item3").text.endswith("again") == again
        rejected = [
            json.loads(line)
            for line in next(atlas.path.glob("items-*/rejected.jsonl")).read_text().splitlines()
        ]
        assert (len(rejected), atlas.n_items, atlas.info().rejected) == (13, 100, 13)
        assert [r["line"] for r in rejected if r.get("kept") is False] == [
            i + (1 if again else 101) for i in range(12)
        ]
    with pytest.raises(InputError, match="on_duplicate='never'"):
        build_small(path, tmp_path / "n.atlas", on_duplicate="never")


def test_a_csv_file_a_folder_and_a_frame(tmp_path):
    import pandas as pd

    rows = make_rows(80)
    frame = pd.DataFrame(rows)
    frame.to_csv(tmp_path / "a.csv", sep=";", index=False, encoding="cp1252")
    (tmp_path / "notes").mkdir()
    for r in rows:
        (tmp_path / "notes" / f"{r['id']}.md").write_text(f"# {r['title']}\n\n{r['body']}")
    for source in (tmp_path / "a.csv", frame, (dict(r) for r in rows)):
        atlas = build_small(source, tmp_path / f"{type(source).__name__}.atlas")
        assert atlas.columns["year"] == "number"
        assert atlas.item("item5").text.endswith(rows[5]["body"])
    atlas = bg.build(tmp_path / "notes", out=tmp_path / "n.atlas", encoder=BagOfWords())
    assert (atlas.n_items, atlas.columns["modified"]) == (80, "date")
    assert atlas.item("item5.md").item["title"] == rows[5]["title"]


def test_given_vectors(rows, tmp_path):
    vectors = BagOfWords().encode([r["body"] for r in rows])
    np.savez(tmp_path / "v.npz", emb=(vectors * 3).astype(np.float16))
    made = build_small(rows, tmp_path / "v.atlas", vectors=tmp_path / "v.npz")
    np.testing.assert_allclose(made.vectors, vectors, atol=2e-3)
    column = build_small(
        [{**r, "v": v.tolist()} for r, v in zip(rows, vectors, strict=True)],
        tmp_path / "w.atlas",
        vectors="v",
        encoder=None,
    )
    np.testing.assert_allclose(column.vectors, vectors, atol=1e-5)
    assert "v" not in column.info().columns
    assert column.search("graph", mode="text", k=3)[0].score > 0
    with pytest.raises(InputError, match="without an encoder"):
        column.search("graph")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda v: np.vstack([v, v[:5]]), "405 vectors for 400 rows"),
        (lambda v: v[:, :20], "20 dimensions, the encoder bag-of-words gives 48"),
        (lambda v: np.ones_like(v), "all vectors are equal"),
        (lambda v: v[:, 0], "expected numbers of shape"),
    ],
)
def test_bad_vectors(rows, tmp_path, change, says):
    vectors = BagOfWords().encode([r["body"] for r in rows])
    with pytest.raises(InputError, match=says):
        build(rows, tmp_path / "v.atlas", vectors=change(vectors))
    assert not (tmp_path / "v.atlas").exists()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (np.nan, "NaN or infinity"),
        (np.inf, "NaN or infinity"),
        (0, "row 10, counted from 1) is zero"),
    ],
)
def test_a_vector_without_direction_costs_its_item(rows, tmp_path, value, says):
    vectors = BagOfWords().encode([r["body"] for r in rows])
    vectors[9] = value
    made = build(rows, tmp_path / "v.atlas", encoder=None, vectors=vectors, dictionary="kmeans")
    assert made.n_items == 399
    (entry,) = [
        json.loads(line)
        for path in made.path.glob("items-*/rejected.jsonl")
        for line in path.read_text().splitlines()
    ]
    assert entry["line"] == 10
    assert says in entry["reason"]


def test_a_pickle_is_not_loaded(rows, tmp_path):
    np.save(tmp_path / "evil.npy", np.array([{"a": 1}] * 400, dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="no readable array"):
        build(rows, tmp_path / "v.atlas", vectors=tmp_path / "evil.npy")


def test_bad_arguments(rows, tmp_path):
    for options, says in [
        ({"encoder": "minlm"}, "'minilm'"),
        ({"dictionary": "KMean"}, "'kmeans'"),
        ({"types": {"year": "nunber"}}, "'number'"),
        ({"types": {"yaer": "number"}}, "'year'"),
        ({"id": "idd"}, "no column 'idd'"),
        ({"max_rejected": 2}, "max_rejected=2"),
        ({"vectors": "nothere.npy"}, "no file 'nothere.npy'"),
        ({"vectors": "nothere"}, "neither an .npy or .npz file nor a column"),
        ({"encoder": None}, "give an encoder"),
    ]:
        with pytest.raises(InputError, match=says):
            build(rows, tmp_path / "x.atlas", **options)
        assert not (tmp_path / "x.atlas").exists()
    with pytest.raises(InputError, match="gave no row"):
        build(iter([]), tmp_path / "x.atlas")


def test_a_missing_extra_leaves_nothing(rows, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(bg.MissingExtraError, match="text"):
        build(rows, tmp_path / "x.atlas")
    assert not (tmp_path / "x.atlas").exists()


def test_a_folder_of_other_things_is_left_alone(rows, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("x")
    with pytest.raises(InputError, match="holds other files"):
        build(rows, tmp_path / "letters")
    assert [p.name for p in (tmp_path / "letters").iterdir()] == ["dear.txt"]
    with pytest.raises(InputError, match="not an atlas"):
        bg.open(tmp_path / "letters")
    with pytest.raises(InputError, match="no atlas at"):
        bg.open(tmp_path / "nowhere")


def test_newer_and_damaged_atlases_name_the_file(copy):
    manifest = json.loads((copy.path / "manifest.json").read_text())
    (copy.path / "manifest.json").write_text(json.dumps({**manifest, "format": FORMAT + 1}))
    with pytest.raises(AtlasError, match="upgrade"):
        bg.open(copy.path)
    (copy.path / "manifest.json").write_text(json.dumps(manifest))
    for pattern in (
        "vectors-*/vectors.npy",
        "codes-*/codes-data.npy",
        "dictionary-*/dictionary.safetensors",
        "names-*/concepts.json",
    ):
        file = next(copy.path.glob(pattern))
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(AtlasError, match=file.parent.name):
            bg.open(copy.path, encoder=BagOfWords()).search("graph")
        file.write_bytes(whole)
    shutil.rmtree(next(copy.path.glob("words-*")))
    with pytest.raises(AtlasError, match="missing"):
        bg.open(copy.path, encoder=BagOfWords()).search("graph", mode="text")
    (copy.path / "manifest.json").write_text("{")
    with pytest.raises(AtlasError, match="damaged"):
        bg.open(copy.path)


def test_a_stage_that_was_deleted_is_made_again(rows, atlas, copy):
    for stage in ("vectors", "names"):
        shutil.rmtree(next(copy.path.glob(f"{stage}-*")))
    build(rows, copy.path)
    assert content(copy.path) == content(atlas.path)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"k": 0}, "k=0"),
        ({"k": "4"}, "whole number"),
        ({"query": "  "}, "empty"),
        ({"mode": "dence"}, "mode='dence'"),
        ({"where": "year >"}, "cannot be read"),
        ({"where": "nosuch = 1"}, "columns: id"),
        ({"where": "year = 2000; DROP TABLE items"}, "cannot be read"),
        ({"where": "topic = 'graph' OR (SELECT 1)"}, "names 'SELECT', which is no column"),
        ({"where": ""}, "where is empty"),
        ({"after": -1}, "after=-1"),
        ({"more": "99999"}, "ids of the core run from 0"),
        ({"more": {"graph": -1}}, "at least 0"),
        ({"more": {"graph": float("nan")}}, "finite"),
        ({"less": [""]}, "empty concept"),
    ],
)
def test_bad_searches(atlas, options, says):
    with pytest.raises(InputError, match=says):
        atlas.search(**{"query": "graph", **options})


def test_unknown_and_ambiguous_concepts_list_the_near_ones(copy):
    name = next(c.name for c in copy.snapshot.concept_records if c.name)
    with pytest.raises(InputError, match=name):
        copy.concept(name + "x")
    with pytest.raises(InputError, match="no item 'item9999'"):
        copy.item("item9999")
    copy.edits.rename(0, "twice")
    copy.edits.rename(1, "twice")
    with pytest.raises(InputError, match=r"ambiguous: 0 \(twice\), 1 \(twice\)"):
        copy.concept("twice")
    with pytest.raises(InputError, match="ambiguous"):
        copy.search("graph", more="twice")
    with pytest.raises(InputError, match="printable"):
        copy.edits.rename(0, "\x1b[31m")


def test_quality_stands_beside_its_controls(atlas):
    quality = atlas.info().quality
    assert (
        quality["names"]["strongest_decile"] > quality["shuffled_names"]["strongest_decile"] + 0.1
    )
    figures = quality["dictionary"]
    assert figures["fvu"] < figures["fvu_core"] < 1
    assert figures["stability"] > figures["stability_random"]
    assert {"fvu", "fvu_core", "dead", "l0"} <= figures["frozen_decoder"].keys()


def test_item_shows_its_concepts_and_what_they_leave(atlas):
    item = atlas.item("item3")
    code = atlas.snapshot.item_codes[[atlas.snapshot.row_of("item3")]]
    assert len(item.concepts) == code.nnz
    assert 0 <= item.unexplained < 1
    assert item.item["year"] == 2003


def test_results_print_in_a_terminal_and_a_notebook(atlas):
    for document in (
        atlas.search("graph"),
        atlas.concepts,
        atlas.concept(0),
        atlas.item("item1"),
        atlas.info(),
    ):
        assert len(str(document).splitlines()) > 2
        assert document._repr_html_().startswith(("<pre", "<table", "<div"))


def test_markup_in_the_corpus_is_shown_not_run(tmp_path):
    rows = make_rows(100)
    rows[0]["body"] += " <script>alert(1)</script> [bold red]"
    atlas = build_small(rows, tmp_path / "m.atlas")
    html = atlas.search("graph", k=100)._repr_html_() + atlas.item("item0")._repr_html_()
    assert "<script>" not in html


def test_half_a_character_costs_no_row_and_no_build(tmp_path):
    """A lone surrogate, as from a title that was cut: replaced in texts, refused in an id, and no column by that name."""
    rows = make_rows(80)
    rows[3]["body"] += " \ud835"
    rows[4]["tags"] = ["\ud835", "b"]
    rows[5]["id"] = "\ud835"
    rows[6]["\ud835"] = "x"
    made = build_small(_lines_file(rows, tmp_path), tmp_path / "a.atlas")
    assert made.n_items == 79
    assert made.item(rows[3]["id"]).text.endswith("?")
    listed = [
        json.loads(line)
        for line in next(made.path.glob("items-*/rejected.jsonl")).read_text().splitlines()
    ]
    assert [("half a character" in e["reason"], e["line"]) for e in listed] == [(True, 6)]


def _lines_file(rows, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(_lines(rows))
    return path


def test_a_file_that_breaks_off_stops_the_build_unless_that_is_allowed(tmp_path):
    import gzip

    rows = make_rows(400)
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(_lines(rows).encode())[:-900])
    with pytest.raises(InputError, match=r"what follows is not known.*--max-rejected 1"):
        build_small(path, tmp_path / "a.atlas")
    assert 50 < build_small(path, tmp_path / "a.atlas", max_rejected=1.0).n_items < 400


def test_a_refit_keeps_the_rule_for_repeated_ids(tmp_path):
    rows = [*make_rows(80), {**make_rows(80)[0], "body": "graph node edge"}]
    made = build(rows, tmp_path / "a.atlas", on_duplicate="keep-last")
    grown = bg.refit(
        made,
        [*rows, *[{**r, "id": f"n{i}"} for i, r in enumerate(make_rows(20))]],
        encoder=BagOfWords(),
    )
    assert grown.n_items == 100
    assert grown.item("item0").text == "graph node edge"


def test_a_preview_first_then_the_whole_in_the_same_folder(rows, tmp_path, monkeypatch):
    out, seen = tmp_path / "p.atlas", []

    def meter(stage, done, total):
        if stage == "preview":
            first = bg.open(out, encoder=BagOfWords())
            seen.append(
                (
                    first.n_items,
                    first.info().made["source"]["preview"],
                    len(first.search("graph node", k=5).hits),
                )
            )
            first.edits.rename(0, "a name of mine")

    made = build(rows, out, preview=120, progress=meter)
    assert seen == [(120, True, 5)]
    assert (made.n_items, made.version, made.info().made["source"]["preview"]) == (400, 2, False)
    assert made.concept(0).concept.name == "a name of mine"
    assert build(rows, out, preview=120, progress=meter).version == 2
    assert len(seen) == 1


def die_after_the_preview(stage, done, total):
    if stage == "preview":
        raise Interrupted


def test_a_preview_that_is_killed_goes_on_unless_it_grew(rows, tmp_path, monkeypatch):
    out = tmp_path / "p.atlas"
    with pytest.raises(Interrupted):
        build_small(rows, out, preview=120, progress=die_after_the_preview)
    first = bg.open(out, encoder=BagOfWords())
    assert first.n_items == 120
    with pytest.raises(InputError, match="atlas of other input"):
        build_small(rows[1:], out)
    first.add(make_rows(401)[400:])
    with pytest.raises(InputError, match="atlas of other input"):
        build_small(rows, out)  # it would drop what was added
    assert build_small(rows, out, overwrite=True).n_items == 400


def test_a_preview_of_given_vectors_has_all_items_and_concepts_of_a_few(
    rows, tmp_path, monkeypatch
):
    monkeypatch.setattr("begriff.pipeline.build._PREVIEW_LEARNS_FROM", 120)
    vectors = BagOfWords().encode([r["body"] for r in rows])
    out = tmp_path / "p.atlas"
    with pytest.raises(Interrupted):
        build(rows, out, preview=True, vectors=vectors, progress=die_after_the_preview)
    first = bg.open(out, encoder=BagOfWords())
    np.testing.assert_allclose(first.vectors, vectors, atol=1e-6)
    assert (
        first.info().made["source"]["preview"],
        len(first.search("graph node", k=300).hits),
    ) == (True, 300)
    assert len(first.snapshot.concept_records) == len(
        build(rows[:120], tmp_path / "few.atlas").snapshot.concept_records
    )
    kept = [p.name for p in out.glob("items-*")] + [p.name for p in out.glob("words-*")]
    with pytest.raises(InputError, match="atlas of other input"):
        build(rows[1:], out, vectors=vectors[1:])
    whole = build(rows, out, preview=True, vectors=vectors)
    assert (whole.version, whole.info().made["source"]["preview"]) == (2, False)
    assert kept == [p.name for p in out.glob("items-*")] + [p.name for p in out.glob("words-*")]
    plain = build(rows, tmp_path / "plain.atlas", vectors=vectors)
    # the preview changes nothing of what follows but ids
    np.testing.assert_array_equal(whole.components, plain.components)


@pytest.mark.parametrize("first", [True, False])
def test_an_interrupted_run_goes_on_with_or_without_a_preview(rows, tmp_path, monkeypatch, first):

    def die(stage, done, total):
        if stage == "dictionary":
            raise Interrupted

    with pytest.raises(Interrupted):
        build_small(rows, tmp_path / "p.atlas", preview=120 if first else False, progress=die)
    assert build_small(rows, tmp_path / "p.atlas", preview=False if first else 120).n_items == 400
    with pytest.raises(InputError, match="atlas of other input"):
        build_small(rows[1:], tmp_path / "p.atlas")


def test_one_vector_that_differs_is_another_input(rows, tmp_path):
    vectors = np.random.default_rng(0).standard_normal((5000, 8)).astype(np.float32)
    other = vectors.copy()
    other[1] += 1
    assert vectors_key(vectors) != vectors_key(other)
    assert vectors_key(vectors) == vectors_key(vectors.copy())


def test_the_encoder_that_made_narrow_vectors_is_not_refused(rows, tmp_path):
    class Narrow(BagOfWords):
        name = "narrow"

        def encode(self, texts, *, progress=None):
            made = 0.2 * super().encode(texts) + 1
            return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)

    vectors = Narrow().encode([r["body"] for r in rows])
    assert (vectors @ vectors.T).min() > 0.9
    assert build_small(rows, tmp_path / "n.atlas", vectors=vectors, encoder=Narrow()).n_items == 400


@pytest.mark.parametrize(
    ("n", "expected"), [(2999, None), (3000, 500), (6000, 750), (20_000, 1000)]
)
def test_how_large_a_preview_is_follows_the_corpus(n, expected):
    reader = open_source([{"id": str(i), "body": f"text {i}"} for i in range(n)])
    plan = sampled(reader, plan_items(reader, ["body"], "id", {}))
    assert (plan and len(plan.only)) == expected


def test_a_small_corpus_needs_no_preview(rows, tmp_path):
    seen = []
    assert (
        build_small(
            rows, tmp_path / "p.atlas", preview=True, progress=lambda stage, *_: seen.append(stage)
        ).version
        == 1
    )
    assert seen[0] == "no preview"


def test_a_build_says_which_stage_it_is_in_and_names_every_fit(rows, tmp_path):
    seen = []
    build(rows, tmp_path / "a.atlas", progress=lambda *told: seen.append(told))
    stages = list(dict.fromkeys(stage for stage, _, _ in seen))
    expected = [
        "items",
        "words",
        "vectors",
        "phrases",
        "dictionary",
        "second dictionary",
        "control dictionary",
        "codes",
        "identity",
        "names",
    ]
    assert stages == expected
    for fit in expected[4:7]:
        steps = [(done, total) for stage, done, total in seen if stage == fit and total]
        # each fit counts its own steps
        assert steps == [(i + 1, steps[0][1]) for i in range(len(steps))]
        assert steps[-1][0] == steps[-1][1]


def test_others_see_how_far_a_build_of_a_better_version_is(rows, tmp_path, monkeypatch):
    monkeypatch.setattr("begriff.store.stages._SECONDS", 0.0)
    out, seen = tmp_path / "a.atlas", []
    first = build(rows[:200], out)
    assert first.info().building is None

    def look(stage, done, total):
        now = first.info().building
        seen.append((now.stage, now.done, now.total) == (stage, done, total))

    build(rows, out, overwrite=True, progress=look)
    assert len(seen) > 20
    assert all(seen)
    assert bg.open(out, encoder=BagOfWords()).info().building is None
    assert not (out / "progress.json").exists()


def test_a_build_that_was_killed_is_not_under_way(rows, tmp_path):
    out = tmp_path / "a.atlas"
    made = build(rows, out)
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True
    ).stdout
    for left in (
        {"process": int(ended), "stage": "vectors", "done": 1, "total": 2},
        {"process": "x"},
        [],
    ):
        (out / "progress.json").write_text(json.dumps(left))
        assert made.info().building is None


def test_another_encoder_or_other_vectors_do_not_replace_an_edited_atlas_unasked(rows, tmp_path):
    out, vectors = tmp_path / "e.atlas", BagOfWords().encode([r["body"] for r in rows])
    build(rows, out, encoder=None, vectors=vectors, dictionary="kmeans")
    # there is no edit to lose
    build(rows, out, encoder=None, vectors=vectors + 0.01, dictionary="kmeans")
    bg.open(out).edits.rename(bg.open(out).snapshot.concept_records[0].id, "mine")
    version = bg.open(out).version
    for changed in (
        {"encoder": BagOfWords(), "vectors": vectors + 0.01},
        {"encoder": BagOfWords()},
        {"encoder": None, "vectors": vectors + 0.02},
    ):
        with pytest.raises(InputError, match=r"holds 1 edits.*--overwrite"):
            build(rows, out, dictionary="kmeans", **changed)
    assert bg.open(out).version == version
    assert (
        build(rows, out, encoder=None, vectors=vectors + 0.01, dictionary="kmeans").version
        == version
    )
    assert len(build(rows, out, dictionary="kmeans", overwrite=True).edits.list()) == 1


def test_a_column_that_could_be_the_ids_is_named(tmp_path):
    table = [
        {**r, "acl_id": f"P{i}", "paperId": i, "key": i % 7, "kind": f"k{i}", "doi": f"10.1/{i}"}
        for i, r in enumerate(make_rows(60))
    ]
    plain = [{k: v for k, v in r.items() if k != "id"} for r in table]
    vectors = BagOfWords().encode([r["body"] for r in table])
    numbered = build(
        plain, tmp_path / "n.atlas", encoder=None, vectors=vectors, dictionary="kmeans"
    ).info()
    assert (numbered.ids, numbered.possible_ids) == (None, ["acl_id", "paperId", "doi"])
    assert "acl_id, paperId, doi differ in every row, build with --id" in " ".join(
        str(numbered).split()
    )
    named = build(
        plain, tmp_path / "m.atlas", encoder=None, vectors=vectors, dictionary="kmeans", id="doi"
    ).info()
    assert (named.ids, named.possible_ids) == ("doi", [])
    assert "row numbers" not in str(named)
    assert (
        build(table, tmp_path / "i.atlas", encoder=None, vectors=vectors, dictionary="kmeans")
        .info()
        .ids
        == "id"
    )
