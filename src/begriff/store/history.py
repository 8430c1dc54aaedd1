"""The versions that a folder keeps beside the published one, and which of them somebody reads.

``versions/N.json`` is the manifest of version N under a second name: a hard link, so that whoever
opened ``manifest.json`` while N was current holds the same file. A reader locks that file (shared)
while it is open; whoever cleans up drops a version only where it gets the exclusive lock, and so
leaves the folders of a version that is read, in this process or in another.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import weakref
from collections.abc import Iterator
from pathlib import Path

from begriff.store.manifest import Manifest

__all__ = ["drop", "happened", "keep_current", "kept_versions", "Lease", "read_leased", "VERSIONS"]

VERSIONS = "versions"


class Lease:
    """A shared lock on a file, held until this object is forgotten or its process ends.

    Parameters
    ----------
    descriptor : int
        Of the open file; closed with the lease.
    """

    def __init__(self, descriptor: int) -> None:
        self._close = weakref.finalize(self, os.close, descriptor)


def read_leased(path: Path) -> tuple[bytes, Lease]:
    """The content of a manifest, and a lease on the version that it describes.

    Where the file system has no locks, the lease holds nothing; a version that is dropped meanwhile
    is noticed when its files are read.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    while True:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        lease = Lease(descriptor)
        _lock(descriptor, exclusive=False)
        # else it was replaced and dropped between opening and locking
        if os.fstat(descriptor).st_nlink:
            with os.fdopen(os.dup(descriptor), "rb") as f:
                return f.read(), lease


def _lock(descriptor: int, *, exclusive: bool) -> bool:
    """Whether the lock could be had; an exclusive one is not waited for."""
    try:
        import fcntl
    except ImportError:  # Windows
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB if exclusive else fcntl.LOCK_SH)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def keep_current(path: Path, number: int) -> None:
    """Give the manifest of the current version its second name, before another one
    takes its place.
    """
    current, kept = path / "manifest.json", path / VERSIONS / f"{number}.json"
    kept.parent.mkdir(exist_ok=True)
    if kept.exists() and kept.samefile(current):
        return
    partial = kept.with_name(f".{kept.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        os.link(current, partial)
    except OSError:  # a file system without hard links
        shutil.copyfile(current, partial)
    os.replace(partial, kept)


def kept_versions(path: Path) -> dict[int, Manifest]:
    """Manifests of the versions that are kept beside the published one, by number, rising; damaged
    ones are left out.
    """
    out: dict[int, Manifest] = {}
    for file in (path / VERSIONS).glob("[0-9]*.json"):
        with contextlib.suppress(OSError, ValueError):
            manifest: Manifest = json.loads(file.read_bytes())
            out[int(file.stem)] = manifest
    return dict(sorted(out.items()))


def drop(path: Path, numbers: list[int], *, even_if_read: bool = False) -> list[int]:
    """Forget kept versions that nobody reads; returns those that went.

    Their folders are the caller's to remove.
    """
    gone = []
    for number in numbers:
        file = path / VERSIONS / f"{number}.json"
        with contextlib.suppress(FileNotFoundError), _opened(file) as descriptor:
            if _lock(descriptor, exclusive=True) or even_if_read:
                file.unlink()
                gone.append(number)
    return gone


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[int]:
    descriptor = os.open(file, os.O_RDWR)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def happened(before: Manifest | None, after: Manifest) -> str:
    """What made a version of the one before, in words, as far as their manifests tell."""
    if before is None:
        return "built"
    if "restored" in after:
        return f"restored version {after['restored']}"
    erased = [len(m.get("erased") or ()) for m in (before, after)]
    if erased[0] != erased[1]:
        longer = (after if erased[1] > erased[0] else before)["erased"][-1]["concept"]
        return (
            f"erased {longer!r}"
            if erased[1] > erased[0]
            else f"took back the erasure of {longer!r}"
        )
    changed = {
        s
        for s in {*before["stages"], *after["stages"]}
        if before["stages"].get(s) != after["stages"].get(s)
    }
    if "dictionary" in changed:
        return "built again" if "items" in changed else "refit"
    if "items" in changed and after.get("grown"):
        counts = [
            (after["grown"][-1].get(what, 0), what) for what in ("added", "updated", "removed")
        ]
        return ", ".join(f"{what} {n:,}" for n, what in counts if n) or "items changed"
    if changed == {"map"}:
        return "map laid out"
    return "built again" if changed else "the same again"
