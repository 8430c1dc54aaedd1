"""An atlas that follows a folder."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

from begriff.atlas.atlas import Atlas
from begriff.documents.models import Growth
from begriff.errors import InputError, LockedError
from begriff.kinds.encoder import Encoder
from begriff.readers.sources import files_in
from begriff.store.stages import write_json

__all__ = ["watch"]

_State = dict[str, tuple[int, int]]


def watch(
    path: str | Path,
    folder: str | Path,
    *,
    every: float = 10.0,
    mirror: bool = False,
    encoder: Encoder | None = None,
    rounds: int | None = None,
) -> Iterator[Growth]:
    """Add what is new or changed in a folder whenever it has come to rest, and tell what each
    change did.

    Parameters
    ----------
    path : str or Path
        Of an atlas, as one that was built from the folder.
    folder : str or Path
        Documents, or files of rows.
    every : float
        Seconds between two looks. What changed is read when the next look finds it as it was, so
        that no file is read half-written.
    mirror : bool
        For documents: a file that goes takes its item along. Only items that a look found as files
        of this folder go (they are kept in ``watched.json``), whatever else the atlas holds; none
        goes with the last document, since an empty folder is most likely a disk that is not there.
    encoder : Encoder, optional
        Where it is not in the catalogue.
    rounds : int, optional
        Looks in all; by default until it is interrupted. A single look reads at once.

    Yields
    ------
    Growth
        Of every change; a look at which another process writes to the atlas is left out, and the
        next one tried.

    Raises
    ------
    InputError
        For a folder that is none, an interval that is not above 0, or rows that cannot be added. Of
        an id that comes twice the last row is kept.

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
    done: _State | None = None
    seen = _state(folder) if rounds == 1 else None
    looks = 0
    while rounds is None or looks < rounds:
        now: _State | None = _state(folder)
        if now == seen != done:
            try:
                yield from _follow(Atlas(path, encoder=encoder), folder, mirror)
                done = now
            except (LockedError, FileNotFoundError):
                # another writes, or a file went while it was read: it has to come to rest once more
                now = None
        seen, looks = now, looks + 1
        if rounds is None or looks < rounds:
            time.sleep(every)


def _state(folder: Path) -> _State:
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
    there = _documents(folder)
    if mirror and there is None:
        raise InputError(
            f"{str(folder)!r} holds rows and no documents: --mirror cannot tell which items went"
        )
    if there != set():
        # a bad file is listed, and stops nothing
        came = atlas.add(folder, on_duplicate="keep-last", max_rejected=1.0)
        if came.added + came.updated:
            yield came
    if there is not None:
        yield from _without_gone(
            Atlas(atlas.path, encoder=atlas.snapshot.given_encoder), folder, there, mirror
        )


def _documents(folder: Path) -> set[str] | None:
    """Ids that the documents of a folder have; None where it holds rows."""
    documents, data = files_in(folder)
    return (
        None
        if len(data) > len(documents)
        else {p.relative_to(folder).as_posix() for p in documents}
    )


def _without_gone(atlas: Atlas, folder: Path, there: set[str], mirror: bool) -> Iterator[Growth]:
    """Remember which items are files of the folder, and take out those that were and
    are no more.
    """
    kept, name = atlas.path / "watched.json", str(folder.resolve())
    known: dict[str, list[str]] = json.loads(kept.read_text()) if kept.exists() else {}
    held = set(map(str, atlas.snapshot.items.column("_id")))
    before = held & set(known.get(name, []))
    # an empty folder is more likely a disk that is not there
    gone = sorted(before - there) if mirror and there else []
    if gone:
        yield atlas.remove(gone)
    write_json(kept, {**known, name: sorted((held & there) | (before - set(gone)))})
