"""An atlas follows a folder: what is new, what changed, and with ``mirror`` what went."""

import json

import pytest

import begriff as bg
from begriff.atlas.watch import watch
from begriff.errors import InputError
from tests.conftest import BagOfWords, make_rows

ROWS = make_rows(80)


@pytest.fixture
def notes(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    for r in ROWS[:70]:
        (folder / f"{r['id']}.md").write_text(f"# {r['title']}\n\n{r['body']}")
    bg.build(folder, out=tmp_path / "a.atlas", encoder=BagOfWords(), layout=False)
    return folder, tmp_path / "a.atlas"


def look(notes, **options):
    folder, path = notes
    return list(
        watch(path, folder, encoder=BagOfWords(), **{"every": 0.01, "rounds": 1, **options})
    )


def test_nothing_new_says_nothing(notes):
    assert look(notes) == []
    assert bg.open(notes[1]).version == 1


def test_what_is_new_or_changed_comes_in(notes):
    folder, path = notes
    (folder / "new.md").write_text(f"# New\n\n{ROWS[75]['body']}")
    (folder / "item3.md").write_text(f"# Other\n\n{ROWS[76]['body']}")
    (growth,) = look(notes)
    assert (growth.added, growth.updated, growth.unchanged) == (1, 1, 69)
    assert bg.open(path).item("item3.md").item["title"] == "Other"
    assert look(notes) == []


def test_what_goes_goes_only_where_that_is_asked_for(notes):
    folder, path = notes
    other = [{"id": "elsewhere", "title": "x", "text": ROWS[77]["body"]}]
    bg.open(path, encoder=BagOfWords()).add(other)
    assert look(notes, mirror=True) == []
    (folder / "item3.md").unlink()
    (folder / "item4.md").write_bytes(b"\0 no text any more")
    assert look(notes) == []
    assert bg.open(path).n_items == 71
    (growth,) = look(notes, mirror=True)
    assert growth.removed == 1
    assert bg.open(path).snapshot.known(["item3.md", "item4.md", "elsewhere"]) == {
        "item4.md",
        "elsewhere",
    }
    for file in folder.iterdir():
        file.unlink()
    assert look(notes, mirror=True) == []  # a disk that is not there, most likely
    assert bg.open(path).n_items == 70


def test_a_file_that_goes_while_it_is_read_is_left_for_the_next_look(notes, monkeypatch):
    def gone(*args, **kwargs):
        raise FileNotFoundError("it went")

    with monkeypatch.context() as patch:
        patch.setattr("begriff.atlas.watch.Atlas.add", gone)
        assert look(notes, rounds=3) == []
    (notes[0] / "new.md").write_text(f"# New\n\n{ROWS[75]['body']}")
    assert look(notes, rounds=3)[0].added == 1


def test_a_file_that_is_still_written_is_left_for_the_next_look(notes):
    folder, path = notes
    looks = watch(path, folder, encoder=BagOfWords(), every=0.01, rounds=6)
    written = iter(range(3))

    def sleep(seconds):
        i = next(written, None)
        if i is not None:
            (folder / "slow.md").write_text(f"# Slow\n\n{ROWS[75]['body'][: 60 * (i + 1)]}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("begriff.atlas.watch.time.sleep", sleep)
        found = list(looks)
    assert [g.added for g in found] == [1]
    assert bg.open(path).item("slow.md").text.endswith(ROWS[75]["body"][:180].strip())


def test_while_another_process_writes_it_waits(notes, monkeypatch):
    folder, path = notes
    monkeypatch.setattr("begriff.pipeline.grow._PATIENCE", 0.05)
    (folder / "new.md").write_text(f"# New\n\n{ROWS[75]['body']}")
    with bg.open(path).snapshot.store.lock():
        assert look(notes) == []
    assert look(notes)[0].added == 1


def test_bad_input(notes, tmp_path):
    with pytest.raises(InputError, match="no folder"):
        list(watch(notes[1], tmp_path / "none"))
    with pytest.raises(InputError, match="every=0"):
        look(notes, every=0)
    rows = tmp_path / "rows"
    rows.mkdir()
    (rows / "a.jsonl").write_text(
        "".join(
            json.dumps({"id": r["id"], "title": r["title"], "text": r["body"]}) + "\n" for r in ROWS
        )
    )
    with pytest.raises(InputError, match="no documents"):
        list(watch(notes[1], rows, mirror=True, encoder=BagOfWords(), rounds=1))
