"""Reports on the command line: whole rows in a pipe, help in groups, models deleted, labels taken out; run in this process."""

import csv
import importlib
import pkgutil
import re
import shutil

import pytest
from typer.testing import CliRunner

import begriff as bg
import begriff.cli
from begriff.cli.main import app
from tests.conftest import BagOfWords

# they register their commands
for module in pkgutil.iter_modules(begriff.cli.__path__, "begriff.cli."):
    importlib.import_module(module.name)


def call(*args):
    return CliRunner().invoke(app, [str(a) for a in args], catch_exceptions=False)


@pytest.fixture(scope="module")
def planted(atlas, tmp_path_factory):
    """A copy with a model of topics."""
    path = shutil.copytree(atlas.path, tmp_path_factory.mktemp("reports") / "planted.atlas")
    bg.classify(bg.open(path, encoder=BagOfWords()), "topic", controls=False)
    return path


def test_a_pipe_gets_whole_rows(planted):
    shown = call("diff", planted, "--a", "topic = 'graph'", "--b", "topic = 'speech'").stdout
    report = bg.diff(bg.open(planted), a="topic = 'graph'", b="topic = 'speech'")
    cells = report.table().shown
    lines = shown[shown.index("Concepts that differ") :].splitlines()
    assert re.split(r"\s{2,}", lines[1].strip()) == [h for h in cells.headings if h != "but"]
    assert len(lines) == 2 + len(cells.rows)
    for line, row in zip(lines[2:], cells.rows, strict=True):
        assert all(" ".join(str(v).split()) in line for v in row if v is not None)


def test_help_lists_every_command_under_a_heading_in_whole_sentences():
    import typer

    shown = call("--help").stdout
    assert "..." not in shown.replace("[ARGS]...", "")
    group = typer.main.get_command(app)
    headings = re.findall(r"^([A-Z][^:]*):$", shown, re.M)
    assert len(headings) >= 6 and "More" not in headings
    listed = re.findall(r"^  ([a-z][a-z-]*)  ", shown, re.M)
    assert sorted(listed) == sorted(group.list_commands(None))
    squeezed = " ".join(shown.split())
    for command in group.commands.values():
        assert " ".join(command.get_short_help_str(1000).split()) in squeezed


def test_wrong_labels_are_written_to_a_file(planted, tmp_path):
    file = tmp_path / "wrong.csv"
    shown = call("decide", planted, "topic", "--which", "all", "--limit", 2, "--csv", file).stdout
    with file.open(newline="") as f:
        rows = list(csv.DictReader(f))
    assert len(rows) == bg.open(planted).n_items and {
        "id",
        "label",
        "predicted",
        "probability",
    } <= set(rows[0])
    assert f"begriff classify {planted} --label {file}" in shown
    with pytest.raises(bg.InputError, match=r"--csv .*name a .csv file"):
        call("decide", planted, "topic", "--csv", tmp_path / "wrong.txt")
    with pytest.raises(bg.InputError, match="leave ITEM out"):
        call("decide", planted, "topic", "item3", "--csv", file)


def test_a_correction_says_that_it_moves_one_item(planted, tmp_path):
    path = shutil.copytree(planted, tmp_path / "p.atlas")
    concept = bg.Classifier(bg.open(path), "topic").decide("item3").parts[0].concept.id
    shown = call("correct", path, "topic", "item3", concept, "no").stdout
    assert "predicted for this item alone" in shown and "the model is not fitted again" in shown


def test_a_model_is_deleted(planted, tmp_path):
    path = shutil.copytree(planted, tmp_path / "p.atlas")
    assert "no models" in call("models", path, "topic", "--delete").stdout
    assert bg.list_models(bg.open(path)).models == []
    with pytest.raises(bg.InputError, match="--delete needs the name"):
        call("models", path, "--delete")


def test_a_promise_that_cannot_be_kept_is_one_sentence(planted, tmp_path):
    path = shutil.copytree(planted, tmp_path / "p.atlas")
    labels = tmp_path / "coins.csv"
    ids = bg.open(path).snapshot.items.column("_id").tolist()
    labels.write_text(
        "id,label\n" + "".join(f"{i},{'ab'[int(i[4:]) * 7919 % 101 % 2]}\n" for i in ids)
    )
    shown = call("classify", path, "--label", labels, "--no-controls", "--promise", "0.99")
    assert shown.exit_code == 0 and shown.output.count("abstains on every item") == 1
