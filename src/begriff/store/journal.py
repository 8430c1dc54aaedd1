"""People's edits: appended, never overwritten, kept by every rebuild."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from begriff.errors import AtlasError, InputError, NotFoundError
from begriff.files import write_whole

if TYPE_CHECKING:
    from begriff.store.stages import Store

__all__ = ["Journal", "open_journal"]

_TAIL = 8192
"""Bytes at the end of the file that are read first; an entry is rarely longer."""


def open_journal(store: Store) -> Journal:
    """The journal, to write to under the lock, with the entry of an erasure that was published by a
    process that then died.
    """
    journal = Journal(store.path / "journal.jsonl")
    for record in (store.published or {}).get("erased", ()):
        if record["number"] > len(journal.entries()):
            journal.append(
                "erase",
                who=record.get("who"),
                name=record["concept"],
                method=record["method"],
                items=record["items"],
            )
    return journal


class Journal:
    """Edits of concepts, one JSON object a line: who, when, what.

    A concept is remembered by its direction as well as its id, so that an edit finds its concept
    again after a rebuild; one that finds none is kept and listed as lost.

    Parameters
    ----------
    path : Path
        The file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self) -> list[dict[str, Any]]:
        """All entries, oldest first; a last line cut off by a crash is left out.

        Raises
        ------
        AtlasError
            When another line is damaged.
        """
        if not self.path.exists():
            return []
        lines = self.path.read_text().splitlines()
        out = []
        for i, line in enumerate(lines):
            try:
                out.append(json.loads(line))
            except ValueError as e:
                if i < len(lines) - 1:
                    raise AtlasError(
                        f"{self.path} is damaged in line {i + 1}: repair or remove that line"
                    ) from e
        return out

    def active(self) -> list[dict[str, Any]]:
        """Entries that are not undone."""
        kept: list[dict[str, Any]] = []
        for entry in self.entries():
            if entry["action"] == "undo":
                kept = [e for e in kept if e["number"] != entry["of"]]
            else:
                kept.append(entry)
        return kept

    def append(self, action: str, *, who: str | None = None, **fields: Any) -> dict[str, Any]:
        """Add an entry and make it durable before returning; ``who`` is by default the user of this
        process.
        """
        entry = {
            "number": self._last_number() + 1,
            "action": action,
            "who": os.environ.get("USER", "") if who is None else who,
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            **fields,
        }
        with self.path.open("ab") as f:
            f.write(json.dumps(entry).encode() + b"\n")
            f.flush()
            os.fsync(f.fileno())
        return entry

    def _last_number(self) -> int:
        """The number of the last entry, 0 without any; what a crash left of a line is cut off.

        Only the end of the file is read: the last entry has the highest number.
        """
        if not self.path.exists():
            return 0
        with self.path.open("r+b") as f:
            size = f.seek(0, os.SEEK_END)
            lines, back = [b""], 0
            while back < size and len(lines) < 3:
                back = min(size, max(_TAIL, 2 * back))
                f.seek(size - back)
                lines = f.read(back).split(b"\n")
            if _number_of(lines[-1]) is not None:  # whole, but for its end
                f.write(b"\n")
                lines.append(b"")
            else:
                f.truncate(size - len(lines[-1]))
        if len(lines) < 2:
            return 0
        number = _number_of(lines[-2])
        if number is None:
            raise AtlasError(f"{self.path} is damaged in its last line: repair or remove that line")
        return number

    def rewrite(self, entries: list[dict[str, Any]]) -> None:
        """Replace all entries, durably and in one step; their numbers are their places."""
        write_whole(self.path, "".join(json.dumps(e) + "\n" for e in entries).encode())

    def find(self, number: int | None = None) -> dict[str, Any]:
        """An entry that is not undone, by default the last.

        Raises
        ------
        InputError
            When there is none.
        """
        active = self.active()
        if not active:
            raise InputError("there is no edit to undo")
        chosen = active[-1:] if number is None else [e for e in active if e["number"] == number]
        if not chosen:
            listed = ", ".join(str(e["number"]) for e in active[-8:])
            raise NotFoundError(f"no edit {number} that is not undone; the last ones are {listed}")
        return chosen[0]

    def undo(self, number: int | None = None, *, who: str | None = None) -> dict[str, Any]:
        """Take back an edit, by default the last that is not undone.

        Raises
        ------
        InputError
            When there is none.
        """
        chosen = self.find(number)
        self.append("undo", who=who, of=chosen["number"])
        return chosen


def _number_of(line: bytes) -> int | None:
    """The number of an entry; None for what is no entry."""
    try:
        return int(json.loads(line)["number"])
    except (ValueError, KeyError, TypeError):
        return None
