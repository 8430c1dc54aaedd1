"""Building an atlas: stages that are skipped when they are there for the same input."""

from __future__ import annotations

import contextlib
import json
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from begriff import catalog
from begriff.errors import InputError, MissingExtraError
from begriff.indexes.words import WordIndex
from begriff.kinds import Dictionary
from begriff.kinds.checks import Progress
from begriff.kinds.encoder import Encoder
from begriff.pipeline.embed import check_made_by, check_spread, embed
from begriff.pipeline.given_vectors import given_vectors
from begriff.pipeline.identity import Previous, identify, read_previous
from begriff.pipeline.ingest import ingest
from begriff.pipeline.languages import language_notice
from begriff.pipeline.learn import code_all, default_dictionary, learn, phrase_stage, read_sample, smallest_corpus
from begriff.pipeline.map import lay_out
from begriff.pipeline.name import label
from begriff.pipeline.plan import Job, stage_keys, with_map
from begriff.pipeline.reading import Reading, reading_of
from begriff.readers import Reader
from begriff.store.erased import read_erasers
from begriff.store.items import Items, open_items
from begriff.store.journal import Journal
from begriff.store.row_plan import sampled
from begriff.store.stages import Store, load_codes

__all__ = ["dictionary_for", "judge_beside", "publish", "run", "writing"]

_STAGES = ("items", "vectors", "phrases", "dictionary", "codes", "identity", "names", "words", "map")
_TEXTS = 200  # by which the language of a corpus is told
_PREVIEW_LEARNS_FROM = 4000
_LIBRARIES = ("begriff", "numpy", "scipy", "scikit-learn", "torch", "pylance", "tantivy", "transformers", "model2vec", "umap-learn")


def publish(job: Job, *, preview: bool | int = False, layout: bool | None = None, overwrite: bool = False) -> None:
    """Run a planned build, its preview first where one is wanted; see :func:`begriff.build`."""
    first = _preview_of(job, preview) if preview else None
    if first is not None:
        _run(first, with_map(stage_keys(first, job.store.published), None, False), overwrite)
    if preview and job.meter is not None:
        job.meter("preview" if first is not None else "no preview", 1, 1)
    _run(job, with_map(stage_keys(job, job.store.published), job.store.published, layout), overwrite)


def _preview_of(job: Job, wanted: bool | int) -> Job | None:
    """The job of the preview, unless this source was published already, or is so small that none is needed."""
    assert job.reader is not None
    assert job.plan is not None
    before = job.store.published
    if before is not None and before["made"]["source"].get("fingerprint") == job.reader.fingerprint:
        return None
    if job.vectors is not None:
        large = any(True for _ in islice(job.reader, 2 * _PREVIEW_LEARNS_FROM, None))
        return replace(job, learn_from=_PREVIEW_LEARNS_FROM) if large else None
    plan = sampled(job.reader, job.plan, None if wanted is True else wanted)
    return None if plan is None else replace(job, plan=plan)


def _run(job: Job, keys: dict[str, str], overwrite: bool) -> None:
    """Do the stages under the lock."""
    _refuse_foreign(job, keys, overwrite)
    with writing(job.store):
        run(job, keys)


@contextlib.contextmanager
def writing(store: Store) -> Iterator[None]:
    """Hold the lock; bad input or a missing extra leaves what was published before, and lists of bad rows."""
    fresh = not store.path.exists()
    with store.lock():
        try:
            yield
        except (InputError, MissingExtraError):
            _leave_nothing(store, fresh)
            raise
        finally:
            store.end_report()


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
    if store.published is not None and not overwrite:
        _refuse_other_vectors(job, keys, store.published)
    made = there["made"]["source"] if there and "made" in there else {}
    whole = made.get("preview") and not (there or {}).get("grown")
    if job.reader.fingerprint in ((there or {}).get("fingerprint"), made.get("fingerprint") if whole else None):
        return  # a build of the same source that was interrupted, or its preview
    if there and there["stages"].get("items", keys["items"]) != keys["items"] and not overwrite:
        raise InputError(f"{str(store.path)!r} holds an atlas of other input: give another --out, or --overwrite it (edits are kept)")


def _refuse_other_vectors(job: Job, keys: dict[str, str], published: dict[str, Any]) -> None:
    """Other vectors make other concepts, which people's edits may not find again."""
    edits = len(Journal(job.store.path / "journal.jsonl").active())
    before, stages = published["made"]["encoder"], published["stages"]
    now = json.loads(json.dumps(_described(job.encoder)))
    other = stages.get("items") == keys["items"] and stages.get("vectors") != keys["vectors"]
    if edits and (before != now or other):
        name = "given vectors" if before is None else f"the encoder {before['class']}"
        raise InputError(
            f"{str(job.store.path)!r} holds {edits} edits and was made with {name}: other vectors make other concepts, and edits whose "
            "concepts are not found again are lost; give another --out, or --overwrite it"
        )


def _described(encoder: Encoder | None) -> dict[str, Any] | None:
    """An encoder as a manifest keeps it."""
    return None if encoder is None else {"class": type(encoder).__name__, "settings": encoder.settings()}


def _leave_nothing(store: Store, fresh: bool) -> None:
    """After bad input or a missing extra: remove what this build made, except for the list of bad rows."""
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

    def stage(name: str, work: Callable[[Path, Progress], None]) -> None:
        if not store.done(name, keys[name]):
            report = job.progress(name)
            report(0, 0)  # whoever watches sees that the stage before has ended
            work(folder[name], report)
            store.finish(name, keys[name])

    before = store.published
    previous = read_previous(store.path, before["stages"]) if before and before["stages"]["codes"] != keys["codes"] else None
    stage("items", lambda f, p: ingest(job.reader, job.plan, f, max_rejected=job.max_rejected, progress=p))  # type: ignore[arg-type]
    items = open_items(folder["items"])
    if job.on_read is not None and job.reader is not None:
        job.on_read(_reading(job, job.reader, items, folder["items"]))
    if items.n < smallest_corpus:
        raise InputError(f"{items.n} items: at least {smallest_corpus} are needed to learn concepts from")
    stage("words", lambda f, p: WordIndex.build(f / "index", items.texts()))
    stage("vectors", lambda f, p: _vectors(job, items, f, p))
    vectors = np.load(folder["vectors"] / "vectors.npy", mmap_mode="r")
    several = (folder["vectors"] / "items.npy").exists()
    of_items = np.load(folder["vectors"] / "items.npy", mmap_mode="r") if several else vectors
    stage("phrases", lambda f, p: phrase_stage(items, of_items, job.encoder, f, job.random_state, p, job.learn_from))
    sample = read_sample(items, of_items, folder["phrases"], read_erasers(folder["vectors"]))
    made = dictionary_for(job, min(items.n, job.learn_from or items.n), vectors.shape)
    start = previous.dictionary if previous is not None and job.warm else None
    stage("dictionary", lambda f, _: learn(made, vectors, sample, f, job.random_state, job.progress, start, job.learn_from))
    fitted = Dictionary.load(folder["dictionary"])
    among = sample.vectors if job.learn_from else None
    stage("codes", lambda f, p: _codes(fitted, vectors, of_items if several else None, f, p, among))
    item_codes = load_codes(folder["codes"], "itemcodes" if several else "codes", len(fitted.components_))
    stage("identity", lambda f, p: identify(fitted, of_items, previous, f))
    stage("names", lambda f, p: _names(fitted, item_codes, sample, folder, job, previous, f, p))
    if "map" in keys:
        stage("map", lambda f, p: lay_out(of_items, f, job.random_state, p))
    _publish(job, keys, items.n, len(vectors), fitted)


def _reading(job: Job, reader: Reader, items: Items, folder: Path) -> Reading:
    """What was understood of the source, with a word on its language."""
    reading = reading_of(json.loads((folder / "columns.json").read_text()), reader.name)
    rows = np.unique(np.linspace(0, items.n - 1, min(items.n, _TEXTS)).astype(int)).tolist()
    notice = language_notice([r["_text"] for r in items.take(rows, ["_text"])], job.encoder.name if job.encoder else None)
    return reading.model_copy(update={"notices": (notice,) if notice else ()})


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
        check_made_by(items, job.encoder, made)


def _ask_first(job: Job, items: Any) -> None:
    """Let the user stop before encoding starts, where the encoder says what it takes."""
    assert job.encoder is not None
    if job.confirm is None or not job.encoder.estimate(1):
        return
    said = job.encoder.estimate(sum(len(t) for texts in items.texts() for t in texts))
    if not job.confirm(said):
        raise InputError(f"stopped before encoding: {said}; run the same command again to go on")


def dictionary_for(job: Job, n_items: int, shape: tuple[int, ...]) -> Dictionary:
    """The unfitted dictionary that a job asks for, sized for a corpus whose vectors have this shape."""
    if isinstance(job.dictionary, Dictionary):
        return job.dictionary
    usual = default_dictionary(n_items, job.random_state)
    if job.dictionary is None or job.dictionary == "MatryoshkaSAE":
        return usual
    made: Dictionary = catalog.find("dictionaries", job.dictionary)()
    made.sized(usual.n_core if made.overcomplete else min(usual.n_core, *shape), usual.k, usual.batch_size)
    return made.reseeded(job.random_state)


def _codes(fitted: Dictionary, vectors: Any, of_items: Any, folder: Path, progress: Progress | None, among: Any) -> None:
    code_all(fitted, vectors, folder, progress, reference=among)
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
    if job.encoder is not None and not job.is_preview:
        second = judge_beside(job.encoder)
    if previous is None:
        there = set(sample.phrases.texts)
        found = [[w for w in words if w in there] for words in fitted.suggested()[0]]
        known = {row: words[0] for row, words in enumerate(found) if words}
    else:
        before = dict(zip(previous.ids.tolist(), (r["name"] for r in previous.records), strict=False))
        known = {row: before[int(i)] for row, i in enumerate(ids[: fitted.n_core_]) if before.get(int(i))}
    label(fitted, Dictionary.load(learnt / "control"), codes, sample, stability, anchors, second, folder, progress, known=known)


def judge_beside(first: Encoder) -> Encoder | None:
    """The encoder that judges names, another one than was decomposed: static for the rest, MiniLM for static; None without its extra."""
    from begriff.encoders import MiniLM, Static

    try:
        other: Encoder = MiniLM() if isinstance(first, Static) else Static()
        other.encode(["a"])
    except MissingExtraError:
        return None
    return other


def _publish(job: Job, keys: dict[str, str], n_items: int, n_passages: int, fitted: Dictionary) -> None:
    before = job.store.published
    made = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": _made_from(job, before),
        "encoder": _described(job.encoder),
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
        "preview": job.is_preview,
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
