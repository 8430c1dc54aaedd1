"""What gives an atlas: built from rows, learnt again, laid out, imported, restored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from begriff.atlas.atlas import Atlas
from begriff.kinds import Dictionary, Namer
from begriff.kinds.encoder import Encoder
from begriff.pipeline.build import publish
from begriff.pipeline.imports import read_back
from begriff.pipeline.plan import Meter, plan_job
from begriff.pipeline.reading import Reading
from begriff.pipeline.refit import lay_out_map, relearn
from begriff.store.journal import Journal
from begriff.store.row_plan import OnDuplicate
from begriff.store.versions import restore_version

__all__ = ["add_map", "build", "import_items", "refit", "restore"]


def build(
    source: Any,
    *,
    text: str | Sequence[str] | None = None,
    out: str | Path | None = None,
    id: str | None = None,
    encoder: str | Path | Encoder | None = "minilm",
    vectors: Any = None,
    dictionary: str | Dictionary | None = None,
    namer: str | Namer = "contrast",
    types: Mapping[str, str] | None = None,
    format: str | None = None,
    drop_columns: Sequence[str] = (),
    keep_as_text: Sequence[str] = (),
    max_rejected: float = 0.05,
    random_state: int = 0,
    overwrite: bool = False,
    layout: bool | None = None,
    on_duplicate: OnDuplicate = "error",
    preview: bool | int = False,
    confirm: Callable[[str], bool] | None = None,
    on_read: Callable[[Reading], None] | None = None,
    progress: Meter | None = None,
) -> Atlas:
    """Rewrite a corpus as named concepts.

    Every stage is skipped when it is there for the same input, so a build that was interrupted at
    any point goes on when it is called again, and calling it again after the end changes nothing.

    Parameters
    ----------
    source : str, Path, list of them, frame or iterable of dict
        Files, a folder, a pattern, a table of LanceDB or Qdrant with its vectors, a frame of
        pandas, polars or pyarrow, or rows: whatever :func:`begriff.readers.open_source` reads.
    text : str or sequence of str, optional
        Columns that hold text; several are joined by ". ". Documents, feeds and arXiv's metadata
        know theirs.
    out : str or Path, optional
        The folder; by default the source's name with ``.atlas``.
    id : str, optional
        Column of ids; by default ``id`` where there is one, else the row number.
    encoder : str, Path, Encoder or None
        ``"minilm"``, ``"static"``, a folder of sentence-transformers, or an object, as
        ``Remote(url, model)``. With ``vectors`` it encodes queries and names only; None leaves
        those out.
    vectors : array_like, torch.Tensor, path or column name, optional
        Vectors that exist: one a row of the source, made by ``encoder``. A nested column is written
        ``embedding.vector``; its cells may be lists or text as ``[0.1, 0.2]``. A row whose vector
        is missing, zero or not finite is listed as rejected.
    dictionary : str or Dictionary, optional
        Name or unfitted object, ``"bertopic:FOLDER"`` or ``"pretrained:FOLDER"``; by default a
        MatryoshkaSAE whose size follows the corpus.
    namer : str or Namer, default "contrast"
        What names the concepts, by its name in the catalogue (`begriff methods namers`) or as an
        object; a refit keeps it.
    types : dict, optional
        Column -> text, category, list, number, date or boolean, where the guess is wrong; a date
        may name its format, ``date:%d/%m/%Y``.
    format : str, optional
        What a file holds whose suffix does not say so, as "csv".
    drop_columns : sequence of str
        Columns that are left out.
    keep_as_text : sequence of str
        Columns whose cells stay as they are written, whatever they look like.
    max_rejected : float
        Largest share of bad rows; they are listed in ``rejected.jsonl``.
    random_state : int
    overwrite : bool
        Replace an atlas of other input in the same folder; edits are kept.
    layout : bool, optional
        Whether to lay out the map; by default where the ``[map]`` extra is installed.
    on_duplicate : {"error", "keep-first", "keep-last"}
        What to do where an id comes twice; rows that are left out are listed in ``rejected.jsonl``.
    preview : bool or int
        First publish an atlas without a map, and then the whole one in the same folder; concepts
        that are found again keep their ids, names and edits. Of given vectors the first has all
        items, and concepts learnt from 4,000 of them, where there are twice as many. Where texts
        are to be encoded it has this many items, or with True an eighth of them (from 500 to
        1,000), that lie evenly among the first 100,000. Of fewer than 3,000 texts True makes none:
        it would cost a fifth of the build and more. Names of a preview are judged by words alone.
        Ends the stages of the first with ("preview", 1, 1); where there is none, ("no preview", 1,
        1) comes first.
    confirm : callable, optional
        Called with what encoding takes, in words, before it starts, where the encoder can say so;
        False stops the build.
    on_read : callable, optional
        Called with a :class:`begriff.Reading`, what was understood of the source, once its rows are
        read.
    progress : callable, optional
        Called with (stage, done, total).

    Returns
    -------
    Atlas

    Raises
    ------
    InputError
        For input that cannot be used; nothing is published then.
    AtlasError
        When another process writes to the folder, or its content is damaged.
    MissingExtraError
        When the encoder or the dictionary needs the ``[text]`` extra, or ``layout=True`` the
        ``[map]`` extra.
    """
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
        max_rejected=max_rejected,
        random_state=random_state,
        meter=progress,
        on_duplicate=on_duplicate,
        format=format,
        drop_columns=drop_columns,
        keep_as_text=keep_as_text,
    )
    publish(
        replace(job, confirm=confirm, on_read=on_read),
        preview=preview,
        layout=layout,
        overwrite=overwrite,
    )
    atlas = Atlas(job.store.path, encoder=encoder if isinstance(encoder, Encoder) else None)
    _keep_labels(atlas)
    return atlas


def _keep_labels(atlas: Atlas) -> None:
    """Labels that people gave to the concepts of a dictionary before are edits, atlas once; who
    undoes one is rid of it.
    """
    labels = atlas.dictionary.suggested()[1]
    if any(labels):
        known = {
            e.get("concept")
            for e in Journal(atlas.path / "journal.jsonl").entries()
            if e["action"] == "rename"
        }
        for row, label in enumerate(labels):
            if label and int(atlas.snapshot.ids[row]) not in known:
                atlas.edits.rename(
                    int(atlas.snapshot.ids[row]), label[:200], who=type(atlas.dictionary).__name__
                )


def refit(
    atlas: Atlas | str | Path,
    source: str | Path | Iterable[dict[str, Any]] | None = None,
    *,
    vectors: str | Path | NDArray[Any] | None = None,
    encoder: Encoder | None = None,
    random_state: int | None = None,
    warm: bool | None = None,
    max_rejected: float = 0.05,
    progress: Meter | None = None,
) -> Atlas:
    """Learn the concepts of an atlas again, from the rows that it has or from a source that has
    grown.

    The new dictionary starts from the old one and is matched to it: a concept that is found again
    keeps its id, its name (unless another one scores better by more than .1), people's edits and
    all that refers to it. Edits whose concept is gone are listed by ``info()``;
    :func:`begriff.identity` says what became of every concept.

    Parameters
    ----------
    atlas : Atlas, str or Path
    source : str, Path or re-iterable of dict, optional
        Rows with the same columns, as the same file grown by a month; by default the rows that are
        there.
    vectors : ndarray, path or column name, optional
        Vectors of the source, where the atlas was made from given ones.
    encoder : Encoder, optional
        Where it is not in the catalogue.
    random_state : int, optional
        By default the one the atlas was made with.
    warm : bool, optional
        Start from the old dictionary, which every autoencoder can and by default does. False learns
        from scratch, as other methods always do; concepts are matched anyway.
    max_rejected : float
        Largest share of bad rows of the source.
    progress : callable, optional
        Called with (stage, done, total).

    Returns
    -------
    Atlas
        Of the same folder, one version on; an Atlas opened before belongs to the version before,
        whose files are gone.

    Raises
    ------
    InputError, AtlasError, MissingExtraError
        As :func:`begriff.build`.
    """
    opened = atlas if isinstance(atlas, Atlas) else Atlas(atlas, encoder=encoder)
    known = encoder or opened.snapshot.given_encoder
    options: Any = {
        "random_state": random_state,
        "warm": warm,
        "max_rejected": max_rejected,
        "progress": progress,
    }
    relearn(opened.snapshot, source, vectors=vectors, encoder=known, **options)
    return Atlas(opened.path, encoder=known)


def add_map(atlas: str | Path, *, progress: Meter | None = None) -> Atlas:
    """Lay out the map of an atlas that was built without one; everything else stays as it is.

    Parameters
    ----------
    atlas : str or Path
    progress : callable, optional
        Called with (stage, done, total).

    Raises
    ------
    MissingExtraError
        Without the ``[map]`` extra.
    InputError, AtlasError
        As :func:`begriff.open`; also while another process writes to the folder.
    """
    lay_out_map(atlas, progress)
    return Atlas(atlas)


def import_items(
    path: str | Path,
    *,
    out: str | Path | None = None,
    encoder: Encoder | None = None,
    progress: Meter | None = None,
) -> Atlas:
    """Make an atlas of a file that :meth:`begriff.Atlas.export` wrote with vectors; concepts keep
    their ids, names and edits.

    Nothing is learnt: items are coded with the dictionary that lies beside the file, so rows may
    have been taken out, added or changed in between. An item that had several passages comes back
    as one.

    Parameters
    ----------
    path : str or Path
        A .parquet, .arrow or .feather file, and beside it the folder of the same name with
        ``.concepts``.
    out : str or Path, optional
        By default the file's name with ``.atlas``.
    encoder : Encoder, optional
        Where it is not in the catalogue.
    progress : callable, optional
        Called with (stage, done, total).

    Returns
    -------
    Atlas

    Raises
    ------
    InputError
        When the file or the folder beside it is missing or not what was written, or ``out`` holds
        something else.
    AtlasError
        When another process writes to ``out``.

    Examples
    --------
    >>> import begriff as bg
    >>> bg.open("papers.atlas").export("papers.parquet", vectors=True)  # doctest: +SKIP
    >>> bg.import_items("papers.parquet", out="again.atlas")  # doctest: +SKIP
    """
    return Atlas(read_back(path, out, encoder, progress), encoder=encoder)


def restore(path: str | Path, version: int, *, encoder: Encoder | None = None) -> Atlas:
    """Make a version that is kept the current one again, as a new version; the one that was current
    is kept like any other.

    People's edits stay as they are: those whose concepts or items are not in it wait until these
    come back.

    Parameters
    ----------
    path : str or Path
    version : int
        As :func:`begriff.versions` lists it.
    encoder : Encoder, optional
        Where it is not in the catalogue.

    Returns
    -------
    Atlas

    Raises
    ------
    InputError
        For a version that is not kept or is current, or one from whose vectors something else was
        erased than from the current ones.
    AtlasError
        When the folder is damaged, or another process writes to it.
    """
    restore_version(path, version)
    return Atlas(path, encoder=encoder)
