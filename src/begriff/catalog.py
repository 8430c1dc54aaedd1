"""What exists: each room's public names, imported when asked for, plus entry points of other packages.

Another package adds a dictionary with an entry point in the group ``begriff.dictionaries``.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from inspect import signature
from pathlib import Path
from typing import Any

from begriff.errors import InputError, unknown

__all__ = ["find", "find_dictionary", "names"]

_ROOMS = ("bottlenecks", "dictionaries", "erasers", "encoders", "probes")


def names(room: str) -> list[str]:
    """Sorted public names of a room, those of installed plugins included."""
    if room not in _ROOMS:
        raise unknown("room", room, _ROOMS)
    plugins = [e.name for e in entry_points(group=f"begriff.{room}")]
    return sorted({*import_module(f"begriff.{room}").__all__, *plugins})


def find(room: str, name: str) -> Any:
    """The class ``name`` of ``room``; case, ``-``, ``_`` and a last ``SAE`` do not matter.

    Raises
    ------
    InputError
        For a room or a name that does not exist, with the nearest names.
    """
    known = names(room)
    wanted = [n for n in known if _plain(n) in (_plain(name), f"{_plain(name)}sae")]
    if not wanted:
        raise unknown(f"name in begriff.{room}", name, known)
    for entry in entry_points(group=f"begriff.{room}"):
        if entry.name == wanted[0]:
            return entry.load()
    return getattr(import_module(f"begriff.{room}"), wanted[0])


def find_dictionary(text: str) -> tuple[Any, tuple[str, ...]]:
    """A dictionary's class and what it is made of, as ``NAME``, or ``NAME:FOLDER`` for one that was made elsewhere, says it.

    Raises
    ------
    InputError
        For a name that does not exist, one without its folder, or a folder for a method that learns from vectors.
    """
    name, _, folder = text.partition(":")
    method = find("dictionaries", name)
    if bool(folder) != any(p.default is p.empty for p in signature(method).parameters.values()):
        way_out = "learns from vectors: leave the folder out" if folder else f"was made elsewhere: give {name}:FOLDER"
        raise InputError(f"{text!r}: {method.__name__} {way_out}")
    return method, (str(Path(folder).resolve()),) if folder else ()


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
