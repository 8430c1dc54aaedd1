"""Progress where there is no terminal: a line for every stage and every tenth, with the seconds spent and left."""

import io
import sys
import time

from begriff.cli.progress import Bars, Lines, patience


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def lines_of(calls):
    """What is written for calls (seconds, stage, done, total)."""
    out, clock = io.StringIO(), Clock()
    lines = Lines(out, clock)
    for clock.now, *told in calls:
        lines.show(*told)
    return out.getvalue().splitlines()


def test_a_line_for_every_stage_and_every_tenth():
    calls = [(0, "items", 0, 0), (1, "items", 500, 0), (2, "vectors", 0, 0)]
    calls += [(2 + 2 * i, "vectors", 10 * i, 200) for i in range(1, 21)]
    written = lines_of(calls)
    assert written[:3] == ["reading rows", "encoding", "encoding: 10 %, 20 of 200, 4 s, 36 s left"]
    assert written[-1] == "encoding: 100 %, 200 of 200, 40 s"
    assert len(written) == 12


def test_quick_stages_take_one_line_and_slow_ones_of_unknown_length_a_line_in_ten_seconds():
    assert lines_of([(0.005 * i, "codes", i, 100) for i in range(101)]) == ["coding"]
    written = lines_of([(i, "items", 100 * i, 0) for i in range(31)])
    assert written == [
        "reading rows",
        "reading rows: 1,000, 10 s",
        "reading rows: 2,000, 20 s",
        "reading rows: 3,000, 30 s",
    ]


def test_fits_are_told_apart():
    fits = ("dictionary", "second dictionary", "control dictionary")
    written = lines_of([(i, fit, 0, 0) for i, fit in enumerate(fits)])
    assert len(set(written)) == 3
    assert all(line.startswith("learning") for line in written)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_gets_bars_and_the_count_of_rows_stops_when_reading_ends(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with Bars() as bars:
        bars("items", 2000, 0)
        bars("words", 0, 0)
        reading = bars._shown._progress.tasks[0]
        spent = reading.elapsed
        bars("vectors", 1, 10)
        assert reading.stop_time is not None
        assert reading.elapsed == spent


def test_what_is_no_terminal_gets_lines(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with Bars() as bars:
        bars("vectors", 0, 10)
    assert sys.stderr.getvalue() == "encoding\n"


def test_a_slow_search_at_a_terminal_says_what_it_waits_for(monkeypatch):
    said = {}
    for kind in (Terminal, io.StringIO):
        for slow in (0.3, 0.0):
            monkeypatch.setattr(sys, "stderr", kind())
            with patience(0.1):
                time.sleep(slow)
            said[kind, slow] = sys.stderr.getvalue()
    assert "loading the encoder" in said.pop((Terminal, 0.3))
    assert set(said.values()) == {""}
