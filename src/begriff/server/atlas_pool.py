"""The atlases that a server holds open: immutable views that are swapped when something changed on
disk.
"""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from begriff.atlas.atlas import Atlas
from begriff.errors import BegriffError, InputError, LockedError, unknown
from begriff.store.stages import PATIENCE

__all__ = ["AtlasPool", "Opened"]

_KEPT = 64


@dataclass
class Opened:
    """One state of an atlas, and what was computed from it; never changed after it was handed out.

    Attributes
    ----------
    name : str
    atlas : Atlas
    stamp : tuple
        Identity of manifest and journal on disk.
    edits : int
        Entries of the journal.
    """

    name: str
    atlas: Atlas
    stamp: tuple[Any, ...]
    edits: int
    _kept: OrderedDict[Any, Any] = field(default_factory=OrderedDict)
    _busy: threading.Lock = field(default_factory=threading.Lock)

    def remember(self, key: Any, make: Callable[[], Any]) -> Any:
        """What ``make`` gives, computed once for this state; the last 64 answers are kept."""
        with self._busy:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._busy:
            self._kept[key] = made
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made


class AtlasPool:
    """Atlases by name.

    Parameters
    ----------
    atlases : mapping of str to Atlas
        In order; the first is the default.

    Raises
    ------
    InputError
        When there is none.
    """

    def __init__(self, atlases: Mapping[str, Atlas]) -> None:
        if not atlases:
            raise InputError("no atlas to serve: give at least one folder")
        self._lock = threading.Lock()
        self._editing = {name: threading.Lock() for name in atlases}
        self._opened = {
            name: Opened(name, atlas, _stamp(atlas.path), _entries(atlas.path))
            for name, atlas in atlases.items()
        }

    @classmethod
    def open(cls, paths: list[str | Path], *, index: str = "exact") -> AtlasPool:
        """Open folders, with an index of the catalogue; an atlas is called like its folder without
        ``.atlas``, and no two may be called the same.
        """
        atlases: dict[str, Atlas] = {}
        for path in paths:
            name = Path(path).resolve().name.removesuffix(".atlas")
            if name in atlases:
                raise InputError(
                    f"two atlases are called {name!r}: {atlases[name].path} and {path}; rename one"
                    " of the folders"
                )
            atlases[name] = Atlas(path, index=index)
        return cls(atlases)

    @property
    def names(self) -> list[str]:
        """Names in the order given; the first is the default."""
        return list(self._opened)

    def get(self, name: str | None = None) -> Opened:
        """The current state of an atlas, reopened where a build or an edit changed it.

        Raises
        ------
        NotFoundError
            For an unknown name.
        """
        name = self.names[0] if name is None else name
        if name not in self._opened:
            raise unknown("atlas", name, self.names)
        held = self._opened[name]
        stamp = _stamp(held.atlas.path)
        if stamp == held.stamp:
            return held
        with self._lock:
            held = self._opened[name]
            if stamp != held.stamp:
                self._opened[name] = held = _renewed(held, stamp)
        return held

    def edit(self, name: str | None, change: Callable[[Atlas], Any]) -> Any:
        """Apply a change to a copy, one at a time; readers keep the state that they have.

        Raises
        ------
        LockedError
            When the edits before it do not end.
        """
        held = self.get(name)
        if not self._editing[held.name].acquire(timeout=PATIENCE):
            raise LockedError(
                f"{held.name} is being written: other edits wait, too; try again when that has"
                " ended"
            )
        try:
            return change(_without_edits(self.get(name).atlas))
        finally:
            self._editing[held.name].release()


def _stamp(path: Path) -> tuple[Any, ...]:
    """Manifest, journal and the folder of models as they are on disk; all are only ever replaced
    whole.
    """
    out: list[Any] = []
    for name in ("manifest.json", "journal.jsonl", "models"):
        try:
            status = (path / name).stat()
            out.append((status.st_ino, status.st_mtime_ns, status.st_size))
        except FileNotFoundError:
            out.append(None)
    return tuple(out)


def _entries(path: Path) -> int:
    journal = path / "journal.jsonl"
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def _renewed(held: Opened, stamp: tuple[Any, ...]) -> Opened:
    """The new state: another build is opened afresh, edits are read again over the same arrays."""
    path = held.atlas.path
    if stamp[0] == held.stamp[0]:
        return Opened(held.name, _without_edits(held.atlas), stamp, _entries(path))
    try:
        return Opened(
            held.name,
            Atlas(
                path,
                encoder=held.atlas.snapshot.given_encoder,
                index=held.atlas.snapshot.given_index,
            ),
            stamp,
            _entries(path),
        )
    # a folder that is being replaced: what is held stays good until it is whole again
    except BegriffError:
        return held


def _without_edits(atlas: Atlas) -> Atlas:
    fresh = copy.copy(atlas)
    fresh.snapshot.forget_edits()
    return fresh
