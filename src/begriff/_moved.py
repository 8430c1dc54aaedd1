"""Names that moved to another package: they work for one more release, and say where
they are now.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

__all__ = ["FLAT", "moved", "MovedNames"]

FLAT = {
    **{
        name: f"edits.{name}"
        for name in ("rename", "hide", "pin", "merge", "note", "undo", "undo_all")
    },
    **{"list_edits": "edits.list", "seed": "seeds.fit", "list_seeds": "seeds.list"},
    **{
        "save_search": "searches.save",
        "list_searches": "searches.list",
        "forget_search": "searches.forget",
    },
}
"""Methods of an atlas that are in namespaces now."""


def moved(old: str, *packages: str, **renamed: str) -> Callable[[str], Any]:
    """A module's ``__getattr__`` that finds its names in other packages, under another name where
    ``renamed`` gives one.
    """

    def find(name: str) -> Any:
        wanted = renamed.get(name, name)
        for package in packages:
            if not name.startswith("_") and hasattr(module := import_module(package), wanted):
                warnings.warn(
                    f"{old}.{name} is now {package}.{wanted}", DeprecationWarning, stacklevel=3
                )
                return getattr(module, wanted)
        raise AttributeError(f"module {old!r} has no attribute {name!r}")

    return find


class MovedNames:
    """A class some of whose attributes moved; ``_moved`` says where: old name -> new one, as
    ``edits.rename``.
    """

    _moved: ClassVar[Mapping[str, str]] = {}

    if not TYPE_CHECKING:  # a type checker refuses the old names

        def __getattr__(self, name: str) -> Any:
            if name not in self._moved:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            now = self._moved[name]
            warnings.warn(
                f"{type(self).__name__}.{name} is now {type(self).__name__}.{now}",
                DeprecationWarning,
                stacklevel=2,
            )
            return attrgetter(now)(self)
