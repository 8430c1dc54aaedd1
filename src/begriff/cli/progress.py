"""A progress bar on stderr, a line per stage."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

__all__ = ["Bars"]

_SAYS = {
    "items": "reading rows",
    "words": "indexing words",
    "vectors": "encoding",
    "phrases": "finding phrases",
    "dictionary": "learning concepts",
    "codes": "coding",
    "names": "naming and judging",
    "map": "laying out the map",
    "model": "fitting and comparing",
    "fits": "fitting, measuring",
    "check": "checking",
    "export": "writing",
    "proof": "finding it, then again",
    "preview": "a preview is ready",
    "write back": "writing back",
}


class Bars:
    """A meter for :func:`begriff.build`: call it with (stage, done, total)."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description:<20}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(file=sys.stderr), transient=False)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if self._tasks:
            self._progress.__exit__(kind, value, trace)

    def __call__(self, stage: str, done: int, total: int) -> None:
        if not self._tasks:
            self._progress.__enter__()
        if stage not in self._tasks:
            for task in self._tasks.values():
                self._progress.stop_task(task)
            self._tasks[stage] = self._progress.add_task(_SAYS.get(stage, stage), total=total or None)
        self._progress.update(self._tasks[stage], completed=done, total=total or None)
        if stage == "preview":  # the stages come once more
            self._tasks = {"": self._tasks[stage]}
