"""Processes of their own, forked from one that has imported the library: killed and read like any other, without seconds of imports each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.imported"])
_ROOT = Path(__file__).parents[1]


class Forked:
    """A process that calls ``work(*args)`` in the folder of the sources, with the methods of ``subprocess.Popen`` that tests use.

    Parameters
    ----------
    work : function of a module
    args : what can be pickled
    """

    def __init__(self, work: Callable[..., object], *args: Any) -> None:
        (stdout, out), (stderr, err) = (_FORKS.Pipe(duplex=False) for _ in range(2))
        self._process = _FORKS.Process(
            target=_call, args=(out, err, dict(os.environ), work, args), daemon=True
        )
        before = os.getcwd()
        os.chdir(_ROOT)  # the first process imports from here
        try:
            self._process.start()
        finally:
            os.chdir(before)
        out.close()
        err.close()
        self.stdout, self.stderr = _reader(stdout), _reader(stderr)
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Exit status, or a signal's number below zero; None while it runs."""
        return self._process.exitcode

    returncode = property(poll)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired("a forked process", timeout or 0)
        return code

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.pid is not None
        os.kill(self.pid, number)

    def communicate(self) -> tuple[str, str]:
        """Wait for its end; the rest of what it wrote, a few lines on each stream."""
        said = self.stdout.read(), self.stderr.read()
        self.wait()
        self.stdout.close()
        self.stderr.close()
        return said


def run_code(code: str, *args: object) -> subprocess.CompletedProcess[str]:
    """Run the code in a process of its own with these as ``sys.argv[1:]``, as ``python -c`` would."""
    process = Forked(execute, code, *map(str, args))
    stdout, stderr = process.communicate()
    return subprocess.CompletedProcess(["-c", *map(str, args)], process.wait(), stdout, stderr)


def execute(code: str, *args: str) -> None:
    """Run the code in this process."""
    sys.argv = ["-c", *args]
    exec(compile(code, "-c", "exec"), {"__name__": "__main__"})


def _reader(connection: Connection) -> IO[str]:
    stream = os.fdopen(os.dup(connection.fileno()), "r")
    connection.close()
    return stream


def _call(
    out: Connection,
    err: Connection,
    environment: dict[str, str],
    work: Callable[..., object],
    args: tuple[Any, ...],
) -> None:
    """In the other process."""
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    out.close()
    err.close()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    os.environ.clear()
    os.environ.update(environment)
    work(*args)
