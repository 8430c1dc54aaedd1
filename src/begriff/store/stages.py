"""The folder: stages, manifest, lock.

Nothing is overwritten; a finished build is published in one step.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import AtlasError, ChangedError, InputError, LockedError
from begriff.store.history import (
    VERSIONS,
    Lease,
    drop,
    happened,
    keep_current,
    kept_versions,
    read_leased,
)
from begriff.store.manifest import Manifest
from begriff.store.stage_files import digest, load_codes, new_array, save_codes, sum_of, write_json

__all__ = [
    "digest",
    "FORMAT",
    "KEEP",
    "load_codes",
    "new_array",
    "PATIENCE",
    "save_codes",
    "Store",
    "sum_of",
    "SUMS",
    "write_json",
]

PATIENCE = 5.0
"""Seconds that a change by hand waits for another writer."""

FORMAT = 1
SUMS = "sums.json"
KEEP = 3
"""Versions that a folder keeps, the published one among them, unless it was told another number."""
_PROGRESS = "progress.json"
_SECONDS = 0.5
_INCOMING = "incoming"  # rows that are to come, which no version lists
# what is being deleted: renamed first, so that it goes at once for whoever reads
_GOING = ".going-"


class Store:
    """Stages of an atlas under one folder.

    ``manifest.json`` names the folder of every stage of the published version; ``building.json``
    those of a build under way. A stage's folder is ``STAGE-KEY``, where the key hashes everything
    that goes into it, so a stage whose folder is listed is never run again for the same input, and
    readers of the published version are not disturbed by a build.

    Parameters
    ----------
    path : str or Path
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._held: Manifest | None = None
        self._lease: Lease | None = None
        self._reported = float("-inf")

    def hold(self) -> Manifest:
        """Keep to the version that is published now, whatever is published later, and return its
        manifest.

        Its files stay for as long as this object does: whoever cleans up, in this process or
        another, leaves a version that is held.
        """
        with contextlib.suppress(OSError):
            text, self._lease = read_leased(self.path / "manifest.json")
            self._held = self._parsed("manifest.json", text)
        self._held = self.require()
        return self._held

    @property
    def published(self) -> Manifest | None:
        """The manifest, or None before the first build ends.

        Raises
        ------
        AtlasError
            When it is damaged or written by a newer version.
        """
        return self._read("manifest.json")

    @property
    def building(self) -> Manifest:
        """Stages of a build under way."""
        return self._read("building.json") or {"stages": {}}

    def _read(self, name: str) -> Manifest | None:
        path = self.path / name
        try:
            return self._parsed(name, path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as e:
            raise _damaged(path, e) from e

    def _parsed(self, name: str, text: bytes) -> Manifest:
        try:
            value: Manifest = json.loads(text)
            newest = int(value.get("format", FORMAT))
        except (ValueError, AttributeError, TypeError) as e:
            raise _damaged(self.path / name, e) from e
        if newest > FORMAT:
            raise AtlasError(
                f"{self.path} has format {newest}, this begriff reads up to {FORMAT}: upgrade"
                " begriff"
            )
        return value

    @staticmethod
    def folders(manifest: Manifest) -> set[str]:
        """Names of the folders of a version and of those that it keeps."""
        return _folders(manifest)

    def require(self) -> Manifest:
        """The manifest of a finished atlas.

        Raises
        ------
        InputError
            When the folder is missing or is no atlas.
        AtlasError
            When it is damaged, newer, or no build of it has ended.
        """
        if self._held is not None:
            return self._held
        if not self.path.exists():
            raise InputError(
                f"no atlas at {str(self.path)!r}: make one with `begriff build FILE --text COLUMN"
                f" --out {self.path}`"
            )
        manifest = self.published
        if manifest is None:
            if (self.path / "building.json").exists():
                raise AtlasError(
                    f"the build of {self.path} has not ended: run the same `begriff build` again to"
                    " go on"
                )
            raise InputError(f"{str(self.path)!r} is not an atlas (it has no manifest.json)")
        return manifest

    def folder(self, stage: str) -> Path:
        """Folder of a stage of the published version.

        Raises
        ------
        AtlasError
            When it is gone.
        """
        manifest = self.require()
        key = manifest["stages"].get(stage)
        path = self.path / f"{stage}-{key}"
        if key is None or not path.is_dir():
            if self._held is not None and self.published != self._held:
                raise ChangedError(
                    f"{self.path} was written again since it was opened (version"
                    f" {manifest['version']}): open it again"
                )
            raise AtlasError(
                f"{path} is missing: the atlas is damaged; run `begriff check {self.path} --repair`"
            )
        return path

    def array(self, stage: str, name: str) -> NDArray[Any]:
        """A memory map of an array of a stage."""
        path = self.folder(stage) / f"{name}.npy"
        try:
            return np.load(path, mmap_mode="r")
        except (OSError, ValueError) as e:
            raise AtlasError(
                f"{path} is damaged ({e}): run `begriff check {self.path} --repair`"
            ) from e

    def json(self, stage: str, name: str) -> Any:
        """A JSON document of a stage."""
        path = self.folder(stage) / f"{name}.json"
        try:
            return json.loads(path.read_text())
        except (OSError, ValueError) as e:
            raise AtlasError(
                f"{path} is damaged ({e}): run `begriff check {self.path} --repair`"
            ) from e

    @contextlib.contextmanager
    def lock(self, wait: float = 0.0) -> Iterator[None]:
        """Hold the right to write; the system drops it when the process ends, however it ends.

        Parameters
        ----------
        wait : float
            Seconds to wait for another writer.

        Raises
        ------
        AtlasError
            When another process holds it.
        """
        import fcntl

        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("a") as f:
            until = time.monotonic() + wait
            while True:
                try:
                    fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError as e:
                    if time.monotonic() >= until:
                        raise LockedError(
                            f"{self.path} is being written by another process: wait for it to end"
                        ) from e
                    time.sleep(0.02)
            yield

    def report(self, stage: str, done: int, total: int) -> None:
        """Let others see how far a build is, at most twice a second; a disk without room for that
        stops nothing.
        """
        now = time.monotonic()
        if now - self._reported >= _SECONDS:
            self._reported = now
            with contextlib.suppress(OSError):
                write_json(
                    self.path / _PROGRESS,
                    {"process": os.getpid(), "stage": stage, "done": done, "total": total},
                )

    def end_report(self) -> None:
        """The build has ended, one way or another."""
        (self.path / _PROGRESS).unlink(missing_ok=True)

    def under_way(self) -> dict[str, Any] | None:
        """``stage``, ``done`` and ``total`` of a build that runs now, in this process or another
        one of this machine; else None.
        """
        try:
            now = json.loads((self.path / _PROGRESS).read_text())
            os.kill(int(now["process"]), 0)
            return {
                "stage": str(now["stage"]),
                "done": int(now["done"]),
                "total": int(now["total"]),
            }
        except PermissionError:  # the process of another user
            return {
                "stage": str(now["stage"]),
                "done": int(now["done"]),
                "total": int(now["total"]),
            }
        # nothing is built, or the builder was killed
        except (OSError, ValueError, TypeError, KeyError, OverflowError):
            return None

    def done(self, stage: str, key: str) -> bool:
        """Whether a stage is there for these inputs."""
        known = [self.building, self.published or {}, *kept_versions(self.path).values()]
        return (
            any(m.get("stages", {}).get(stage) == key for m in known)
            and (self.path / f"{stage}-{key}").is_dir()
        )

    def begin(self, fingerprint: str | None = None) -> None:
        """Record that a build is under way, and of what source."""
        write_json(
            self.path / "building.json",
            {**self.building, **({"fingerprint": fingerprint} if fingerprint else {})},
        )

    def finish(self, stage: str, key: str) -> None:
        """Record that a stage has ended, and sums of its files, by which :func:`begriff.check`
        knows them again.
        """
        folder = self.path / f"{stage}-{key}"
        inside = [(p, p.relative_to(folder)) for p in sorted(folder.rglob("*")) if p.is_file()]
        files = [
            (p, n)
            for p, n in inside
            if not p.name.startswith(".") and "fresh" not in n.parts and p.name != SUMS
        ]
        write_json(folder / SUMS, {n.as_posix(): [p.stat().st_size, sum_of(p)] for p, n in files})
        state = self.building
        state["stages"][stage] = key
        write_json(self.path / "building.json", state)

    def abandon(self) -> None:
        """Drop what a build that cannot go on left, but not what belongs to a version, nor lists of
        bad rows.
        """
        (self.path / "building.json").unlink(missing_ok=True)
        if self.published is not None:
            for entry in self._unlisted():
                bad = entry / "rejected.jsonl"
                if not (bad.exists() and bad.stat().st_size):
                    _delete(entry)

    def publish(self, manifest: Manifest) -> None:
        """Make a build the current version; of those before keep the last few, and drop stages that
        none of these needs.

        What holds for the folder, whichever version is current, is carried over: the highest row
        number (``numbered``) and the next concept's id (``next_concept``) that were ever in use.
        """
        before = self.published
        version: Manifest = {"format": FORMAT, **manifest}
        if before is not None and "numbered" in before:
            version["numbered"] = max(before["numbered"], manifest.get("numbered", 0))
        if before is not None and "next_concept" in before:
            version["next_concept"] = max(before["next_concept"], manifest.get("next_concept", 0))
        version["published"] = datetime.now(UTC).isoformat(timespec="seconds")
        version["did"] = happened(before, manifest)
        if before is not None:
            keep_current(self.path, before["version"])
        write_json(self.path / "manifest.json", version)
        (self.path / "building.json").unlink(missing_ok=True)
        self.sweep()

    @property
    def keep(self) -> int:
        """How many versions are kept at most, the published one among them."""
        wanted: Any = self._read(f"{VERSIONS}/keep.json") or {}
        return int(wanted.get("keep", KEEP))

    def sweep(self, *, keep: int | None = None, even_if_read: bool = False) -> None:
        """Drop versions before the last few that nobody reads, and every folder that no version
        needs.
        """
        current = self.published or {"version": 0}
        most = self.keep if keep is None else keep
        others = [n for n in kept_versions(self.path) if n != current["version"]]
        drop(self.path, others[: max(0, len(others) - most + 1)], even_if_read=even_if_read)
        for entry in self._unlisted():
            _delete(entry)
        for partial in self.path.glob(".*.partial"):  # what a killed writer left
            partial.unlink(missing_ok=True)

    def needed(self) -> set[str]:
        """Names of the folders that the published version and those that are kept need."""
        manifests = [self.published, *kept_versions(self.path).values()]
        return set().union(*(_folders(m) for m in manifests))

    def _unlisted(self) -> list[Path]:
        """Folders of stages that no version needs, and what a clean-up that was
        interrupted left.
        """
        needed = self.needed()
        stages = {n.rsplit("-", 1)[0] for n in needed} | {_INCOMING, "map", "identity"}
        entries = [p for p in self.path.iterdir() if p.is_dir() and p.name not in needed]
        return [
            p for p in entries if p.name.rsplit("-", 1)[0] in stages or p.name.startswith(_GOING)
        ]


def _delete(folder: Path) -> None:
    """Delete a folder; for whoever reads it is there whole or gone."""
    going = folder.with_name(f"{_GOING}{folder.name.removeprefix(_GOING)}")
    with contextlib.suppress(OSError):
        folder.rename(going)
    shutil.rmtree(going, ignore_errors=True)


def _damaged(path: Path, error: Exception) -> AtlasError:
    return AtlasError(
        f"{path} is damaged ({error}): delete {path.name} and build again into {path.parent}"
    )


def _folders(manifest: Manifest | None) -> set[str]:
    """Folders of a version and of those that it keeps."""
    out: set[str] = set()
    while manifest is not None:
        out |= {f"{s}-{k}" for s, k in manifest["stages"].items()}
        manifest = manifest.get("kept")
    return out
