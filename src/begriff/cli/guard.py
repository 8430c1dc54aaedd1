"""``begriff guard train`` and ``begriff guard check``: texts that must not pass."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from begriff.cli.help import LABELS, Groups
from begriff.cli.main import Json, app, show
from begriff.errors import InputError, unknown

__all__ = ["check", "train"]

guard = typer.Typer(
    cls=Groups,
    help="Train a guard that flags harmful texts, and check texts with it.",
    no_args_is_help=True,
)
app.add_typer(guard, name="guard", rich_help_panel=LABELS)

_COLUMN = "Column that holds the text; not for .txt files, where every line is one."


@guard.command()
def train(
    harmful: Annotated[
        str,
        typer.Argument(help="Harmful texts: a .jsonl, .parquet or .txt file.", metavar="HARMFUL"),
    ],
    harmless: Annotated[
        str, typer.Option(help="Harmless texts, like those that should pass: another such file.")
    ],
    text: Annotated[str, typer.Option(help=_COLUMN)] = "text",
    concept: Annotated[
        str | None,
        typer.Option(help="Column that says which concept a harmful text is of; by default one."),
    ] = None,
    fpr: Annotated[float, typer.Option(help="Share of harmless texts that may be flagged.")] = 0.02,
    out: Annotated[str, typer.Option(help="The guard's file.")] = "guard.safetensors",
    encoder: Annotated[str, typer.Option(help="minilm or static.")] = "minilm",
    classifier: Annotated[str, typer.Option(help="logistic or mlp.")] = "logistic",
    seed: Annotated[int, typer.Option(help="Random state.")] = 0,
    as_json: Json = False,
) -> None:
    """Learn from harmful and harmless texts, and write one file."""
    from begriff.tasks.guard import TextGuard

    if not Path(out).absolute().parent.is_dir():
        raise InputError(f"--out {out!r}: there is no such folder; make it first")
    named: dict[str, list[str]] = {}
    for said, name in _rows(harmful, text, concept):
        named.setdefault(name, []).append(said)
    passing = [said for said, _ in _rows(harmless, text, None)]
    made = TextGuard.train(
        named, passing, encoder=encoder, fpr=fpr, classifier=classifier, random_state=seed
    )
    made.save(out)
    show(made.info().model_copy(update={"bytes": Path(out).stat().st_size}), as_json)


@guard.command()
def check(
    path: Annotated[str, typer.Argument(help="The guard's file.", metavar="GUARD")],
    texts: Annotated[
        list[str] | None, typer.Argument(help="Texts to check.", metavar="TEXT...")
    ] = None,
    file: Annotated[
        str | None, typer.Option(help="Texts to check: a .jsonl, .parquet or .txt file.")
    ] = None,
    text: Annotated[str, typer.Option(help=_COLUMN)] = "text",
    as_json: Json = False,
) -> None:
    """Say of every text whether it is flagged, by which concept, and which prompt it is
    most like.
    """
    from begriff.tasks.guard import TextGuard

    held = [*(texts or []), *(said for said, _ in (_rows(file, text, None) if file else []))]
    if not held:
        raise InputError("nothing to check: give texts, or --file FILE")
    show(TextGuard.load(path).check(held), as_json)


def _rows(file: str, text: str, concept: str | None) -> list[tuple[str, str]]:
    """Texts of a file, and the concept of each."""
    if Path(file).suffix.lower() == ".txt":
        return [(line, "harmful") for line in _lines(file, concept)]
    from begriff.readers import open_source

    out = []
    for record in open_source(file):
        if record.row is None:
            raise InputError(
                f"line {record.line} of {file}: {record.reason}; repair it or take it out"
            )
        for column in (text, *([concept] if concept else [])):
            if column not in record.row:
                raise unknown(
                    f"column (in line {record.line} of {file})",
                    column,
                    record.row,
                    hint="--text and --concept name columns",
                )
        said = record.row[text]
        if not isinstance(said, str):
            raise InputError(
                f"line {record.line} of {file}: column {text!r} holds {said!r:.60}, not a text"
            )
        if said.strip():
            out.append((said, str(record.row[concept]) if concept else "harmful"))
    if not out:
        raise InputError(f"{file} holds no texts in column {text!r}")
    return out


def _lines(file: str, concept: str | None) -> list[str]:
    if concept:
        raise InputError(
            f"--concept {concept!r}: {file} has no columns; give a .jsonl or .parquet file"
        )
    try:
        said = [line for line in Path(file).read_text("utf-8-sig").splitlines() if line.strip()]
    except FileNotFoundError:
        raise InputError(f"no file {file!r}: give a .jsonl, .parquet or .txt file") from None
    except UnicodeDecodeError as e:
        raise InputError(f"{file} is not UTF-8 (byte {e.start}): save it as UTF-8") from None
    if not said:
        raise InputError(f"{file} holds no texts")
    return said
