"""An atlas that follows a folder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from begriff.atlas.atlas import Atlas
from begriff.atlas.documents import Growth
from begriff.base import Encoder
from begriff.errors import InputError, LockedError
from begriff.readers import open_source

__all__ = ["watch"]


def watch(
    path: str | Path,
    folder: str | Path,
    *,
    every: float = 10.0,
    mirror: bool = False,
    encoder: Encoder | None = None,
    rounds: int | None = None,
) -> Iterator[Growth]:
    """Add what is new or changed in a folder whenever it has come to rest, and tell what each change did.

    Parameters
    ----------
    path : str or Path
        Of an atlas, as one that was built from the folder.
    folder : str or Path
        Documents, or files of rows.
    every : float
        Seconds between two looks. What changed is read when the next look finds it as it was, so that no file is read half-written.
    mirror : bool
        For documents: a file that goes takes its item along.
    encoder : Encoder, optional
        Where it is not in the catalogue.
    rounds : int, optional
        Looks in all; by default until it is interrupted.

    Yields
    ------
    Growth
        Of every change; a look at which another process writes to the atlas is left out, and the next one tried.

    Raises
    ------
    InputError
        For a folder that is none, an interval that is not above 0, or rows that cannot be added.

    Examples
    --------
    >>> from begriff.atlas.watch import watch
    >>> for growth in watch("notes.atlas", "notes"):  # doctest: +SKIP
    ...     print(growth)
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{str(folder)!r} is no folder: give one to watch")
    if every <= 0:
        raise InputError(f"every={every}: must be above 0 seconds")
    done, seen = None, _state(folder)
    looks = 0
    while rounds is None or looks < rounds:
        now = _state(folder)
        if now == seen != done:
            try:
                yield from _follow(Atlas(path, encoder=encoder), folder, mirror)
                done = now
            except LockedError:
                pass  # the next look tries again
        seen, looks = now, looks + 1
        if rounds is None or looks < rounds:
            time.sleep(every)


def _state(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file."""
    found = {}
    for p in sorted(folder.rglob("*")):
        try:
            if p.is_file():
                found[str(p)] = (p.stat().st_size, p.stat().st_mtime_ns)
        except FileNotFoundError:  # it went while we looked
            continue
    return found


def _follow(atlas: Atlas, folder: Path, mirror: bool) -> Iterator[Growth]:
    came = atlas.add(folder, max_rejected=1.0)  # a bad file is listed, and stops nothing
    if came.added + came.updated:
        yield came
    gone = _gone(atlas, folder) if mirror else []
    if gone:
        yield Atlas(atlas.path, encoder=atlas.given_encoder).remove(gone)


def _gone(atlas: Atlas, folder: Path) -> list[str]:
    """Ids of items whose documents are no longer there."""
    records: Any = list(open_source(folder))
    if any(r.row is not None and r.row.get("id") != r.file for r in records):
        raise InputError(f"{str(folder)!r} holds rows and no documents: --mirror cannot tell which items went")
    there = {r.file for r in records}
    now = Atlas(atlas.path, encoder=atlas.given_encoder)
    return [str(i) for i in now.items.column("_id") if i not in there]
