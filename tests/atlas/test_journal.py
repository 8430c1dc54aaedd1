"""The journal is appended to: an entry costs the same however many there are, and a crash costs one line at most."""

import json
import time

import pytest

from begriff.errors import AtlasError
from begriff.store.journal import Journal


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "journal.jsonl")


def test_entries_are_appended_and_numbered(journal):
    for i in range(5):
        assert journal.append("note", who="me", text="x" * i)["number"] == i + 1
    before = journal.path.read_bytes()
    journal.append("note", who="me", text="later")
    assert journal.path.read_bytes().startswith(before)
    assert [e["number"] for e in journal.entries()] == [1, 2, 3, 4, 5, 6]


def test_an_entry_costs_the_same_among_thousands(journal):
    def seconds():
        times = []
        for _ in range(20):
            start = time.perf_counter()
            journal.append("note", who="me", text="x")
            times.append(time.perf_counter() - start)
        return sorted(times)[10]

    few = seconds()
    line = json.dumps({"number": 0, "action": "note", "text": "x" * 2000})
    entries = [json.loads(line) | {"number": i + 1} for i in range(20_000)]
    journal.rewrite(entries)
    # rewriting 40 MB would take hundreds of times as long
    assert seconds() < 20 * few + 0.005
    assert journal.append("note", who="me", text="y")["number"] == 20_021


@pytest.mark.parametrize("torn", ['{"number": 3, "act', "{", "\x00\x00"])
def test_what_a_crash_left_of_a_line_is_cut_off(journal, torn):
    journal.append("note", who="me", text="one")
    journal.append("note", who="me", text="two")
    with journal.path.open("a") as f:
        f.write(torn)
    assert [e["text"] for e in journal.entries()] == ["one", "two"]
    assert journal.append("note", who="me", text="three")["number"] == 3
    assert [e["text"] for e in journal.entries()] == ["one", "two", "three"]


def test_an_entry_without_its_line_end_is_kept(journal):
    journal.append("note", who="me", text="one")
    journal.path.write_bytes(journal.path.read_bytes().rstrip(b"\n"))
    assert journal.append("note", who="me", text="two")["number"] == 2
    assert [e["text"] for e in journal.entries()] == ["one", "two"]


def test_long_entries_are_found(journal):
    journal.append("note", who="me", text="x" * 100_000)
    journal.append("note", who="me", text="y" * 100_000)
    assert journal.append("note", who="me", text="z")["number"] == 3


def test_a_damaged_last_line_is_named(journal):
    journal.append("note", who="me", text="one")
    with journal.path.open("a") as f:
        f.write("no entry\n")
    with pytest.raises(AtlasError, match="damaged in its last line"):
        journal.append("note", who="me", text="two")
