"""What changes the folder of an atlas, or copies it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from begriff.atlas.opened import OpenedAtlas
from begriff.documents.models import (
    Growth,
    VersionList,
    Written,
)
from begriff.kinds.checks import Progress
from begriff.search.steer import Given

if TYPE_CHECKING:
    from begriff.pipeline.plan import Meter
    from begriff.store.row_plan import OnDuplicate

__all__ = ["WritableAtlas"]


class WritableAtlas(OpenedAtlas):
    """Items that come and go, versions, and copies in files and databases."""

    def add(
        self,
        source: Any,
        *,
        vectors: str | Path | NDArray[Any] | None = None,
        on_duplicate: OnDuplicate = "error",
        max_rejected: float = 0.05,
        progress: Meter | None = None,
    ) -> Growth:
        """Add items, coded with the dictionary that is there; items with known ids are updated.

        The next version is written beside this one and published in one step; an atlas that was
        opened before says so when it is asked for what it had not read. Interrupted at any point,
        the same call goes on. An atlas without a column of ids takes every row for a new item.

        Parameters
        ----------
        source : str, Path, list of them, frame or iterable of dict
            Rows with the columns of the atlas; others are left out.
        vectors : ndarray, path or column name, optional
            One a row of the source; without them the atlas's encoder makes them.
        on_duplicate : {"error", "keep-first", "keep-last"}
            What to do where an id comes twice in the source.
        max_rejected : float
            Largest share of bad rows; they are listed in ``rejected.jsonl``.
        progress : callable, optional
            Called with (stage, done, total).

        Returns
        -------
        Growth
            How many came, how well the dictionary fits them, which concepts drift, and whether a
            refit is due. Open the atlas again to see the new version.

        Raises
        ------
        InputError
            For a source without the atlas's columns, too many bad rows, repeated ids, or an atlas
            from which something was erased.
        AtlasError
            When another process writes to the atlas for more than ten seconds.
        """
        from begriff.pipeline.grow import add

        return add(
            self._snapshot,
            source,
            vectors=vectors,
            on_duplicate=on_duplicate,
            max_rejected=max_rejected,
            progress=progress,
        )

    def remove(
        self,
        ids: Sequence[str] = (),
        *,
        where: str | None = None,
        purge: bool = False,
        progress: Meter | None = None,
    ) -> Growth:
        """Take items out of everything that is stored of them: rows, vectors, codes, words, map.

        Parameters
        ----------
        ids : sequence of str
        where : str, optional
            SQL condition on the columns; items that meet it go, too.
        purge : bool, default False
            Leave nothing of them in the folder: no earlier version, no list of bad rows, no word,
            phrase or name that only they held, no edit, label or saved search that speaks of them.
            Ids of items that were removed before, and that a kept version holds, may be among
            ``ids`` then. Who reads an earlier version is told to open the atlas again. What
            concepts learnt from them stays, as numbers, until a refit; what was exported or written
            back is not in the folder.
        progress : callable, optional
            Called with (stage, done, total).

        Returns
        -------
        Growth

        Raises
        ------
        InputError
            For an unknown id (nothing is removed then), a condition that no item meets or cannot be
            read, fewer than 50 items left, or an atlas from which something was erased.
        AtlasError
            When another process writes to the atlas for more than ten seconds.
        """
        from begriff.pipeline.grow import remove

        return remove(self._snapshot, ids, where=where, purge=purge, progress=progress)

    def versions(self) -> VersionList:
        """The versions that the folder keeps, oldest first: when each was published, what happened,
        and what it takes on disk.

        :func:`begriff.restore` goes back to one.
        """
        from begriff.store.versions import versions

        return versions(self.path)

    def write_back(self, target: str | None = None, *, progress: Progress | None = None) -> Written:
        """Write named concepts and codes beside the vectors of a LanceDB table or a Qdrant
        collection.

        See :func:`begriff.atlas.write_back.write_back` for the columns and fields; ``target`` is by
        default what the atlas was built from.

        Raises
        ------
        InputError
            When there is no such table, none is named, or the items have no ids.
        RemoteError
            When the server fails.
        """
        from begriff.atlas.write_back import write_back

        return write_back(self._snapshot, target, progress=progress)

    def export(
        self,
        path: str | Path,
        *,
        where: str | None = None,
        has: Given = None,
        vectors: bool = False,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> int:
        """Write items with their columns, named concepts and codes to a .parquet, .arrow, .feather,
        .jsonl or .csv file; returns how many.

        See :func:`begriff.atlas.export.export` for the columns. Of a file with vectors
        :func:`begriff.import_items` makes an atlas again.

        Raises
        ------
        InputError
            For a suffix that is unknown, a file that is there, a folder that is not, or a filter
            that cannot be read.
        """
        from begriff.atlas.export import export

        return export(
            self._snapshot,
            path,
            where=where,
            has=has,
            vectors=vectors,
            overwrite=overwrite,
            progress=progress,
        )
