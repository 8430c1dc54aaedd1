"""The command line lets threads sleep between products, unless the user has said how they wait, before any library is loaded."""

import os
import subprocess
import sys

import pytest

CODE = """
import os, sys
from begriff.cli.main import app, main
assert not {"numpy", "scipy", "torch"} & set(sys.modules), "a library read its settings before they were made"
sys.argv = ["begriff", "--version"]
try:
    main()
finally:
    print(*[os.environ[n] for n in ("OMP_WAIT_POLICY", "KMP_BLOCKTIME", "OPENBLAS_THREAD_TIMEOUT")])
"""


@pytest.mark.parametrize(
    ("given", "expected"), [({}, "PASSIVE 0 4"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE 0 4")]
)
def test_threads_sleep_unless_the_user_said_otherwise(given, expected):
    env = {
        k: v
        for k, v in os.environ.items()
        if k not in ("OMP_WAIT_POLICY", "KMP_BLOCKTIME", "OPENBLAS_THREAD_TIMEOUT")
    }
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, env=env | given
    )
    assert done.stdout.splitlines()[-1] == expected, done.stderr
