"""What a build would read and what it would take, without building anything."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from begriff.documents.models import Document
from begriff.kinds import Dictionary, Namer
from begriff.kinds.encoder import Encoder
from begriff.pipeline.estimate import Estimate, estimate_build
from begriff.pipeline.ingest import try_reading
from begriff.pipeline.languages import language_notice
from begriff.pipeline.plan import plan_job
from begriff.pipeline.reading import Reading
from begriff.store.row_plan import OnDuplicate

__all__ = ["dry_run", "DryRun", "RejectedRow"]

_LISTED = 10


class RejectedRow(Document):
    """A row that would be no item: where it is, and why."""

    line: int
    reason: str
    file: str = ""


class DryRun(Document):
    """What a build would read, and what it would take.

    Attributes
    ----------
    reading : Reading
        A line a column.
    rejected : list of RejectedRow
        The first ten rows that would be left out.
    estimate : Estimate or None
        Time, memory, disk and costs; None where no row can be an item.
    """

    reading: Reading
    rejected: list[RejectedRow]
    estimate: Estimate | None

    def __rich__(self) -> RenderableType:
        """Tables for a terminal."""
        parts: list[RenderableType] = [self.reading]
        parts += [
            Text(f"  {r.file + ', ' if r.file else ''}line {r.line}: {r.reason}", style="dim")
            for r in self.rejected
        ]
        if self.estimate is not None:
            table = Table(box=None, show_header=False, pad_edge=False)
            for label, value in self.estimate.table():
                table.add_row(label, value)
            parts += [Text(""), Text("the build would take"), table]
        return Group(*parts, Text("nothing was built: run it again without --dry-run"))


def dry_run(
    source: Any,
    *,
    text: str | Sequence[str] | None = None,
    id: str | None = None,
    encoder: str | Path | Encoder | None = "minilm",
    vectors: Any = None,
    dictionary: str | Dictionary | None = None,
    namer: str | Namer = "contrast",
    types: Mapping[str, str] | None = None,
    format: str | None = None,
    drop_columns: Sequence[str] = (),
    keep_as_text: Sequence[str] = (),
    on_duplicate: OnDuplicate = "error",
) -> DryRun:
    """Say what :func:`begriff.build` would read with these arguments, and estimate what it takes on
    this machine.

    Every row is read, a few texts are encoded to time it, and nothing is written.

    Parameters
    ----------
    source, text, id, encoder, vectors, dictionary, namer, types, format
    drop_columns, keep_as_text, on_duplicate
        As in :func:`begriff.build`.

    Returns
    -------
    DryRun

    Raises
    ------
    InputError
        As :func:`begriff.build` does, but not for the number of bad rows.

    Examples
    --------
    >>> import begriff as bg
    >>> rows = [{"id": i, "text": f"text number {i}", "year": 2000 + i} for i in range(60)]
    >>> [(c.name, c.kind) for c in bg.dry_run(rows, text="text", encoder="static").reading.columns]
    [('id', 'text'), ('text', 'text'), ('year', 'number')]
    """
    with tempfile.TemporaryDirectory(prefix="begriff-") as folder:
        out = Path(folder) / "dry-run.atlas"
        job = plan_job(
            source,
            text=text,
            out=out,
            id=id,
            encoder=encoder,
            vectors=vectors,
            dictionary=dictionary,
            namer=namer,
            types=types,
            on_duplicate=on_duplicate,
            format=format,
            drop_columns=drop_columns,
            keep_as_text=keep_as_text,
        )
        assert job.reader is not None
        assert job.plan is not None
        reading, n_characters, texts = try_reading(job.reader, job.plan, out)
        rejected = _first_lines(out / "rejected.jsonl")
        notice = language_notice(texts, job.encoder.name if job.encoder else None)
        estimate = estimate_build(job, reading.rows, n_characters, texts) if reading.rows else None
    return DryRun(
        reading=reading.model_copy(update={"notices": (notice,) if notice else ()}),
        rejected=rejected,
        estimate=estimate,
    )


def _first_lines(path: Path) -> list[RejectedRow]:
    with path.open() as f:
        entries = [json.loads(line) for line in itertools.islice(f, _LISTED)]
    return [
        RejectedRow(line=e["line"], reason=e["reason"], file=e.get("file", "")) for e in entries
    ]
