"""What people change in an atlas that a server holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from begriff.client.wire import EditList, Wire, by, part, texts
from begriff.documents.models import Concept, SavedSearch, SearchList, Seed, SeedList
from begriff.search.steer import Given

__all__ = ["Edits", "Searches", "Seeds"]

Entries = list[dict[str, Any]]
"""Entries of the journal."""


class Edits:
    """The same as :class:`begriff.atlas.edits.Edits`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def rename(self, concept: int | str, name: str, *, who: str | None = None) -> Concept:
        """See :meth:`begriff.atlas.edits.Edits.rename`."""
        return self._change(concept, who, name=name)

    def hide(self, concept: int | str, hidden: bool = True, *, who: str | None = None) -> Concept:
        """See :meth:`begriff.atlas.edits.Edits.hide`."""
        return self._change(concept, who, hidden=hidden)

    def pin(self, concept: int | str, pinned: bool = True, *, who: str | None = None) -> Concept:
        """See :meth:`begriff.atlas.edits.Edits.pin`."""
        return self._change(concept, who, pinned=pinned)

    def note(self, concept: int | str, text: str, *, who: str | None = None) -> Concept:
        """See :meth:`begriff.atlas.edits.Edits.note`."""
        return self._change(concept, who, note=text)

    def merge(self, concept: int | str, into: int | str, *, who: str | None = None) -> Concept:
        """See :meth:`begriff.atlas.edits.Edits.merge`."""
        return self._wire.ask(
            Concept,
            "POST",
            f"/concepts/{self._wire.id_of(concept)}/merge",
            {"into": self._wire.id_of(into), **by(who)},
        )

    def list(self) -> Entries:
        """See :meth:`begriff.atlas.edits.Edits.list`."""
        return self._wire.ask(EditList, "GET", "/edits").edits

    def undo(self, number: int | None = None, *, who: str | None = None) -> dict[str, Any]:
        """See :meth:`begriff.atlas.edits.Edits.undo`."""
        return self._wire.entry("POST", "/edits/undo", {"number": number, **by(who)})

    def undo_all(self, *, who: str | None = None) -> Entries:
        """See :meth:`begriff.atlas.edits.Edits.undo_all`."""
        return [self.undo(e["number"], who=who) for e in reversed(self.list())]

    def _change(self, concept: int | str, who: str | None, **fields: Any) -> Concept:
        return self._wire.ask(
            Concept, "PATCH", f"/concepts/{self._wire.id_of(concept)}", {**fields, **by(who)}
        )


class Seeds:
    """The same as :class:`begriff.atlas.edits.Seeds`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def fit(
        self,
        name: str,
        *,
        words: str | Sequence[str] | None = None,
        yes: Sequence[str] = (),
        no: Sequence[str] = (),
        probe: str | None = None,
        who: str | None = None,
    ) -> Seed:
        """See :meth:`begriff.atlas.edits.Seeds.fit`."""
        said = [words] if isinstance(words, str) else list(words or ())
        return self._wire.ask(
            Seed,
            "POST",
            "/seeds",
            {
                "name": name,
                "words": said,
                "yes": list(yes),
                "no": list(no),
                "probe": probe,
                **by(who),
            },
        )

    def list(self) -> SeedList:
        """See :meth:`begriff.atlas.edits.Seeds.list`."""
        return self._wire.ask(SeedList, "GET", "/seeds")


class Searches:
    """The same as :class:`begriff.atlas.edits.Searches`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def save(
        self,
        name: str,
        query: str,
        *,
        mode: str = "dense",
        more: Given = None,
        less: Given = None,
        has: Given = None,
        where: str | None = None,
        who: str | None = None,
    ) -> SavedSearch:
        """See :meth:`begriff.atlas.edits.Searches.save`."""
        steer = {name: texts(g, name) for name, g in (("more", more), ("less", less), ("has", has))}
        asked = {"q": query, "mode": mode, "where": where, **steer}
        return self._wire.ask(
            SavedSearch, "POST", "/searches", {"name": name, "query": asked, **by(who)}
        )

    def list(self) -> SearchList:
        """See :meth:`begriff.atlas.edits.Searches.list`."""
        return self._wire.ask(SearchList, "GET", "/searches")

    def forget(self, name: str, *, who: str | None = None) -> dict[str, Any]:
        """See :meth:`begriff.atlas.edits.Searches.forget`."""
        return self._wire.entry("DELETE", f"/searches/{part(name)}", who=who)
