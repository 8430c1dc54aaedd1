"""Progress on stderr: bars at a terminal, lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Protocol, Self, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

__all__ = ["Bars", "Lines", "patience"]

_SAYS = {
    "items": "reading rows",
    "words": "indexing words",
    "vectors": "encoding",
    "phrases": "finding phrases",
    "dictionary": "learning concepts",
    "second dictionary": "learning again on half, to see which concepts are stable",
    "control dictionary": "learning at random, to compare with",
    "codes": "coding",
    "identity": "matching concepts with those of before",
    "names": "naming and judging",
    "map": "laying out the map",
    "model": "fitting and comparing",
    "fits": "fitting, measuring",
    "check": "checking",
    "export": "writing",
    "proof": "finding it, then again",
    "preview": "a preview is ready",
    "no preview": "no preview: the whole atlas comes nearly as soon",
    "write back": "writing back",
}
_LOADING = "loading the encoder: the first words that are compared take some seconds ..."
_OFTEN = 1.0
_SELDOM = 10.0


class _Shown(Protocol):
    """What a meter shows itself with."""

    def show(self, stage: str, done: int, total: int) -> None: ...
    def close(self) -> None: ...


class Bars:
    """A meter for :func:`begriff.build`: call it with (stage, done, total)."""

    def __init__(self) -> None:
        self._shown: _Shown = _AtTerminal() if sys.stderr.isatty() else Lines()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._shown.close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        self._shown.show(stage, done, total)


class _AtTerminal:
    """A bar for every stage; a bar stops when the next stage begins."""

    def __init__(self) -> None:
        columns = (
            TextColumn("{task.description:<20}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        console, out = Console(file=sys.stderr), sys.stdout.isatty()
        self._progress = Progress(*columns, console=console, transient=False, redirect_stdout=out)
        self._tasks: dict[str, TaskID] = {}

    def close(self) -> None:
        if self._tasks:
            self._progress.__exit__(None, None, None)

    def show(self, stage: str, done: int, total: int) -> None:
        if not self._tasks:
            self._progress.__enter__()
        if stage not in self._tasks:
            if self._tasks:
                self._progress.stop_task(list(self._tasks.values())[-1])
            self._tasks[stage] = self._progress.add_task(
                _SAYS.get(stage, stage), total=total or None
            )
        if done or total:
            self._progress.update(self._tasks[stage], completed=done, total=total or None)
        if stage == "preview":  # the stages come once more
            self._tasks = {"": self._tasks[stage]}


class Lines:
    """A line when a stage begins and at every tenth of it, with the seconds that it has taken and
    will take.

    Tenths that come within a second of the last line are left out; where the total is not known
    there is a line every ten seconds.

    Parameters
    ----------
    out : TextIO, optional
        Standard error by default.
    clock : callable
        Seconds, from anywhere.
    """

    def __init__(
        self, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._out, self._clock = out or sys.stderr, clock
        self._stage: str | None = None
        self._began = self._last = 0.0
        self._tenths = 0

    def close(self) -> None:
        """Nothing is left open."""

    def show(self, stage: str, done: int, total: int) -> None:
        now = self._clock()
        if stage != self._stage:
            self._stage, self._began, self._last, self._tenths = stage, now, now, 0
            self._write(_SAYS.get(stage, stage))
            return
        tenths = 10 * done // total if total else 0
        due = (
            tenths > self._tenths and now - self._last >= _OFTEN
            if total
            else now - self._last >= _SELDOM
        )
        if due:
            self._last, self._tenths = now, tenths
            self._write(
                f"{_SAYS.get(stage, stage)}: {self._how_far(done, total, now - self._began)}"
            )

    def _how_far(self, done: int, total: int, spent: float) -> str:
        if not total:
            return f"{done:,}, {spent:.0f} s"
        left = "" if done >= total else f", {spent * (total - done) / done:.0f} s left"
        return f"{100 * done // total} %, {done:,} of {total:,}, {spent:.0f} s{left}"

    def _write(self, line: str) -> None:
        print(line, file=self._out, flush=True)


@contextlib.contextmanager
def patience(seconds: float = _OFTEN) -> Iterator[None]:
    """At a terminal: say that the encoder is being loaded where the block takes longer than some
    seconds; taken back at its end.
    """
    if not sys.stderr.isatty():
        yield
        return
    said = threading.Event()

    def say() -> None:
        said.set()
        sys.stderr.write(_LOADING)
        sys.stderr.flush()

    timer = threading.Timer(seconds, say)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        if said.is_set():
            sys.stderr.write("\r" + " " * len(_LOADING) + "\r")
