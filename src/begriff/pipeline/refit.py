"""Learning a dictionary again without shuffling people's concepts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from sklearn.base import clone

from begriff.atlas.atlas import Atlas
from begriff.errors import InputError
from begriff.kinds import Dictionary
from begriff.kinds.encoder import Encoder
from begriff.pipeline.build import run, writing
from begriff.pipeline.map import lay_out
from begriff.pipeline.plan import Job, Meter, identity_keys, input_keys, map_key, plan_job, with_map
from begriff.store.stages import Store, digest

__all__ = ["add_map", "refit"]


def refit(
    atlas: Atlas | str | Path,
    source: str | Path | Iterable[dict[str, Any]] | None = None,
    *,
    vectors: str | Path | NDArray[Any] | None = None,
    encoder: Encoder | None = None,
    random_state: int | None = None,
    warm: bool = True,
    max_rejected: float = 0.05,
    progress: Meter | None = None,
) -> Atlas:
    """Learn the concepts of an atlas again, from the rows that it has or from a source that has grown.

    The new dictionary starts from the old one and is matched to it: a concept that is found again keeps its id, its name (unless another
    one scores better by more than .1), people's edits and all that refers to it. Edits whose concept is gone are listed by ``info()``;
    :func:`begriff.identity` says what became of every concept.

    Parameters
    ----------
    atlas : Atlas, str or Path
    source : str, Path or re-iterable of dict, optional
        Rows with the same columns, as the same file grown by a month; by default the rows that are there.
    vectors : ndarray, path or column name, optional
        Vectors of the source, where the atlas was made from given ones.
    encoder : Encoder, optional
        Where it is not in the catalogue.
    random_state : int, optional
        By default the one the atlas was made with.
    warm : bool, default True
        Start from the old dictionary. False learns from scratch; concepts are matched all the same.
    max_rejected : float
        Largest share of bad rows of the source.
    progress : callable, optional
        Called with (stage, done, total).

    Returns
    -------
    Atlas
        Of the same folder, one version on; an Atlas opened before belongs to the version before, whose files are gone.

    Raises
    ------
    InputError, AtlasError, MissingExtraError
        As :func:`begriff.build`.
    """
    opened = atlas if isinstance(atlas, Atlas) else Atlas(atlas, encoder=encoder)
    store = Store(opened.path)
    manifest = store.require()
    made = manifest["made"]
    seed = made["random_state"] if random_state is None else random_state
    given = encoder or opened.given_encoder
    known = given or (opened.encoder if made["encoder"] is not None else None)
    dictionary: Dictionary = clone(opened.dictionary)
    if "random_state" in dictionary.get_params():
        dictionary.set_params(random_state=seed)
    if source is None:
        if vectors is not None:
            raise InputError("vectors were given without a source: give the rows that they belong to, too")
        job = Job(store, None, None, known, None, dictionary, 1.0, seed, progress, warm, manifest.get("asked"))
        job = replace(job, erased=tuple(manifest.get("erased", ())), kept=manifest.get("kept"))
        keys = {s: manifest["stages"][s] for s in ("items", "words", "vectors", "phrases")}
        if manifest.get("grown"):
            keys["phrases"] = digest("phrases", keys["vectors"], seed)
    elif manifest.get("erased"):
        raise InputError(
            f"{manifest['erased'][0]['concept']!r} was erased from {opened.path}, and new rows would bring it back: `begriff undo` the "
            "erasure, refit, and erase it again"
        )
    else:
        was = made["source"]
        rule = was.get("on_duplicate", "error")
        planned = plan_job(
            source, was["text"], opened.path, was["id"], known, vectors, dictionary, was.get("types"), max_rejected, seed, progress, rule
        )
        job = replace(planned, warm=warm, asked=manifest.get("asked"))
        keys = input_keys(job)
    before = manifest["stages"]
    keys["dictionary"] = digest("refit", keys["phrases"], before["dictionary"], warm, seed, dictionary.get_params())
    with writing(store):
        run(job, with_map(identity_keys(keys, manifest), manifest))
    return Atlas(opened.path, encoder=given)


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
    store = Store(atlas)
    manifest = store.require()
    key = map_key(manifest["stages"]["vectors"])
    meter = None if progress is None else lambda done, total: progress("map", done, total)
    with store.lock():
        lay_out(Atlas(atlas).item_vectors, store.path / f"map-{key}", manifest["made"]["random_state"], meter)
        store.publish({**manifest, "version": manifest["version"] + 1, "stages": {**manifest["stages"], "map": key}})
    return Atlas(atlas)
