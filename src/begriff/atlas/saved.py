"""Searches that people keep, in the journal beside their edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from begriff.documents.models import SavedQuery, SavedSearch
from begriff.errors import InputError, unknown
from begriff.search.rank import Mode, search
from begriff.search.seeds import resolver_of
from begriff.search.steer import Given
from begriff.store.journal import Journal
from begriff.store.record_edits import record

if TYPE_CHECKING:
    from begriff.store.snapshot import Snapshot

__all__ = ["forget_search", "read_searches", "save_search"]


def save_search(
    atlas: Snapshot,
    name: str,
    query: str,
    mode: Mode,
    more: Given,
    less: Given,
    has: Given,
    where: str | None,
    who: str | None,
) -> SavedSearch:
    """See :meth:`begriff.atlas.edits.Searches.save`."""
    name = name.strip()
    if not name or len(name) > 200 or not name.isprintable():
        raise InputError(f"name {name[:40]!r}: must be 1 to 200 printable characters")
    options = {"mode": mode, "more": more, "less": less, "has": has, "where": where}
    search(atlas, query, k=1, explain=False, **options)  # type: ignore[arg-type]  # refuses what a search refuses
    given = (("more", more, 0.5), ("less", less, 0.5), ("has", has, 0.0))
    kept = {
        k: [f"{n}:{w!r}" for n, w in resolver_of(atlas).weights(g, default, k)]
        for k, g, default in given
    }
    asked = SavedQuery(q=query, mode=mode, where=where, **kept)
    entry = record(atlas, "search", who=who, name=name, query=asked.model_dump())
    return SavedSearch(name=name, query=asked, who=entry["who"], when=entry["when"])


def read_searches(atlas: Snapshot) -> list[SavedSearch]:
    """The last search of every name, in the order in which they were saved."""
    return [
        SavedSearch(**{k: e[k] for k in ("name", "query", "who", "when")})
        for e in _entries(atlas).values()
    ]


def forget_search(atlas: Snapshot, name: str, who: str | None) -> dict[str, Any]:
    """See :meth:`begriff.atlas.edits.Searches.forget`."""
    known = _entries(atlas)
    if name not in known:
        raise unknown("saved search", name, known)
    return record(atlas, "forget", who=who, name=name)


def _entries(atlas: Snapshot) -> dict[str, dict[str, Any]]:
    out: dict[str, dict[str, Any]] = {}
    for entry in Journal(atlas.path / "journal.jsonl").active():
        if entry["action"] in ("search", "forget"):
            out.pop(entry["name"], None)
            if entry["action"] == "search":
                out[entry["name"]] = entry
    return out
