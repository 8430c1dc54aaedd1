"""A build on a thread of its own, while its first part is served."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas
    from begriff.pipeline.plan import Meter

__all__ = ["BackgroundBuild"]

_PATIENCE = 5.0


class _Stopped(BaseException):
    """The person ended the command while the build went on."""


class BackgroundBuild:
    """A build on a thread of its own.

    Parameters
    ----------
    build : callable
        Called with a meter; makes the atlas.
    then : callable
        Called with the atlas when it is whole.

    Attributes
    ----------
    failed : BaseException or None
        What ended the build before its time.
    """

    def __init__(self, build: Callable[[Meter], Atlas], then: Callable[[Atlas], None]) -> None:
        self._build, self._then = build, then
        self._usable, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="begriff-build", daemon=True)
        self.failed: BaseException | None = None

    def start(self) -> None:
        """Begin, and wait until there is an atlas to look at: a preview, or the whole one.

        Raises
        ------
        BegriffError, OSError
            What the build raised before that.
        """
        self._thread.start()
        try:
            self._usable.wait()
        except BaseException:
            self.stop()
            raise
        if self.failed is not None:
            raise self.failed

    def stop(self) -> None:
        """End the build at its next step, from where the same command goes on; where that takes too
        long, end the process.
        """
        self._stopping.set()
        self._thread.join(_PATIENCE)
        if self._thread.is_alive():
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(130)

    def _run(self) -> None:
        try:
            atlas = self._build(self._meter)
            self._usable.set()
            self._then(atlas)
        except BaseException as e:
            self.failed = None if isinstance(e, _Stopped) else e
            if self._usable.is_set() and self.failed is not None:
                sys.stderr.write(
                    f"error: the whole atlas could not be made: {' '.join(str(e).split())}\n"
                )
        finally:
            self._usable.set()

    def _meter(self, stage: str, done: int, total: int) -> None:
        if self._stopping.is_set():
            raise _Stopped
        if stage == "preview":
            self._usable.set()
