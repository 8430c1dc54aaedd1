"""``begriff guard``: training, checking, and one line for a mistake."""

import json

import pytest

from begriff import catalog
from begriff.tasks.guard import TextGuard
from tests.cli import command
from tests.conftest import BagOfWords
from tests.guard.conftest import PLAIN, SLURS, THREATS, write_texts


def run(*args, cwd):
    """The command line with a small encoder in place of MiniLM."""
    find = catalog.find
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            catalog,
            "find",
            lambda room, name: BagOfWords if name in ("minilm", "BagOfWords") else find(room, name),
        )
        return command.run(*args, cwd=cwd)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("guard")
    bad = [
        {"said": t, "kind": k}
        for k, w in (("threats", THREATS), ("slurs", SLURS))
        for t in write_texts(w, 40, len(k))
    ]
    (path / "bad.jsonl").write_text("".join(json.dumps(r) + "\n" for r in bad))
    (path / "good.jsonl").write_text(
        "".join(json.dumps({"said": t}) + "\n" for t in write_texts(PLAIN, 200, 3))
    )
    (path / "bad.txt").write_text("\n".join(write_texts(SLURS, 40, 4)) + "\n\n")
    (path / "good.txt").write_text("\n".join(write_texts(PLAIN, 200, 5)))
    args = [
        "bad.jsonl",
        "--harmless",
        "good.jsonl",
        "--text",
        "said",
        "--concept",
        "kind",
        "--fpr",
        ".05",
        "--out",
        "g.safetensors",
    ]
    done = run("guard", "train", *args, "--json", cwd=path)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (
        said["concepts"] == ["slurs", "threats"]
        and said["bytes"] == (path / "g.safetensors").stat().st_size
    )
    return path


def test_check_prints_the_librarys_document(folder):
    texts = ["kill burn hurt attack", "river bridge music"]
    done = run("guard", "check", "g.safetensors", *texts, "--json", cwd=folder)
    expected = TextGuard.load(folder / "g.safetensors", encoder=BagOfWords()).check(texts)
    assert json.loads(done.stdout) == expected.model_dump(mode="json")
    plain = run("guard", "check", "g.safetensors", *texts, cwd=folder)
    assert plain.returncode == 0
    assert "flagged" in plain.stdout and "passes" in plain.stdout


def test_lines_of_a_text_file(folder):
    assert (
        run(
            "guard",
            "train",
            "bad.txt",
            "--harmless",
            "good.txt",
            "--fpr",
            ".05",
            "--out",
            "t.safetensors",
            cwd=folder,
        ).returncode
        == 0
    )
    done = run("guard", "check", "t.safetensors", "--file", "bad.txt", "--json", cwd=folder)
    found = json.loads(done.stdout)["verdicts"]
    assert len(found) == 40
    assert sum(v["flagged"] for v in found) > 30


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["check", "none.safetensors", "x"], "no guard file"),
        (["check", "good.txt", "x"], "is no guard file"),
        (["check", "g.safetensors"], "nothing to check"),
        (["check", "g.safetensors", "--file", "none.txt"], "no file"),
        (["train", "bad.jsonl", "--harmless", "good.jsonl"], "no column"),
        (["train", "bad.txt", "--harmless", "good.txt", "--concept", "kind"], "has no columns"),
        (["train", "none.jsonl", "--harmless", "good.jsonl"], "no file"),
        (["train", "bad.txt", "--harmless", "bad.txt"], "decide on one"),
        (["train", "bad.txt", "--harmless", "good.txt", "--fpr", ".001"], "cannot promise"),
        (["train", "bad.txt", "--harmless", "good.txt", "--out", "nowhere/g"], "no such folder"),
        (["train", "bad.txt", "--harmless", "good.txt", "--encoder", "nothing"], "nothing"),
    ],
)
def test_mistakes_are_one_line(folder, args, said):
    done = run("guard", *args, cwd=folder)
    assert done.returncode == 2, done.stdout
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
