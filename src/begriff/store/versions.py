"""The versions of an atlas that its folder keeps: listing them, going back to one, and how many
there are.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from pathlib import Path

from begriff.documents.models import Version, VersionList
from begriff.errors import AtlasError, InputError, unknown
from begriff.store.history import VERSIONS, kept_versions
from begriff.store.manifest import Manifest
from begriff.store.stages import PATIENCE, Store, write_json

__all__ = ["restore_version", "versions"]

_MOST = 1000


def versions(path: str | Path, *, keep: int | None = None) -> VersionList:
    """List the versions that an atlas keeps.

    Parameters
    ----------
    path : str or Path
    keep : int, optional
        Keep at most so many from now on, the current one among them, and drop older ones at once;
        one that somebody reads goes later.

    Raises
    ------
    InputError
        When the folder is missing or is no atlas, or for a number below 1.
    AtlasError
        When it is damaged, or another process writes to it.

    Examples
    --------
    >>> import begriff as bg
    >>> print(bg.versions("papers.atlas"))  # doctest: +SKIP
    """
    store = Store(path)
    store.require()
    if keep is not None:
        _keep(store, keep)
    return _listed(store)


def restore_version(path: str | Path, version: int) -> None:
    """Publish a kept version again; see :func:`begriff.restore`."""
    store = Store(path)
    store.require()
    with store.lock(wait=PATIENCE):
        current = store.require()
        wanted = _whole(store, current, version)
        _refuse_erased(current, wanted, version)
        next_concept = max(_next_concept(store, m) for m in (current, wanted))
        number = current["version"] + 1
        store.publish(
            {**wanted, "version": number, "restored": version, "next_concept": next_concept}
        )


def _keep(store: Store, keep: int) -> None:
    if not 1 <= keep <= _MOST:
        raise InputError(f"keep={keep}: a number of versions from 1, the current one, to {_MOST:,}")
    with store.lock(wait=PATIENCE):
        (store.path / VERSIONS).mkdir(exist_ok=True)
        write_json(store.path / VERSIONS / "keep.json", {"keep": keep})
        store.sweep()


def _listed(store: Store) -> VersionList:
    current = store.require()
    manifests = {
        n: m
        for n, m in kept_versions(store.path).items()
        if n != current["version"] and _is_whole(store, m)
    }
    manifests[current["version"]] = current
    files = {n: _files(store, m) for n, m in manifests.items()}
    count = Counter(key for sizes in files.values() for key in sizes)
    listed = [
        Version(
            version=n,
            when=m.get("published"),
            what=m.get("did"),
            items=m["counts"]["items"],
            bytes=sum(files[n].values()),
            own_bytes=sum(size for key, size in files[n].items() if count[key] == 1),
            current=n == current["version"],
        )
        for n, m in sorted(manifests.items())
    ]
    every: dict[tuple[int, int], int] = {}
    for sizes in files.values():
        every |= sizes
    return VersionList(
        path=str(store.path), keep=store.keep, bytes=sum(every.values()), versions=listed
    )


def _files(store: Store, manifest: Manifest) -> dict[tuple[int, int], int]:
    """Device and inode of every file of a version -> its bytes; versions share folders, and files
    under several names.
    """
    out = {}
    for name in store.folders(manifest):
        for folder, _, files in os.walk(store.path / name):
            for file in files:
                with contextlib.suppress(FileNotFoundError):  # it is being dropped
                    status = os.stat(os.path.join(folder, file))
                    out[status.st_dev, status.st_ino] = status.st_size
    return out


def _is_whole(store: Store, manifest: Manifest) -> bool:
    return all((store.path / name).is_dir() for name in store.folders(manifest))


def _whole(store: Store, current: Manifest, version: int) -> Manifest:
    """The manifest of a kept version."""
    kept = kept_versions(store.path)
    if version == current["version"]:
        raise InputError(
            f"version {version} is the current one of {store.path}: there is nothing to restore"
        )
    if version not in kept:
        raise unknown("version", version, [n for n in kept if n != current["version"]])
    if not _is_whole(store, kept[version]):
        raise AtlasError(
            f"files of version {version} of {store.path} are gone: it cannot be restored; build it"
            " again from its source"
        )
    return kept[version]


def _refuse_erased(current: Manifest, wanted: Manifest, version: int) -> None:
    """Refuse a version that would bring back what was erased, or take away what came back."""
    now, then = (
        {e["number"]: e["concept"] for e in m.get("erased") or ()} for m in (current, wanted)
    )
    back, away = sorted(set(now) - set(then)), sorted(set(then) - set(now))
    if back:
        raise InputError(
            f"{now[back[0]]!r} was erased, and version {version} still holds it: take the erasure"
            f" back with `begriff undo`, which is edit {back[0]}, and restore then"
        )
    if away:
        raise InputError(
            f"version {version} is without {then[away[0]]!r}, whose erasure was taken back: erase"
            " it again with `begriff erase` instead"
        )


def _next_concept(store: Store, manifest: Manifest) -> int:
    """The first id of a concept that was never used, as far as a version knows."""
    path = store.path / f"identity-{manifest['stages'].get('identity')}" / "identity.json"
    known = int(json.loads(path.read_text())["next"]) if path.exists() else 0
    return max(known, int(manifest.get("next_concept", 0)))
