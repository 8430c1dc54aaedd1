"""The folder that a build writes to: the lock, and what it refuses to replace."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator

from begriff.errors import InputError, MissingExtraError
from begriff.pipeline.commit import described
from begriff.pipeline.plan import Job
from begriff.store.journal import Journal
from begriff.store.manifest import Manifest
from begriff.store.stages import Store

__all__ = ["refuse_foreign", "writing"]


@contextlib.contextmanager
def writing(store: Store) -> Iterator[None]:
    """Hold the lock; bad input or a missing extra leaves what was published before, and lists of
    bad rows.
    """
    fresh = not store.path.exists()
    with store.lock():
        try:
            yield
        except (InputError, MissingExtraError):
            _leave_nothing(store, fresh)
            raise
        finally:
            store.end_report()


def refuse_foreign(job: Job, keys: dict[str, str], overwrite: bool) -> None:
    """Refuse a folder that holds something else, or that a build would harm."""
    store = job.store
    if store.path.exists() and not store.path.is_dir():
        raise InputError(f"{str(store.path)!r} is a file: give another --out")
    if not store.path.exists() or not any(store.path.iterdir()):
        return
    there = store.published or (store.building if (store.path / "building.json").exists() else None)
    if there is None and not (store.path / "lock").exists():
        raise InputError(
            f"{str(store.path)!r} holds other files and is no atlas: give another --out"
        )
    if there and there.get("erased"):
        gone = ", ".join(repr(e["concept"]) for e in there["erased"])
        raise InputError(
            f"{gone} was erased from {str(store.path)!r}, and a build would bring it back: `begriff"
            " undo` the erasure first, or give another --out"
        )
    assert job.reader is not None
    if store.published is not None and not overwrite:
        _refuse_other_vectors(job, keys, store.published)
    made = there["made"]["source"] if there and "made" in there else {}
    whole = made.get("preview") and not (there or {}).get("grown")
    if job.reader.fingerprint in (
        (there or {}).get("fingerprint"),
        made.get("fingerprint") if whole else None,
    ):
        return  # a build of the same source that was interrupted, or its preview
    if there and there["stages"].get("items", keys["items"]) != keys["items"] and not overwrite:
        raise InputError(
            f"{str(store.path)!r} holds an atlas of other input: give another --out, or --overwrite"
            " it (edits are kept)"
        )


def _refuse_other_vectors(job: Job, keys: dict[str, str], published: Manifest) -> None:
    """Other vectors make other concepts, which people's edits may not find again."""
    edits = len(Journal(job.store.path / "journal.jsonl").active())
    before, stages = published["made"]["encoder"], published["stages"]
    now = json.loads(json.dumps(described(job.encoder)))
    other = stages.get("items") == keys["items"] and stages.get("vectors") != keys["vectors"]
    if edits and (before != now or other):
        name = "given vectors" if before is None else f"the encoder {before['class']}"
        raise InputError(
            f"{str(job.store.path)!r} holds {edits} edits and was made with {name}: other vectors"
            " make other concepts, and edits whose concepts are not found again are lost; give"
            " another --out, or --overwrite it"
        )


def _leave_nothing(store: Store, fresh: bool) -> None:
    """After bad input or a missing extra: remove what this build made, except for the list of bad
    rows.
    """
    if not fresh:
        store.abandon()
        return
    if any(store.path.glob("items-*/rejected.jsonl")) and any(
        p.stat().st_size for p in store.path.glob("items-*/rejected.jsonl")
    ):
        return
    shutil.rmtree(store.path, ignore_errors=True)
