"""Is an atlas whole, and can what is not be made again?"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from begriff.documents.models import Checked, Problem
from begriff.errors import AtlasError, BegriffError
from begriff.kinds.encoder import Encoder
from begriff.store.journal import Journal
from begriff.store.manifest import Manifest
from begriff.store.stages import SUMS, Store, sum_of

if TYPE_CHECKING:
    from begriff.pipeline.plan import Meter

__all__ = ["check"]

_ORDER = ("items", "words", "vectors", "phrases", "dictionary", "codes", "identity", "names", "map")
_AGAIN = ("words", "phrases", "codes", "names", "map")
_BEFORE = (
    "it belongs to the version before an erasure: the erasure stands and cannot be undone; build"
    " again from the source for that"
)
_LOST = {
    "items": (
        "its rows are in the source alone: build it again from there with --overwrite; edits are"
        " kept"
    ),
    "vectors": (
        "they were given, or something was erased from them: build it again from its source with"
        " --overwrite"
    ),
    "dictionary": (
        "learning again gives other concepts: build it again from its source with --overwrite;"
        " edits find theirs"
    ),
    "identity": (
        "the ids of the concepts are in it alone: build it again from its source with --overwrite;"
        " edits find theirs"
    ),
}


def check(
    path: str | Path,
    *,
    repair: bool = False,
    encoder: Encoder | None = None,
    progress: Meter | None = None,
) -> Checked:
    """Compare every file of an atlas with what was written, and the stages with each other.

    Parameters
    ----------
    path : str or Path
    repair : bool
        Make again what follows from the rest: words, phrases, codes, names and map always, vectors
        where an encoder made them; and delete what no version needs.
    encoder : Encoder, optional
        Where it is not in the catalogue.
    progress : callable, optional
        Called with (stage, done, total).

    Returns
    -------
    Checked

    Raises
    ------
    InputError
        When the folder is missing or is no atlas.
    AtlasError
        When its manifest cannot be read, or another process writes to it.

    Examples
    --------
    >>> import begriff as bg
    >>> bg.check("papers.atlas", repair=True).whole  # doctest: +SKIP
    True
    """
    store = Store(path)
    store.require()
    with store.lock(wait=1.0):
        manifest = store.require()
        problems = list(_problems(store, manifest, progress))
        left = _left_over(store)
        if not repair:
            return _checked(store, manifest, problems, [], left)
        return _repaired(store, manifest, problems, left, encoder, progress)


def _problems(store: Store, manifest: Manifest, progress: Meter | None) -> Iterator[Problem]:
    """What is wrong with each stage, and with what lies beside them."""
    stages = [s for s in _ORDER if s in manifest["stages"]]
    for done, stage in enumerate(stages):
        folder = store.path / f"{stage}-{manifest['stages'][stage]}"
        found = _of_files(folder) or _of_content(stage, folder, store, manifest)
        if found is not None:
            again = stage in _AGAIN or (stage == "vectors" and _encoded(manifest))
            out = "begriff check --repair makes it again" if again else _LOST[stage]
            yield Problem(
                stage=stage, file=str(folder.name), what=found, repairable=again, way_out=out
            )
        if progress is not None:
            progress("check", done + 1, len(stages))
    for name in sorted(store.folders(manifest) - {f"{s}-{manifest['stages'][s]}" for s in stages}):
        found = _of_files(store.path / name)
        if found is not None:
            yield Problem(
                stage=name.split("-")[0], file=name, what=found, repairable=False, way_out=_BEFORE
            )
    try:
        Journal(store.path / "journal.jsonl").entries()
    except (AtlasError, OSError, UnicodeError) as e:
        yield Problem(
            stage="journal",
            file="journal.jsonl",
            what=str(e),
            repairable=False,
            way_out="take out the damaged line by hand",
        )


def _encoded(manifest: Manifest) -> bool:
    return (
        manifest["made"]["encoder"] is not None
        and manifest["made"]["source"].get("vectors") is None
        and not manifest.get("erased")
    )


def _of_files(folder: Path) -> str | None:
    """The first file that is not what was written."""
    if not folder.is_dir():
        return "the folder is missing"
    try:
        known: dict[str, list[Any]] = json.loads((folder / SUMS).read_text())
    except FileNotFoundError:
        return None  # written by a version that kept no sums
    except (OSError, ValueError):
        return f"{SUMS} is damaged"
    for name, (size, digest) in known.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != size or sum_of(path) != digest:
            return f"{name} is not what was written"
    return None


def _of_content(stage: str, folder: Path, store: Store, manifest: Manifest) -> str | None:
    """What does not fit in a stage whose files are whole, or are not known."""
    try:
        return _CONTENT[stage](_Stage(folder, store, manifest)) if stage in _CONTENT else None
    except (BegriffError, OSError, ValueError, KeyError, RuntimeError, EOFError) as e:
        return f"cannot be read ({' '.join(str(e).split())[:200]})"


@dataclass(frozen=True)
class _Stage:
    folder: Path
    store: Store
    manifest: Manifest

    def array(self, name: str) -> Any:
        return np.load(self.folder / f"{name}.npy", mmap_mode="r")

    def count(self, what: Literal["items", "passages"]) -> int:
        return int(self.manifest["counts"][what])


def _items(at: _Stage) -> str | None:
    from begriff.store.items import open_items

    n = open_items(at.folder).n
    return None if n == at.count("items") else f"{n} rows, {at.count('items')} expected"


def _words(at: _Stage) -> str | None:
    from begriff.indexes.words import WordIndex

    n = WordIndex(at.folder / "index").n_items
    return None if n == at.count("items") else f"{n} documents, {at.count('items')} expected"


def _vectors(at: _Stage) -> str | None:
    vectors, spans = at.array("vectors"), at.array("spans")
    if len(vectors) != at.count("passages") or len(spans) != len(vectors):
        return f"{len(vectors)} vectors and {len(spans)} spans, {at.count('passages')} expected"
    for start in range(0, len(vectors), 65_536):
        if not np.isfinite(vectors[start : start + 65_536]).all():
            return f"vectors from {start} on that are not finite"
    return None


def _codes(at: _Stage) -> str | None:
    n = len(np.load(at.store.folder("identity") / "ids.npy"))
    stored: tuple[tuple[str, Literal["items", "passages"]], ...] = (
        ("codes", "passages"),
        ("itemcodes", "items"),
    )
    for name, rows in stored:
        if not (at.folder / f"{name}-indptr.npy").exists() and name == "itemcodes":
            continue
        indptr, indices, data = (at.array(f"{name}-{p}") for p in ("indptr", "indices", "data"))
        if (
            len(indptr) != at.count(rows) + 1
            or (np.diff(indptr) < 0).any()
            or indptr[-1] != len(indices)
            or len(indices) != len(data)
        ):
            return f"{name} do not belong to {at.count(rows)} {rows}"
        if len(indices) and (indices.min() < 0 or indices.max() >= n):
            return f"{name} name concepts beyond the {n} that there are"
    return None


def _names(at: _Stage) -> str | None:
    records = json.loads((at.folder / "concepts.json").read_text())
    json.loads((at.folder / "quality.json").read_text())
    return (
        None
        if all({"name", "aliases", "score", "frequency"} <= r.keys() for r in records)
        else "a record without a name"
    )


def _dictionary(at: _Stage) -> str | None:
    from begriff.kinds import Dictionary

    Dictionary.load(at.folder)
    return None


def _map(at: _Stage) -> str | None:
    n = len(at.array("points"))
    return None if n == at.count("items") else f"{n} places, {at.count('items')} expected"


_CONTENT = {
    "items": _items,
    "words": _words,
    "vectors": _vectors,
    "dictionary": _dictionary,
    "codes": _codes,
    "names": _names,
    "map": _map,
}


def _left_over(store: Store) -> list[str]:
    """Folders of stages that no version lists, as a run leaves that was stopped and never gone on
    with.
    """
    if (store.path / "building.json").exists():
        return []  # it can be gone on with
    used = store.needed()
    names = (*_ORDER, "incoming")
    return sorted(
        p.name
        for p in store.path.iterdir()
        if p.is_dir() and p.name.split("-")[0] in names and p.name not in used
    )


def _repaired(
    store: Store,
    manifest: Manifest,
    problems: list[Problem],
    left: list[str],
    encoder: Encoder | None,
    progress: Meter | None,
) -> Checked:
    for name in left:
        shutil.rmtree(store.path / name)
    again = [p for p in problems if p.repairable]
    if again and not any(
        p.stage != "journal" and p.way_out != _BEFORE and not p.repairable for p in problems
    ):
        for p in again:
            shutil.rmtree(store.path / p.file, ignore_errors=True)
        _make_again(store, manifest, encoder, progress)
        manifest = store.require()
        problems = list(_problems(store, manifest, progress))
        return _checked(store, manifest, problems, [p.stage for p in again], [])
    return _checked(store, manifest, problems, [], [])


def _make_again(
    store: Store, manifest: Manifest, encoder: Encoder | None, progress: Meter | None
) -> None:
    """Run the stages whose folders are gone."""
    from begriff.pipeline.build import run
    from begriff.pipeline.plan import Job, namer_of
    from begriff.store.snapshot import Snapshot

    made = manifest["made"]
    atlas = Snapshot(store.path, encoder=encoder)
    known = encoder or (atlas.encoder if made["encoder"] is not None else None)
    job = Job(
        store=store,
        encoder=known,
        dictionary=atlas.dictionary,
        namer=namer_of(made),
        random_state=made["random_state"],
        meter=progress,
        asked=manifest.get("asked"),
        erased=tuple(manifest.get("erased", ())),
        kept=manifest.get("kept"),
    )
    run(job, dict(manifest["stages"]))


def _checked(
    store: Store,
    manifest: Manifest,
    problems: list[Problem],
    repaired: list[str],
    left: list[str],
) -> Checked:
    files = [
        p
        for s, k in manifest["stages"].items()
        for p in (store.path / f"{s}-{k}").rglob("*")
        if p.is_file()
    ]
    return Checked(
        path=str(store.path),
        version=manifest["version"],
        files=len(files),
        bytes=sum(p.stat().st_size for p in files),
        whole=not problems,
        problems=problems,
        repaired=repaired,
        left_over=left,
    )
