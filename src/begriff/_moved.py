"""Names that moved to another package: they work for one more release, and say where they are now."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["moved"]


def moved(old: str, *packages: str, **renamed: str) -> Callable[[str], Any]:
    """A module's ``__getattr__`` that finds its names in other packages, under another name where ``renamed`` gives one."""

    def find(name: str) -> Any:
        wanted = renamed.get(name, name)
        for package in packages:
            if not name.startswith("_") and hasattr(module := import_module(package), wanted):
                warnings.warn(f"{old}.{name} is now {package}.{wanted}", DeprecationWarning, stacklevel=3)
                return getattr(module, wanted)
        raise AttributeError(f"module {old!r} has no attribute {name!r}")

    return find
