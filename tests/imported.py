"""What the processes of ``tests.processes`` have imported before they begin."""

import contextlib
from importlib import import_module

import lance  # noqa: F401
import tantivy  # noqa: F401

import tests.conftest  # noqa: F401

for optional in ("begriff.server.run", "begriff.nets.training", "torch._dynamo"):
    with contextlib.suppress(ImportError):
        import_module(optional)
