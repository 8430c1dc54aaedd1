"""One row of a source, and a source that can be read again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

__all__ = ["Reader", "Record", "Rows"]


@dataclass(frozen=True)
class Record:
    """One row of a source.

    Attributes
    ----------
    line : int
        Position in its file, from 1.
    row : dict or None
        Column -> value; None when the row cannot be read.
    reason : str
        Why it cannot be read.
    file : str
        The file, where a source has several.
    broken : bool
        Whether the file breaks off here, so that nobody knows what would follow.
    skipped : bool
        Whether the row is left out on purpose, as a line of comment is: it is listed, and not
        counted as bad.
    repaired : tuple of str
        Columns in which bytes were not text in the file's encoding, and were read as Windows-1252.
    """

    line: int
    row: dict[str, Any] | None
    reason: str = ""
    file: str = ""
    broken: bool = False
    skipped: bool = False
    repaired: tuple[str, ...] = ()


Rows = Callable[[], Iterator[Record]]


@dataclass(frozen=True)
class Reader:
    """Rows of one source, which can be read from the start as often as needed.

    Attributes
    ----------
    name : str
        What to call the source in messages.
    fingerprint : str
        Changes when the content changes.
    rows : callable
        Gives the rows from the start.
    text : tuple of str
        Columns that hold text in every source of this kind; empty where that is for the user to
        say.
    typed : bool
        Whether values have types of their own; in a CSV file all are strings.
    vectors : callable, optional
        Gives the vectors that the source holds for its rows, in order, as arrays (n, n_dims).
    """

    name: str
    fingerprint: str
    rows: Rows
    text: tuple[str, ...] = ()
    typed: bool = True
    vectors: Callable[[], Iterator[NDArray[Any]]] | None = None

    def __iter__(self) -> Iterator[Record]:
        return self.rows()
