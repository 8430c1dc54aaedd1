"""The command line, called in this process: starting Python and importing the library takes seconds and proves nothing new each time."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from begriff.cli import main


def run(*args: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Call the command line with these arguments in this folder; what a shell would see of it. Any other error than an exit is the test's."""
    out, err = (
        io.TextIOWrapper(io.BytesIO(), "utf-8", newline="", write_through=True) for _ in range(2)
    )
    environment = dict(os.environ)
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.setattr(sys, "argv", ["begriff", *map(str, args)])
        patch.chdir(cwd or Path.cwd())
        with pytest.raises(SystemExit) as ended:
            main()
    os.environ.clear()
    os.environ.update(environment)
    stdout, stderr = (stream.buffer.getvalue().decode() for stream in (out, err))
    return subprocess.CompletedProcess(sys.argv[:1], int(ended.value.code or 0), stdout, stderr)


def run_apart(*args: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The same as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "begriff", *map(str, args)], capture_output=True, text=True, cwd=cwd
    )
    assert "Traceback" not in done.stderr
    return done
