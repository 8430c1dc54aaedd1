"""The demo: something useful at once, the page on a first part, and the whole atlas while it is served."""

import threading

import pytest
from typer.testing import CliRunner

import begriff as bg
import begriff.cli.demo
from begriff.cli.background_build import BackgroundBuild
from begriff.cli.main import app
from begriff.errors import InputError
from tests.conftest import BagOfWords

WORDS = [
    "compressed",
    "file",
    "read",
    "open",
    "thread",
    "parallel",
    "folder",
    "remove",
    "email",
    "date",
    "time",
    "parse",
    "connection",
    "server",
    "string",
    "list",
]


class Reader(BagOfWords):
    """Counts words that the documentation of Python holds."""

    name = "words-of-python"
    n_dims = len(WORDS)

    def encode(self, texts, *, progress=None):
        import numpy as np

        counts = (
            np.array([[t.lower().count(w) for w in WORDS] for t in texts], dtype=np.float32) + 0.01
        )
        noise = np.random.default_rng(0).normal(0, 0.01, counts.shape)
        made = counts + np.abs(noise)
        return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def quick(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("begriff.pipeline.plan.make_encoder", lambda *_: Reader())
    monkeypatch.setattr("begriff.pipeline.build.judge_beside", lambda first: None)
    monkeypatch.setattr("begriff.cli.demo._FIRST", 100)


def test_it_says_something_useful_first_and_ends_with_ones_own_file(quick):
    done = CliRunner().invoke(app, ["demo", "--items", "300", "--no-serve"], catch_exceptions=False)
    lines = done.stdout.splitlines()
    assert done.exit_code == 0
    assert next(i for i, line in enumerate(lines) if "by words alone" in line) < 8
    for term in ("A concept is", "A name's score", "A reason names"):
        assert done.stdout.count(term) == 1
    assert done.stdout.count("begriff search demo.atlas") == 3
    assert lines[-1].split(maxsplit=3)[-1] == "begriff build FILE --text COLUMN --out my.atlas"
    assert bg.open("demo.atlas", encoder=Reader()).version == 1


def test_the_page_opens_on_a_first_part_and_the_whole_comes_while_it_is_served(quick, monkeypatch):
    served = []

    def serve(shelf, *, log_requests, ready):
        assert not log_requests
        ready("http://localhost:1")
        served.append(shelf.get("demo").atlas.n_items)
        threading.Event().wait(0.1)
        while shelf.get("demo").atlas.n_items < 300:
            threading.Event().wait(0.1)
        served.append(shelf.get("demo").atlas.version)

    monkeypatch.setattr("begriff.server.serve", serve)
    done = CliRunner().invoke(app, ["demo", "--items", "300"], catch_exceptions=False)
    assert served == [100, 2]
    assert "http://localhost:1 (100 of 300 entries for now" in done.stdout


def test_a_build_that_fails_before_there_is_anything_fails_the_command():
    def build(meter):
        raise InputError("no such column")

    with pytest.raises(InputError, match="no such column"):
        BackgroundBuild(build, lambda made: None).start()


def test_a_build_that_fails_later_says_so_and_leaves_what_is_there(capsys):
    def build(meter):
        meter("preview", 1, 1)
        going.wait(10)
        raise OSError(28, "No space left on device")

    going, work = threading.Event(), BackgroundBuild(build, lambda made: None)
    work.start()
    going.set()
    work._thread.join(10)
    assert "error: the whole atlas could not be made" in capsys.readouterr().err
    work.stop()


def test_a_build_that_is_stopped_ends_at_its_next_step():
    def build(meter):
        meter("preview", 1, 1)
        while True:
            steps.append(1)
            meter("vectors", 0, 1)
            threading.Event().wait(0.01)

    steps, work = [], BackgroundBuild(build, lambda made: pytest.fail("it was not whole"))
    work.start()
    work.stop()
    assert not work._thread.is_alive()
    assert work.failed is None
