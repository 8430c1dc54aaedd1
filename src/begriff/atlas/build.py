"""Building an atlas: stages that are skipped when they are there for the same input."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff import catalog
from begriff.atlas.atlas import Atlas
from begriff.atlas.embed import OWN, check_spread, embed, given_vectors
from begriff.atlas.erased import read_editors
from begriff.atlas.identity import Previous, identify, read_previous
from begriff.atlas.ingest import OnDuplicate, Plan, ingest, plan_items, sampled, without_repeats
from begriff.atlas.items import open_items
from begriff.atlas.label import label
from begriff.atlas.layout import lay_out
from begriff.atlas.learn import code_all, default_dictionary, learn, phrase_stage, read_sample, smallest_corpus
from begriff.atlas.store import Store, digest, load_codes, sum_of
from begriff.base import Encoder, Progress, row_batches
from begriff.dictionaries.bertopic import BERTopic, read_labels, read_topics
from begriff.errors import InputError, MissingExtraError, unknown
from begriff.estimators import Dictionary
from begriff.index.words import WordIndex
from begriff.readers import Reader, open_source
from begriff.readers.databases import parse_address
from begriff.readers.sources import stem_of

__all__ = [
    "build",
    "identity_keys",
    "input_keys",
    "Job",
    "leave_nothing",
    "make_encoder",
    "map_key",
    "Meter",
    "plan_job",
    "run",
    "vectors_key",
    "with_map",
]

Meter = Callable[[str, int, int], None]
_STAGES = ("items", "vectors", "phrases", "dictionary", "codes", "identity", "names", "words", "map")
_RECIPE = 1
_ASKED = 24
_PREVIEW = 1000
_NEARER = 0.1
_RIGHT = 0.3
_LIBRARIES = ("begriff", "numpy", "scipy", "scikit-learn", "torch", "pylance", "tantivy", "transformers", "model2vec", "umap-learn")


@dataclass(frozen=True)
class Job:
    """Everything that a build depends on.

    Attributes
    ----------
    reader, plan : Reader and Plan, or None
        Where rows come from; None for a refit of what is there.
    warm : bool
        Go on from the dictionary of the version before.
    asked : None, str or list
        The dictionary as the build asked for it, which says whether a published one goes back to the same request.
    erased : list of dict
        What was erased from the vectors, in order.
    kept : dict, optional
        The manifest of the version before the last erasure, whose files stay.
    address : str, optional
        Of the database that the rows come from.
    """

    store: Store
    reader: Reader | None
    plan: Plan | None
    encoder: Encoder | None
    vectors: str | Path | NDArray[Any] | None
    dictionary: str | Dictionary | None
    max_rejected: float
    random_state: int
    meter: Meter | None
    warm: bool = False
    asked: Any = None
    erased: tuple[dict[str, Any], ...] = ()
    kept: dict[str, Any] | None = None
    confirm: Callable[[str], bool] | None = None
    on_duplicate: OnDuplicate = "error"
    address: str | None = None

    def progress(self, stage: str) -> Progress | None:
        meter = self.meter
        return None if meter is None else lambda done, total: meter(stage, done, total)


def build(
    source: Any,
    *,
    text: str | Sequence[str] | None = None,
    out: str | Path | None = None,
    id: str | None = None,
    encoder: str | Path | Encoder | None = "minilm",
    vectors: str | Path | NDArray[Any] | None = None,
    dictionary: str | Dictionary | None = None,
    types: Mapping[str, str] | None = None,
    max_rejected: float = 0.05,
    random_state: int = 0,
    overwrite: bool = False,
    layout: bool | None = None,
    on_duplicate: OnDuplicate = "error",
    preview: bool = False,
    confirm: Callable[[str], bool] | None = None,
    progress: Meter | None = None,
) -> Atlas:
    """Rewrite a corpus as named concepts.

    Every stage is skipped when it is there for the same input, so a build that was interrupted at any point goes on when it is
    called again, and calling it again after the end changes nothing.

    Parameters
    ----------
    source : str, Path, list of them, frame or iterable of dict
        Files, a folder, a pattern, a table of LanceDB or Qdrant with its vectors, a frame of pandas, polars or pyarrow, or rows: whatever
        :func:`begriff.readers.open_source` reads.
    text : str or sequence of str, optional
        Columns that hold text; several are joined by ". ". Documents, feeds and arXiv's metadata know theirs.
    out : str or Path, optional
        The folder; by default the source's name with ``.atlas``.
    id : str, optional
        Column of ids; by default ``id`` where there is one, else the row number.
    encoder : str, Path, Encoder or None
        ``"minilm"``, ``"static"``, a folder of sentence-transformers, or an object, as ``Remote(url, model)``. With ``vectors`` it encodes
        queries and names only; None leaves those out.
    vectors : ndarray, path or column name, optional
        Vectors that exist: one a row of the source, made by ``encoder``.
    dictionary : str or Dictionary, optional
        Name or unfitted object, or ``"bertopic:FOLDER"``; by default a MatryoshkaSAE whose size follows the corpus.
    types : dict, optional
        Column -> text, category, list, number, date or boolean, where the guess is wrong.
    max_rejected : float
        Largest share of bad rows; they are listed in ``rejected.jsonl``.
    random_state : int
    overwrite : bool
        Replace an atlas of other input in the same folder; edits are kept.
    layout : bool, optional
        Whether to lay out the map; by default where the ``[map]`` extra is installed.
    on_duplicate : {"error", "keep-first", "keep-last"}
        What to do where an id comes twice; rows that are left out are listed in ``rejected.jsonl``.
    preview : bool
        First publish an atlas of 1,000 items that lie evenly among the first 100,000, without a map, and then the whole one in the same
        folder; concepts that are found again keep their ids, names and edits. Ends the stages of the first with ("preview", 1, 1).
    confirm : callable, optional
        Called with what encoding takes, in words, before it starts, where the encoder can say so; False stops the build.
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
        When the encoder or the dictionary needs the ``[text]`` extra, or ``layout=True`` the ``[map]`` extra.
    """
    job = plan_job(source, text, out, id, encoder, vectors, dictionary, types, max_rejected, random_state, progress, on_duplicate)
    job = replace(job, confirm=confirm)
    sample = _sample_of(job) if preview else None
    if sample is not None:
        _run(sample, with_map(_keys(sample, job.store.published), None, False), overwrite)
        if progress is not None:
            progress("preview", 1, 1)
    _run(job, with_map(_keys(job, job.store.published), job.store.published, layout), overwrite)
    made = Atlas(job.store.path, encoder=encoder if isinstance(encoder, Encoder) else None)
    if isinstance(job.dictionary, BERTopic) and not made.list_edits():
        for row, label in enumerate(read_labels(job.dictionary.folder)[1]):
            if label:
                made.rename(int(made.ids[row]), label[:200], who="BERTopic")
    return made


def _sample_of(job: Job) -> Job | None:
    """The job of the preview, unless this source was published already, or is so small that none is needed."""
    assert job.reader is not None
    assert job.plan is not None
    before = job.store.published
    if before is not None and before["made"]["source"].get("fingerprint") == job.reader.fingerprint:
        return None
    plan = sampled(job.reader, job.plan, _PREVIEW)
    return None if plan is None else replace(job, plan=plan)


def _run(job: Job, keys: dict[str, str], overwrite: bool) -> None:
    """Do the stages under the lock; bad input leaves nothing behind but what was published before, and lists of bad rows."""
    fresh = not job.store.path.exists()
    _refuse_foreign(job, keys, overwrite)
    with job.store.lock():
        try:
            run(job, keys)
        except (InputError, MissingExtraError):
            leave_nothing(job.store, fresh)
            raise


def plan_job(
    source: Any,
    text: str | Sequence[str] | None,
    out: str | Path | None,
    id: str | None,
    encoder: str | Path | Encoder | None,
    vectors: Any,
    dictionary: Any,
    types: Any,
    max_rejected: float,
    random_state: int,
    meter: Meter | None,
    on_duplicate: OnDuplicate = "error",
) -> Job:
    """Check what a build was given."""
    reader = open_source(source)
    if vectors is None and reader.vectors is not None:
        vectors = OWN
    if out is None:
        if not isinstance(source, str | Path) or not (parse_address(source) or Path(source).exists()):
            raise InputError("give out=FOLDER: several files, frames and rows have no name to derive it from")
        out = f"{stem_of(source)}.atlas"
    if not 0 <= max_rejected <= 1:
        raise InputError(f"max_rejected={max_rejected}: a share of rows, from 0 to 1")
    skip = str(vectors) if isinstance(vectors, str) and not Path(vectors).suffix else None
    plan = plan_items(reader, [text] if isinstance(text, str) else text, id, types, skip)
    plan = without_repeats(reader, plan, on_duplicate)
    made = make_encoder(encoder)
    if made is None and vectors is None:
        raise InputError("give an encoder, or vectors that exist")
    if isinstance(dictionary, str) and dictionary.lower().startswith("bertopic:"):
        dictionary = BERTopic(dictionary[9:])
    if isinstance(dictionary, str):
        dictionary = str(catalog.find("dictionaries", dictionary).__name__)
    asked = [type(dictionary).__name__, dictionary.get_params()] if isinstance(dictionary, Dictionary) else dictionary
    if isinstance(dictionary, BERTopic):
        asked = [*asked, digest(read_topics(dictionary.folder).tolist())]
    job = Job(Store(out), reader, plan, made, vectors, dictionary, max_rejected, random_state, meter, asked=asked)
    return replace(job, on_duplicate=on_duplicate, address=source if parse_address(source) else None)


def make_encoder(encoder: str | Path | Encoder | None, **settings: Any) -> Encoder | None:
    """An encoder by its name, from a folder of sentence-transformers, or from the address of an endpoint; objects and None stay.

    Raises
    ------
    InputError
        For a name that is unknown, or settings that the encoder does not have.
    """
    if encoder is None or isinstance(encoder, Encoder):
        return encoder
    from begriff.encoders import Remote, SentenceTransformer

    given = str(encoder)
    known = {n.lower(): n for n in catalog.names("encoders") if n not in ("Remote", "SentenceTransformer")}
    makers: Any = catalog.find("encoders", known[given.lower()]) if given.lower() in known else None
    first: tuple[Any, ...] = ()
    if given.startswith(("http://", "https://")):
        makers, first = Remote, (given,)
        settings.setdefault("model", "")
    elif makers is None and Path(given).is_dir():
        makers, first = SentenceTransformer, (given,)
    if makers is None:
        raise unknown("encoder", given, [*known, "a folder of sentence-transformers", "an address"])
    allowed = signature(makers).parameters
    odd = [n for n in settings if n not in allowed]
    if odd:
        raise InputError(f"the encoder {given!r} has no setting {odd[0]!r}: it has {', '.join(allowed)}")
    made: Encoder = makers(*first, **settings)
    return made


def input_keys(job: Job) -> dict[str, str]:
    """A key for every stage that comes before the dictionary, made of everything that goes into it."""
    plan = job.plan
    assert plan is not None
    assert job.reader is not None
    left = [sorted(plan.drop), plan.only] if plan.drop or plan.only else []
    items = digest(_RECIPE, job.reader.fingerprint, plan.columns.kinds, plan.text, plan.id, *left)
    name = job.encoder.name if job.encoder else None
    vectors = digest(items, name, vectors_key(job.vectors))
    return {"items": items, "words": digest(items), "vectors": vectors, "phrases": digest(vectors, job.random_state)}


def _keys(job: Job, published: dict[str, Any] | None) -> dict[str, str]:
    """Keys of all stages.

    Where the published dictionary goes back to the same input and settings (a refit went on from it), it stays.
    """
    keys = input_keys(job)
    keys["dictionary"] = digest(keys["phrases"], job.asked)
    if published is not None and (published["stages"].get("phrases"), published.get("asked", ...)) == (keys["phrases"], job.asked):
        keys["dictionary"] = published["stages"]["dictionary"]
    return identity_keys(keys, published)


def identity_keys(keys: dict[str, str], published: dict[str, Any] | None) -> dict[str, str]:
    """The keys of what follows a dictionary: ids and names depend on the version before, unless this is that version."""
    keys = {**keys, "codes": digest(keys["dictionary"])}
    before = published["stages"] if published is not None else {}
    same = before.get("codes") == keys["codes"] and "identity" in before
    keys["identity"] = before["identity"] if same else digest(keys["codes"], *(before.get(k) for k in ("codes", "identity", "names")))
    keys["names"] = digest(keys["identity"])
    return keys


def with_map(keys: dict[str, str], published: dict[str, Any] | None, wanted: bool | None = None) -> dict[str, str]:
    """With the key of the map, where it is wanted: by default where the extra is installed, or these vectors have one already."""
    place = map_key(keys["vectors"])
    there = published is not None and published["stages"].get("map") == place
    if wanted and find_spec("umap") is None:
        raise MissingExtraError("the map", "map")
    if wanted is None:
        wanted = there or find_spec("umap") is not None
    return {**keys, "map": place} if wanted else keys


def map_key(vectors: str) -> str:
    """The key of the layout of these vectors."""
    return digest(_RECIPE, "map", vectors)


def vectors_key(vectors: Any) -> Any:
    """What tells given vectors from others."""
    if vectors is None or (isinstance(vectors, str) and not Path(vectors).suffix):
        return vectors
    if isinstance(vectors, np.ndarray):
        found = hashlib.blake2b(digest_size=16)
        for _, part in row_batches(vectors, 8192):
            found.update(np.ascontiguousarray(part).data)
        return digest(vectors.shape, str(vectors.dtype), found.hexdigest())
    if not Path(vectors).exists():
        raise InputError(f"no file {str(vectors)!r}: give an .npy or .npz file of vectors, an array, or a column")
    return sum_of(Path(vectors))


def _refuse_foreign(job: Job, keys: dict[str, str], overwrite: bool) -> None:
    store = job.store
    if store.path.exists() and not store.path.is_dir():
        raise InputError(f"{str(store.path)!r} is a file: give another --out")
    if not store.path.exists() or not any(store.path.iterdir()):
        return
    there = store.published or (store.building if (store.path / "building.json").exists() else None)
    if there is None and not (store.path / "lock").exists():
        raise InputError(f"{str(store.path)!r} holds other files and is no atlas: give another --out")
    if there and there.get("erased"):
        gone = ", ".join(repr(e["concept"]) for e in there["erased"])
        raise InputError(
            f"{gone} was erased from {str(store.path)!r}, and a build would bring it back: `begriff undo` the erasure first, or give "
            "another --out"
        )
    assert job.reader is not None
    made = there["made"]["source"] if there and "made" in there else {}
    whole = made.get("preview") and not (there or {}).get("grown")
    if job.reader.fingerprint in ((there or {}).get("fingerprint"), made.get("fingerprint") if whole else None):
        return  # a build of the same source that was interrupted, or its preview
    if there and there["stages"].get("items", keys["items"]) != keys["items"] and not overwrite:
        raise InputError(f"{str(store.path)!r} holds an atlas of other input: give another --out, or --overwrite it (edits are kept)")


def leave_nothing(store: Store, fresh: bool) -> None:
    """After bad input or a missing extra: remove what this build made, except for the list of bad rows."""
    import shutil

    if not fresh:
        store.abandon()
        return
    if any(store.path.glob("items-*/rejected.jsonl")) and any(p.stat().st_size for p in store.path.glob("items-*/rejected.jsonl")):
        return
    shutil.rmtree(store.path, ignore_errors=True)


def run(job: Job, keys: dict[str, str]) -> None:
    """Do the stages that are not there, and publish."""
    store = job.store
    if (store.published or {}).get("stages") == keys and all(store.done(s, k) for s, k in keys.items()):
        return
    store.begin(job.reader.fingerprint if job.reader is not None else None)
    folder = {s: store.path / f"{s}-{keys[s]}" for s in _STAGES if s in keys}

    def stage(name: str, work: Callable[[Path, Progress | None], None]) -> None:
        if not store.done(name, keys[name]):
            work(folder[name], job.progress(name))
            store.finish(name, keys[name])

    before = store.published
    previous = read_previous(store.path, before["stages"]) if before and before["stages"]["codes"] != keys["codes"] else None
    stage("items", lambda f, p: ingest(job.reader, job.plan, f, max_rejected=job.max_rejected, progress=p))  # type: ignore[arg-type]
    items = open_items(folder["items"])
    if items.n < smallest_corpus:
        raise InputError(f"{items.n} items: at least {smallest_corpus} are needed to learn concepts from")
    stage("words", lambda f, p: WordIndex.build(f / "index", items.texts()))
    stage("vectors", lambda f, p: _vectors(job, items, f, p))
    vectors = np.load(folder["vectors"] / "vectors.npy", mmap_mode="r")
    several = (folder["vectors"] / "items.npy").exists()
    of_items = np.load(folder["vectors"] / "items.npy", mmap_mode="r") if several else vectors
    stage("phrases", lambda f, p: phrase_stage(items, of_items, job.encoder, f, job.random_state, p))
    sample = read_sample(items, of_items, folder["phrases"], read_editors(folder["vectors"]))
    made = _dictionary(job, items.n, vectors.shape)
    start = previous.dictionary if previous is not None and job.warm else None
    stage("dictionary", lambda f, p: learn(made, vectors, sample, f, job.random_state, p, start))
    fitted = Dictionary.load(folder["dictionary"])
    stage("codes", lambda f, p: _codes(fitted, vectors, of_items if several else None, f, p))
    item_codes = load_codes(folder["codes"], "itemcodes" if several else "codes", len(fitted.components_))
    stage("identity", lambda f, p: identify(fitted, of_items, previous, f))
    stage("names", lambda f, p: _names(fitted, item_codes, sample, folder, job, previous, f, p))
    if "map" in keys:
        stage("map", lambda f, p: lay_out(of_items, f, job.random_state, p))
    _publish(job, keys, items.n, len(vectors), fitted)


def _vectors(job: Job, items: Any, folder: Path, progress: Progress | None) -> None:
    if job.vectors is not None:
        assert job.reader is not None
        given_vectors(items, job.reader, job.vectors, folder)
        width = np.load(folder / "vectors.npy", mmap_mode="r").shape[1]
        if job.encoder is not None and job.encoder.n_dims != width:
            raise InputError(
                f"vectors have {width} dimensions, the encoder {job.encoder.name} gives {job.encoder.n_dims}: name the encoder that "
                "made them, or encoder none"
            )
    else:
        assert job.encoder is not None
        _ask_first(job, items)
        embed(items, job.encoder, folder, progress)
    made = np.load(folder / "vectors.npy", mmap_mode="r")
    check_spread(made)
    if job.vectors is not None and job.encoder is not None:
        _check_made_by(items, job.encoder, made)


def _check_made_by(items: Any, encoder: Encoder, vectors: Any) -> None:
    """Refuse an encoder of the right width that did not make the vectors: queries would go nowhere, and nobody would see it."""
    rows = np.unique(np.linspace(0, items.n - 1, min(items.n, _ASKED)).astype(np.int64))
    texts = [t["_text"] for t in items.take(rows.tolist(), ["_text"])]
    made = encoder.encode([t[: encoder.spans([t])[0][0][1]] for t in texts])
    likeness = made @ np.asarray(vectors[rows]).T
    own, others = float(np.median(np.diag(likeness))), float(np.median(likeness[~np.eye(len(rows), dtype=bool)]))
    nearest = float((likeness.argmax(1) == np.arange(len(rows))).mean())
    if own < others + _NEARER and nearest < _RIGHT:
        raise InputError(
            f"the encoder {encoder.name} did not make these vectors: what it makes of {len(rows)} texts has a median cosine of {own:.2f} "
            f"with their own and {others:.2f} with others'. Name the encoder that made them, or encoder none"
        )


def _ask_first(job: Job, items: Any) -> None:
    """Let the user stop before encoding starts, where the encoder says what it takes."""
    assert job.encoder is not None
    if job.confirm is None or not job.encoder.estimate(1):
        return
    said = job.encoder.estimate(sum(len(t) for texts in items.texts() for t in texts))
    if not job.confirm(said):
        raise InputError(f"stopped before encoding: {said}; run the same command again to go on")


def _dictionary(job: Job, n_items: int, shape: tuple[int, ...]) -> Dictionary:
    if isinstance(job.dictionary, Dictionary):
        return job.dictionary
    sized = default_dictionary(n_items, job.random_state)
    if job.dictionary is None or job.dictionary == "MatryoshkaSAE":
        return sized
    made: Dictionary = catalog.find("dictionaries", job.dictionary)()
    wanted = {"n_concepts": min(sized.n_core, *shape) if job.dictionary == "PCA" else sized.n_core, "random_state": job.random_state}
    wanted.update({k: sized.get_params()[k] for k in ("k", "batch_size") if k in made.get_params() and job.dictionary != "KMeans"})
    return made.set_params(**wanted)


def _codes(fitted: Dictionary, vectors: Any, of_items: Any, folder: Path, progress: Progress | None) -> None:
    code_all(fitted, vectors, folder, progress)
    if of_items is not None:
        code_all(fitted, of_items, folder / "items", None)
        for part in ("indptr", "indices", "data"):
            (folder / "items" / f"codes-{part}.npy").replace(folder / f"itemcodes-{part}.npy")


def _names(
    fitted: Dictionary,
    codes: csr_array,
    sample: Any,
    stages: dict[str, Path],
    job: Job,
    previous: Previous | None,
    folder: Path,
    progress: Progress | None,
) -> None:
    learnt, ids = stages["dictionary"], np.load(stages["identity"] / "ids.npy")
    stability, anchors = np.load(learnt / "stability.npy"), np.load(learnt / "anchors.npy")
    second: Encoder | None = None
    if job.encoder is not None:
        second = _second(job.encoder)
    known: dict[int, str] = {}
    if isinstance(job.dictionary, BERTopic) and previous is None:
        there = set(sample.phrases.texts)
        words = read_labels(job.dictionary.folder)[0]
        known = {row: next(w for w in of if w in there) for row, of in enumerate(words) if any(w in there for w in of)}
    if previous is not None:
        before = dict(zip(previous.ids.tolist(), (r["name"] for r in previous.records), strict=False))
        known = {row: before[int(i)] for row, i in enumerate(ids[: fitted.n_core_]) if before.get(int(i))}
    label(fitted, Dictionary.load(learnt / "control"), codes, sample, stability, anchors, second, folder, progress, known=known)


def _second(first: Encoder) -> Encoder | None:
    """An encoder other than the one that was decomposed: static for the rest, MiniLM for static."""
    from begriff.encoders import MiniLM, Static

    try:
        other: Encoder = MiniLM() if isinstance(first, Static) else Static()
        other.encode(["a"])
    except MissingExtraError:
        return None
    return other


def _publish(job: Job, keys: dict[str, str], n_items: int, n_passages: int, fitted: Dictionary) -> None:
    before = job.store.published
    encoder = None if job.encoder is None else {"class": type(job.encoder).__name__, "settings": job.encoder.settings()}
    made = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": _made_from(job, before),
        "encoder": encoder,
        "dictionary": {"class": type(fitted).__name__, "params": fitted.get_params()},
        "random_state": job.random_state,
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }
    counts = {"items": n_items, "passages": n_passages}
    version = (before["version"] if before else 0) + 1
    kept: dict[str, Any] = {} if job.kept is None else {"erased": list(job.erased), "kept": job.kept}
    if before is not None and before["stages"].get("dictionary") == keys["dictionary"]:
        kept |= {k: before[k] for k in ("grown", "fitted_on") if k in before}
    job.store.publish({"version": version, "stages": keys, "asked": job.asked, "counts": counts, "made": made, **kept})


def _made_from(job: Job, before: dict[str, Any] | None) -> dict[str, Any]:
    """What is known of the source; of a refit without a new one, what was known before."""
    if job.reader is None or job.plan is None:
        assert before is not None
        return dict(before["made"]["source"])
    vectors = str(job.vectors) if isinstance(job.vectors, str | Path) else None
    kinds = job.plan.columns.kinds
    return {
        "name": job.reader.name,
        "address": job.address,
        "fingerprint": job.reader.fingerprint,
        "text": list(job.plan.text),
        "id": job.plan.id,
        "types": kinds,
        "vectors": vectors,
        "on_duplicate": job.on_duplicate,
        "preview": bool(job.plan.only),
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
