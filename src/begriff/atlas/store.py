"""The folder: stages, manifest, lock. Nothing is overwritten; a finished build is published in one step."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.base import write_whole
from begriff.errors import AtlasError, InputError, LockedError

__all__ = ["digest", "FORMAT", "load_codes", "new_array", "save_codes", "Store", "sum_of", "SUMS", "write_json"]

FORMAT = 1
SUMS = "sums.json"
_PROGRESS = "progress.json"
_SECONDS = 0.5
_INCOMING = "incoming"  # rows that are to come, which no version lists


def digest(*parts: Any) -> str:
    """Short hash of JSON-able values: the key of a stage."""
    return hashlib.blake2b(json.dumps(parts, sort_keys=True, default=str).encode(), digest_size=8).hexdigest()


def sum_of(path: Path) -> str:
    """Hash of a file's content."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "blake2b").hexdigest()[:32]


def write_json(path: Path, value: Any) -> None:
    """Write a file so that it is there whole or not at all; what a killed run leaves of it is hidden, and no part of a stage."""
    write_whole(path, json.dumps(value, indent=1).encode())


def new_array(path: Path, shape: tuple[int, ...], dtype: Any) -> np.memmap[Any, Any]:
    """A new .npy file as a writable memory map, all of whose bytes are there: a full disk is an error here, and no signal later.

    Raises
    ------
    OSError
        When the disk has too little room.
    """
    made = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    with path.open("r+b") as f:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(f.fileno(), 0, path.stat().st_size)
    return made


def save_codes(folder: Path, name: str, codes: csr_array) -> None:
    """Write a code matrix as three .npy files."""
    for part in ("indptr", "indices", "data"):
        kind = {"indptr": np.int64, "indices": np.int32, "data": np.float32}[part]
        np.save(folder / f"{name}-{part}.npy", getattr(codes, part).astype(kind))


def load_codes(folder: Path, name: str, n_concepts: int) -> csr_array:
    """Read a code matrix; its arrays are memory maps."""
    indptr, indices, data = (np.load(folder / f"{name}-{p}.npy", mmap_mode="r") for p in ("indptr", "indices", "data"))
    return csr_array((data, indices, indptr), shape=(len(indptr) - 1, n_concepts), copy=False)


class Store:
    """Stages of an atlas under one folder.

    ``manifest.json`` names the folder of every stage of the published version; ``building.json`` those of a build under way. A
    stage's folder is ``STAGE-KEY``, where the key hashes everything that goes into it, so a stage whose folder is
    listed is never run again for the same input, and readers of the published version are not disturbed by a build.

    Parameters
    ----------
    path : str or Path
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._held: dict[str, Any] | None = None
        self._reported = float("-inf")

    def hold(self) -> dict[str, Any]:
        """Keep to the version that is published now, whatever is published later, and return its manifest."""
        self._held = self.require()
        return self._held

    @property
    def published(self) -> dict[str, Any] | None:
        """The manifest, or None before the first build ends.

        Raises
        ------
        AtlasError
            When it is damaged or written by a newer version.
        """
        return self._read("manifest.json")

    @property
    def building(self) -> dict[str, Any]:
        """Stages of a build under way."""
        return self._read("building.json") or {"stages": {}}

    def _read(self, name: str) -> dict[str, Any] | None:
        path = self.path / name
        try:
            value = json.loads(path.read_text())
            newest = int(value.get("format", FORMAT))
        except FileNotFoundError:
            return None
        except (ValueError, OSError, AttributeError, TypeError) as e:
            raise AtlasError(f"{path} is damaged ({e}): delete {name} and build again into {self.path}") from e
        if newest > FORMAT:
            raise AtlasError(f"{self.path} has format {newest}, this begriff reads up to {FORMAT}: upgrade begriff")
        return dict(value)

    @staticmethod
    def folders(manifest: dict[str, Any]) -> set[str]:
        """Names of the folders of a version and of those that it keeps."""
        return _folders(manifest)

    def require(self) -> dict[str, Any]:
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
            raise InputError(f"no atlas at {str(self.path)!r}: make one with `begriff build FILE --text COLUMN --out {self.path}`")
        manifest = self.published
        if manifest is None:
            if (self.path / "building.json").exists():
                raise AtlasError(f"the build of {self.path} has not ended: run the same `begriff build` again to go on")
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
                raise AtlasError(f"{self.path} was built again since it was opened: open it again")
            raise AtlasError(f"{path} is missing: the atlas is damaged; run `begriff check {self.path} --repair`")
        return path

    def array(self, stage: str, name: str) -> NDArray[Any]:
        """A memory map of an array of a stage."""
        path = self.folder(stage) / f"{name}.npy"
        try:
            return np.load(path, mmap_mode="r")
        except (OSError, ValueError) as e:
            raise AtlasError(f"{path} is damaged ({e}): run `begriff check {self.path} --repair`") from e

    def json(self, stage: str, name: str) -> Any:
        """A JSON document of a stage."""
        path = self.folder(stage) / f"{name}.json"
        try:
            return json.loads(path.read_text())
        except (OSError, ValueError) as e:
            raise AtlasError(f"{path} is damaged ({e}): run `begriff check {self.path} --repair`") from e

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
                        raise LockedError(f"{self.path} is being written by another process: wait for it to end") from e
                    time.sleep(0.02)
            yield

    def report(self, stage: str, done: int, total: int) -> None:
        """Let others see how far a build is, at most twice a second; a disk without room for that stops nothing."""
        now = time.monotonic()
        if now - self._reported >= _SECONDS:
            self._reported = now
            with contextlib.suppress(OSError):
                write_json(self.path / _PROGRESS, {"process": os.getpid(), "stage": stage, "done": done, "total": total})

    def end_report(self) -> None:
        """The build has ended, one way or another."""
        (self.path / _PROGRESS).unlink(missing_ok=True)

    def under_way(self) -> dict[str, Any] | None:
        """``stage``, ``done`` and ``total`` of a build that runs now, in this process or another one of this machine; else None."""
        try:
            now = json.loads((self.path / _PROGRESS).read_text())
            os.kill(int(now["process"]), 0)
            return {"stage": str(now["stage"]), "done": int(now["done"]), "total": int(now["total"])}
        except PermissionError:  # the process of another user
            return {"stage": str(now["stage"]), "done": int(now["done"]), "total": int(now["total"])}
        except (OSError, ValueError, TypeError, KeyError, OverflowError):  # nothing is built, or the builder was killed
            return None

    def done(self, stage: str, key: str) -> bool:
        """Whether a stage is there for these inputs."""
        known = [self.building["stages"], (self.published or {"stages": {}})["stages"]]
        return any(s.get(stage) == key for s in known) and (self.path / f"{stage}-{key}").is_dir()

    def begin(self, fingerprint: str | None = None) -> None:
        """Record that a build is under way, and of what source."""
        write_json(self.path / "building.json", {**self.building, **({"fingerprint": fingerprint} if fingerprint else {})})

    def finish(self, stage: str, key: str) -> None:
        """Record that a stage has ended, and sums of its files, by which :func:`begriff.check` knows them again."""
        folder = self.path / f"{stage}-{key}"
        inside = [(p, p.relative_to(folder)) for p in sorted(folder.rglob("*")) if p.is_file()]
        files = [(p, n) for p, n in inside if not p.name.startswith(".") and "fresh" not in n.parts and p.name != SUMS]
        write_json(folder / SUMS, {n.as_posix(): [p.stat().st_size, sum_of(p)] for p, n in files})
        state = self.building
        state["stages"][stage] = key
        write_json(self.path / "building.json", state)

    def abandon(self) -> None:
        """Drop what a build that cannot go on left, but not what belongs to the published version, nor lists of bad rows."""
        (self.path / "building.json").unlink(missing_ok=True)
        published = self.published
        if published is not None:
            used = _folders(published)
            stages = tuple(f"{s}-" for s in (*published["stages"], _INCOMING))
            for entry in self.path.iterdir():
                bad = entry / "rejected.jsonl"
                unused = entry.is_dir() and entry.name.startswith(stages) and entry.name not in used
                if unused and not (bad.exists() and bad.stat().st_size):
                    shutil.rmtree(entry, ignore_errors=True)

    def publish(self, manifest: dict[str, Any]) -> None:
        """Make a build the current version and drop stages that neither it nor a version that it keeps (``kept``) uses."""
        before = (self.published or {"stages": {}})["stages"]
        write_json(self.path / "manifest.json", {"format": FORMAT, **manifest})
        (self.path / "building.json").unlink(missing_ok=True)
        used = _folders(manifest)
        stages = tuple(f"{s}-" for s in (*before, *manifest["stages"], _INCOMING))
        for entry in self.path.iterdir():
            if entry.is_dir() and entry.name.startswith(stages) and entry.name not in used:
                shutil.rmtree(entry, ignore_errors=True)


def _folders(manifest: dict[str, Any] | None) -> set[str]:
    """Folders of a version and of those that it keeps."""
    out: set[str] = set()
    while manifest is not None:
        out |= {f"{s}-{k}" for s, k in manifest["stages"].items()}
        manifest = manifest.get("kept")
    return out
