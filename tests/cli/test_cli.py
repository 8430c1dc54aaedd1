"""The commands as a user calls them: exit codes, one document, one line for a mistake."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from tests.cli.command import run, run_apart
from tests.conftest import BagOfWords, make_rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A corpus with vectors, built by the command itself without an encoder."""
    path = tmp_path_factory.mktemp("cli")
    rows = make_rows(200)
    (path / "rows.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    np.save(path / "v.npy", BagOfWords().encode([r["body"] for r in rows]))
    done = run_apart(
        "build",
        "rows.jsonl",
        "--text",
        "title,body",
        "--vectors",
        "v.npy",
        "--encoder",
        "none",
        "--no-map",
        "--json",
        cwd=path,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["items"] == 200
    return path


@pytest.mark.usefixtures("fits_here")
def test_every_command_prints_one_document(folder):
    for args in (
        ["search", "ATLAS", "graph", "--mode", "text"],
        ["concepts", "ATLAS"],
        ["concept", "ATLAS", "0"],
        ["item", "ATLAS", "item3"],
        ["info", "ATLAS"],
        ["concepts", "ATLAS", "--tree"],
        ["concepts", "ATLAS", "--prefixes"],
        ["diff", "ATLAS", "--a", "year < 2008", "--b", "year >= 2008"],
        ["trends", "ATLAS", "--by", "year"],
        ["geometry", "ATLAS", "--clusters", "3"],
        ["diff-dictionaries", "ATLAS", "ATLAS"],
        ["compare-dictionaries", "v.npy", "--with", "kmeans", "--n-concepts", "8", "--seeds", "1"],
        ["seeds", "ATLAS"],
    ):
        done = run(*[a.replace("ATLAS", "rows.atlas") for a in args], "--json", cwd=folder)
        assert done.returncode == 0, done.stderr
        assert isinstance(json.loads(done.stdout), dict)
        plain = run(*[a.replace("ATLAS", "rows.atlas") for a in args], cwd=folder)
        assert plain.returncode == 0
        assert len(plain.stdout) >= 18


def test_a_vector_is_searched_for(folder):
    np.save(folder / "one.npy", np.load(folder / "v.npy")[7] * 1e20)
    as_list = json.dumps(np.load(folder / "v.npy")[7].tolist())
    for given in ("v.npy:7", "one.npy", as_list):
        found = json.loads(
            run("search", "rows.atlas", "--vector", given, "-k", "300", "--json", cwd=folder).stdout
        )
        assert found["hits"][0]["id"] == "item7"
        assert len(found["hits"]) == 200
        assert found["hits"][0]["explanation"] is not None
    plain = run(
        "search",
        "rows.atlas",
        "--vector",
        "v.npy:7",
        "--where",
        "year < 2010",
        "--more",
        "0:0.5",
        "--explain",
        cwd=folder,
    )
    assert "steered by: more" in plain.stdout
    for given, said in (
        ("v.npy", "say which"),
        ("v.npy:200", "from 0 to 199"),
        ("v.npy:-1", "from 0 to 199"),
        ("nothing.npy", "no file"),
        ("rows.jsonl", "cannot be read as .npy"),
        ("[1, 2", "no JSON list"),
        ("[1, 2]", "n_dims=48"),
        ("[" + "0," * 47 + "0]", "is zero"),
    ):
        done = run("search", "rows.atlas", "--vector", given, cwd=folder)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
        assert said in done.stderr
    for args in ([], ["graph", "--vector", "v.npy:7"]):
        assert "one of the two" in run("search", "rows.atlas", *args, cwd=folder).stderr


def test_json_equals_the_library(folder):
    import begriff as bg

    done = run(
        "search",
        "rows.atlas",
        "graph node",
        "--mode",
        "text",
        "-k",
        "4",
        "--where",
        "year >= 2005",
        "--json",
        cwd=folder,
    )
    expected = bg.open(folder / "rows.atlas").search(
        "graph node", mode="text", k=4, where="year >= 2005"
    )
    assert json.loads(done.stdout) == json.loads(expected.model_dump_json())


@pytest.mark.parametrize(
    "args",
    [
        ["search", "rows.atlas", "x", "-k", "0"],
        ["search", "rows.atlas", "x"],
        ["search", "rows.atlas", "x", "--mode", "text", "--where", "year >> 'x"],
        ["search", "nowhere.atlas", "x"],
        ["search", "rows.jsonl", "x"],
        ["concept", "rows.atlas", "nosuchname"],
        ["concepts", "rows.atlas", "--limit", "0"],
        ["item", "rows.atlas", "nosuchitem"],
        ["build", "nothere.jsonl", "--text", "body"],
        ["build", "rows.jsonl", "--text", "nosuch"],
        ["build", "rows.jsonl", "--text", "body", "--type", "year"],
        ["build", "rows.jsonl", "--text", "body", "--encoder", "nosuch"],
        ["build", "rows.jsonl", "--text", "title", "--out", "rows.atlas"],
        ["rename", "rows.atlas", "0", ""],
        ["undo", "rows.atlas"],
        ["nosuchcommand"],
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(folder, args):
    done = run(*args, cwd=folder)
    assert done.returncode == 2
    assert done.stdout == ""
    if args[0] != "nosuchcommand":
        assert done.stderr.startswith("error: ")
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_process_of_its_own_ends_as_the_call_does(folder):
    for args in (
        ["concept", "rows.atlas", "nosuchname"],
        ["nosuchcommand"],
        ["concept", "rows.atlas", "0"],
        ["--version"],
    ):
        apart, here = run_apart(*args, cwd=folder), run(*args, cwd=folder)
        assert (apart.returncode, apart.stdout) == (here.returncode, here.stdout)
        # above it stands how the program was called
        assert apart.stderr.splitlines()[-1:] == here.stderr.splitlines()[-1:]


def test_a_mistake_as_json(folder):
    done = run("concept", "rows.atlas", "nosuchname", "--json", cwd=folder)
    assert done.returncode == 2
    assert json.loads(done.stdout)["kind"] == "InputError"


def test_rename_hide_undo(folder, tmp_path):
    shutil.copytree(folder / "rows.atlas", tmp_path / "a.atlas")
    assert run("rename", "a.atlas", "0", "my name", cwd=tmp_path).returncode == 0
    assert (
        json.loads(run("concept", "a.atlas", "my name", "--json", cwd=tmp_path).stdout)["concept"][
            "id"
        ]
        == 0
    )
    assert run("hide", "a.atlas", "1", cwd=tmp_path).returncode == 0
    assert "hide" in run("undo", "a.atlas", cwd=tmp_path).stdout
    assert "rename" in run("undo", "a.atlas", cwd=tmp_path).stdout


def test_pin_merge_edits_and_undo_by_number(folder, tmp_path):
    shutil.copytree(folder / "rows.atlas", tmp_path / "a.atlas")
    assert "is pinned" in run("pin", "a.atlas", "3", cwd=tmp_path).stdout
    assert "concept 1 " in run("merge", "a.atlas", "2", "1", cwd=tmp_path).stdout
    assert "no longer pinned" in run("pin", "a.atlas", "3", "--off", cwd=tmp_path).stdout
    listed = json.loads(run("edits", "a.atlas", "--json", cwd=tmp_path).stdout)["edits"]
    assert [(e["number"], e["action"], e["concept"]) for e in listed] == [
        (1, "pin", 3),
        (2, "merge", 2),
        (3, "pin", 3),
    ]
    assert "undone: merge of concept 2" in run("undo", "a.atlas", "2", cwd=tmp_path).stdout
    assert "merge" not in run("edits", "a.atlas", cwd=tmp_path).stdout
    assert run("undo", "a.atlas", "--all", cwd=tmp_path).stdout.count("undone: pin") == 2
    assert run("edits", "a.atlas", cwd=tmp_path).stdout == "no edits\n"
    assert "cannot be merged into itself" in run("merge", "a.atlas", "2", "2", cwd=tmp_path).stderr


def test_neighbours_and_export(folder):
    found = json.loads(
        run("neighbours", "rows.atlas", "item3", "-k", "2", "--json", cwd=folder).stdout
    )
    import begriff as bg

    assert [h["id"] for h in found["hits"]] == [
        h.id for h in bg.open(folder / "rows.atlas").neighbours("item3", k=2)
    ]
    lines = run("export", "rows.atlas", "--where", "year = 2003", cwd=folder).stdout.splitlines()
    assert {json.loads(line)["year"] for line in lines} == {2003}
    assert run("export", "rows.atlas", "concepts", "--format", "csv", cwd=folder).stdout.startswith(
        "id,name,"
    )
    assert "export 'items' or 'concepts'" in run("export", "rows.atlas", "words", cwd=folder).stderr


def test_serve_listens_answers_and_ends_when_told(folder):
    import signal
    import urllib.request

    command = [sys.executable, "-m", "begriff", "serve", "rows.atlas", "--port", "0", "--read-only"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        said = process.stdout.readline()
        address = said.split(" at ")[1].split()[0]
        with urllib.request.urlopen(f"{address}/api/v1/search?q=graph&mode=text&k=2") as answer:
            assert len(json.load(answer)["hits"]) == 2
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
    assert process.returncode == 0
    assert json.loads(log.splitlines()[-1])["path"] == "/api/v1/search"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nowhere.atlas"], "no atlas at"),
        (["rows.atlas", "rows.atlas"], "two atlases are called 'rows'"),
        (["rows.atlas", "--host", "0.0.0.0"], "give --api-key KEY"),
        (["rows.atlas", "--host", "192.0.2.1", "--insecure"], "cannot listen on 192.0.2.1"),
        (["rows.atlas", "--port", "99999"], "less than or equal to 65535"),
    ],
)
def test_serve_refuses(folder, args, said):
    done = run("serve", *args, cwd=folder)
    assert done.returncode == 2
    assert said in done.stderr


def test_help_and_version():
    assert "search" in run("--help").stdout
    assert run("--version").stdout.startswith("begriff 0.")
    for command in (
        "build",
        "search",
        "concepts",
        "concept",
        "item",
        "info",
        "rename",
        "hide",
        "undo",
        "demo",
    ):
        done = run(command, "--help")
        assert done.returncode == 0
        assert len(done.stdout) > 100


def test_search_from_the_command_line_imports_no_torch(folder):
    code = (
        "import sys; sys.argv = ['begriff', 'search', 'rows.atlas', 'graph', '--mode',"
        " 'text']\nfrom begriff.cli import app\n"
    )
    code += (
        "from begriff.cli import search\ntry:\n    app()\nexcept SystemExit:\n    pass\nassert"
        " 'torch' not in sys.modules and 'sklearn' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_reports_as_markdown_and_figure(folder):
    args = ("diff", "rows.atlas", "--a", "year < 2008", "--b", "year >= 2008")
    done = run(*args, "--markdown", "--plot", "out.svg", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("- A: year < 2008")
    assert (folder / "out.svg").read_text().lstrip().startswith("<?xml")
    assert "name a .svg" in run(*args, "--plot", "out.gif", cwd=folder).stderr


def test_seed_refit_and_undo(folder, tmp_path):
    shutil.copytree(folder / "rows.atlas", tmp_path / "rows.atlas")
    done = run(
        "seed",
        "rows.atlas",
        "mine",
        "--yes",
        "item1",
        "--yes",
        "item2",
        "--no",
        "item3",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "2 yes, 1 no" in done.stdout
    assert "mine" in run("seeds", "rows.atlas", cwd=tmp_path).stdout
    assert "undone: seed of 'mine'" in run("undo", "rows.atlas", cwd=tmp_path).stdout
    done = run("refit", "rows.atlas", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["kept"] > 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["diff", "rows.atlas", "--a", "year < 1900", "--b", "year > 1900"], "is empty"),
        (["diff", "rows.atlas"], "two groups"),
        (["trends", "rows.atlas", "--by", "topic"], "trends need a number or a date"),
        (["why-not", "rows.atlas", "graph", "item1"], "without an encoder"),
        (["novelty", "rows.atlas", "graph"], "without an encoder"),
        (["conceptualize", "rows.atlas", "--concepts", "none.txt"], "no readable list"),
        (["seed", "rows.atlas", "x"], "needs words"),
        (["diff-dictionaries", "rows.atlas", "none.atlas"], "no atlas"),
        (["compare-dictionaries", "none.npy"], "cannot be read as vectors"),
        (["compare-dictionaries", "v.npy", "--with", "pca", "-k", "x"], "whole numbers"),
        (["compare-dictionaries", "v.npy", "--labels", "none.txt"], "cannot be read"),
        (["geometry", "rows.atlas", "--pairs", "none.tsv"], "no readable pairs"),
        (["refit", "none.atlas"], "no atlas"),
    ],
)
def test_mistakes_in_findings_are_one_line(folder, args, said):
    done = run(*args, cwd=folder)
    assert done.returncode == 2, done.stdout
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
