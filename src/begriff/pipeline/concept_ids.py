"""Ids that last: which concepts of a new dictionary continue those of the version before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.analysis.matching import match, overlap
from begriff.documents.models import Concept
from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats
from begriff.pipeline.learn import code, reference_rows
from begriff.store.apply_edits import apply_edits, read_concepts
from begriff.store.journal import Journal
from begriff.store.stages import Store

__all__ = ["compare_cores", "identify", "Previous", "read_previous"]

MOVED = 0.9
HALF = 0.5
_SAMPLE = 5000


@dataclass(frozen=True)
class Previous:
    """The version before.

    Attributes
    ----------
    dictionary : Dictionary
    ids : ndarray (n_concepts,)
    records : list of dict (n_core,)
        As the naming stage wrote them.
    edited : list of Concept (n_core,)
        The same with people's edits.
    next : int
        The first id that was never used.
    key : str
        Of its codes.
    """

    dictionary: Dictionary
    ids: NDArray[np.int64]
    records: list[dict[str, Any]]
    edited: list[Concept]
    next: int
    key: str


def read_previous(path: Path, stages: dict[str, str]) -> Previous:
    """The dictionary, ids and names that stages of a folder hold."""
    folder = {s: path / f"{s}-{k}" for s, k in stages.items()}
    dictionary = Dictionary.load(folder["dictionary"])
    n = len(dictionary.components_)
    ids = np.load(folder["identity"] / "ids.npy") if "identity" in folder else np.arange(n)
    known = (
        json.loads((folder["identity"] / "identity.json").read_text())
        if "identity" in folder
        else {"next": n}
    )
    records = json.loads((folder["names"] / "concepts.json").read_text())
    edited, _ = apply_edits(
        read_concepts(records, ids),
        dictionary.components_,
        Journal(path / "journal.jsonl").active(),
    )
    # by a version that another one was restored over
    used = int((Store(path).published or {}).get("next_concept", 0))
    return Previous(
        dictionary, ids, records, edited, max(int(known["next"]), used), stages["codes"]
    )


def identify(fitted: Dictionary, vectors: Floats, previous: Previous | None, folder: Path) -> None:
    """Write ``ids.npy`` (n_concepts,) and ``identity.json``: what became of the core of the version
    before.

    A concept whose direction is found again (cosine .7, one to one, directions and codes weighed
    together) keeps its id; the others get ids that were never used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    n = len(fitted.components_)
    if previous is None or previous.dictionary.components_.shape[1] != fitted.components_.shape[1]:
        first = 0 if previous is None else previous.next
        np.save(folder / "ids.npy", np.arange(first, first + n))
        (folder / "identity.json").write_text(json.dumps({"next": first + n, "core": None}))
        return
    core, found = compare_cores(previous.dictionary, fitted, vectors)
    fine = match(
        previous.dictionary.components_[previous.dictionary.n_core_ :],
        fitted.components_[fitted.n_core_ :],
    ).old
    old = np.concatenate([core, np.where(fine >= 0, fine + previous.dictionary.n_core_, -1)])
    fresh = old < 0
    ids = np.where(fresh, 0, previous.ids[old])
    ids[fresh] = previous.next + np.arange(int(fresh.sum()))
    np.save(folder / "ids.npy", ids)
    (folder / "identity.json").write_text(
        json.dumps({"next": previous.next + int(fresh.sum()), "core": found})
    )
    before = [{"id": c.id, "name": c.label} for c in previous.edited]
    (folder / "before.json").write_text(json.dumps(before))


def compare_cores(
    old: Dictionary, new: Dictionary, vectors: Floats
) -> tuple[NDArray[np.int64], list[dict[str, Any]]]:
    """Old row of every new core concept (-1 for none), and what became of each: rows and figures.

    An old concept is kept, moved (cosine below .9), split (a new one without a past took at least
    half of its own items from it), merged (another new one holds at least half of its items) or
    died; a new one without a past is born, unless split off.
    """
    step = max(1, len(vectors) // _SAMPLE)
    sample, reference = np.asarray(vectors[::step]), reference_rows(vectors)
    codes = [csr_array(code(d, sample, reference)[:, : d.n_core_]) for d in (old, new)]
    held, taken = overlap(*codes)
    a, b = old.components_[: old.n_core_], new.components_[: new.n_core_]
    found = match(a, b, np.sqrt(held * taken))
    return found.old, _fates(found.old, found.cosine, held, taken)


def _fates(
    old: NDArray[np.int64], cosine: Floats, held: Floats, taken: Floats
) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    fresh = np.flatnonzero(old < 0)
    source = taken[:, fresh].argmax(0) if len(taken) and len(fresh) else np.zeros(0, dtype=np.int64)
    parent = {int(j): int(i) for j, i in zip(fresh, source, strict=True) if taken[i, j] >= HALF}
    parts = set(parent.values())
    for j in np.flatnonzero(old >= 0):
        i = int(old[j])
        fate = "split" if i in parts else "kept" if cosine[j] >= MOVED else "moved"
        out.append(
            {
                "fate": fate,
                "old": i,
                "new": int(j),
                "cosine": round(float(cosine[j]), 4),
                "into": [c for c, p in parent.items() if p == i],
            }
        )
    for i in np.setdiff1d(np.arange(len(held)), old):
        into = int(held[i].argmax()) if held.shape[1] else -1
        merged = into >= 0 and held[i, into] >= HALF
        out.append(
            {
                "fate": "merged" if merged else "died",
                "old": int(i),
                "new": None,
                "cosine": None,
                "into": [into] if merged else [],
            }
        )
    for j in fresh:
        fate = "split off" if int(j) in parent else "born"
        out.append(
            {
                "fate": fate,
                "old": parent.get(int(j)),
                "new": int(j),
                "cosine": round(float(cosine[j]), 4),
                "into": [],
            }
        )
    return out
