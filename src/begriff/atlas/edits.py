"""What people change in an atlas: its concepts, seeded concepts of their own, and searches that
they keep.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from begriff.atlas.saved import forget_search, read_searches, save_search
from begriff.documents.models import Concept, SavedSearch, SearchList, Seed, SeedList
from begriff.errors import InputError
from begriff.pipeline.write_erased import undo
from begriff.search.rank import Mode
from begriff.search.seeds import read_seeds, resolver_of, seed, seeds_of
from begriff.search.steer import Given
from begriff.store.apply_edits import without_directions
from begriff.store.journal import Journal
from begriff.store.record_edits import edit, merge, rename
from begriff.store.snapshot import Snapshot
from begriff.store.stages import PATIENCE, Store

__all__ = ["Edits", "Searches", "Seeds"]

Entries = list[dict[str, Any]]
"""Entries of the journal."""


class Edits:
    """``atlas.edits``: every change is an entry of the journal, which a rebuild and a refit keep,
    and can be undone.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def rename(self, concept: int | str, name: str, *, who: str | None = None) -> Concept:
        """Give a concept another name; a rebuild keeps it.

        The scores belong to the name that was judged, so the new one has none.

        Parameters
        ----------
        concept : int or str
        name : str
        who : str, optional
            Who edits, for the journal; by default the user of this process.

        Raises
        ------
        InputError
            For an empty or overlong name, one that a seeded concept has, ``#`` and the id of
            another concept, or an unknown concept.
        """
        seeded = [s.steer.name for s in seeds_of(self._snapshot)]
        return rename(self._snapshot, self._find(concept), name, seeded=seeded, who=who)

    def hide(self, concept: int | str, hidden: bool = True, *, who: str | None = None) -> Concept:
        """Leave a concept out of lists and reasons, or show it again; a rebuild keeps that."""
        return edit(self._snapshot, "hide", self._find(concept), who=who, hidden=hidden)

    def pin(self, concept: int | str, pinned: bool = True, *, who: str | None = None) -> Concept:
        """Put a concept first in every list, or no longer; a rebuild keeps that."""
        return edit(self._snapshot, "pin", self._find(concept), who=who, pinned=pinned)

    def merge(self, concept: int | str, into: int | str, *, who: str | None = None) -> Concept:
        """Let a concept count under another: activations and contributions are summed, its names
        find the other one.

        Raises
        ------
        InputError
            For an unknown concept, or one merged into itself.
        """
        return merge(self._snapshot, self._find(concept), self._find(into), who=who)

    def note(self, concept: int | str, text: str, *, who: str | None = None) -> Concept:
        """Write down something about a concept; a refit keeps it.

        An empty text takes the note away.

        Raises
        ------
        InputError
            For a text of more than 2,000 characters, or an unknown concept.
        """
        if len(text) > 2000:
            raise InputError(f"a note of {len(text)} characters: at most 2,000")
        return edit(self._snapshot, "note", self._find(concept), who=who, text=text.strip())

    def list(self) -> Entries:
        """The journal without what was undone, oldest first: number, action, who, when, and what
        was edited.
        """
        return [
            without_directions(e) for e in Journal(self._snapshot.path / "journal.jsonl").active()
        ]

    def undo(self, number: int | None = None, *, who: str | None = None) -> dict[str, Any]:
        """Take back an edit, by default the last, and return it.

        Taking back an erasure makes the version before it the current one; open the atlas again
        then.

        Raises
        ------
        InputError
            When there is none, or an erasure came after the one to be undone.
        """
        with self._snapshot.store.lock(wait=PATIENCE):
            entry = undo(Store(self._snapshot.path), number, who)
        self._snapshot.forget_edits()
        return without_directions(entry)

    def undo_all(self, *, who: str | None = None) -> Entries:
        """Take back every edit, the last first; returns them.

        Each one stays in the journal, as undone.
        """
        return [self.undo(e["number"], who=who) for e in reversed(self.list())]

    def _find(self, concept: int | str) -> Concept:
        return resolver_of(self._snapshot).find(concept)


class Seeds:
    """``atlas.seeds``: concepts of your own, beside those of the dictionary."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

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
        """Say what you mean: a concept from words, a sentence, or items that are and are not it.

        It becomes a probe beside the dictionary, usable by its name in ``more``, ``less`` and
        ``has``, in diff and trends. Called again with the same name it takes more words and answers
        in. Which probe is used is decided on held-out items.

        Parameters
        ----------
        name : str
        words : str or sequence of str, optional
        yes, no : sequence of str
            Ids of items.
        probe : str, optional
            A probe of the catalogue (`begriff methods probes`) to learn by, from at least four
            items that are it; by default the simplest that is as good as the best on held-out
            items.
        who : str, optional

        Raises
        ------
        InputError
            For an unknown id, an item given as both, a name that a concept has, or neither words
            nor a yes.
        """
        return seed(self._snapshot, name, words, yes, no, probe, who)

    def list(self) -> SeedList:
        """All seeded concepts, with the score of each on held-out items."""
        return SeedList(seeds=[f.seed for f in self._snapshot.derived(read_seeds)])


class Searches:
    """``atlas.searches``: searches that are kept under a name."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def save(
        self,
        name: str,
        query: str,
        *,
        mode: Mode = "dense",
        more: Given = None,
        less: Given = None,
        has: Given = None,
        where: str | None = None,
        who: str | None = None,
    ) -> SavedSearch:
        """Keep a search under a name; the same name again replaces it.

        Raises
        ------
        InputError
            For a name that is empty or too long, and for what :meth:`begriff.Atlas.search` refuses.
        """
        return save_search(self._snapshot, name, query, mode, more, less, has, where, who)

    def list(self) -> SearchList:
        """All saved searches, oldest first."""
        return SearchList(searches=read_searches(self._snapshot))

    def forget(self, name: str, *, who: str | None = None) -> dict[str, Any]:
        """Take back a saved search; returns the journal's entry.

        Raises
        ------
        NotFoundError
            When there is none of this name.
        """
        return forget_search(self._snapshot, name, who)
