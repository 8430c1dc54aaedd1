"""Building an atlas: stages that are skipped when they are there for the same input."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff import catalog
from begriff.encoders import Passages
from begriff.errors import InputError, MissingExtraError
from begriff.indexes.words import WordIndex
from begriff.kinds import Dictionary, Namer
from begriff.kinds.checks import Progress
from begriff.kinds.encoder import Encoder
from begriff.pipeline.build_target import refuse_foreign, writing
from begriff.pipeline.commit import commit
from begriff.pipeline.concept_ids import Previous, identify, read_previous
from begriff.pipeline.embed import check_made_by, check_spread, embed
from begriff.pipeline.given_vectors import given_vectors
from begriff.pipeline.ingest import ingest
from begriff.pipeline.languages import language_notice
from begriff.pipeline.learn import (
    Sample,
    code_all,
    default_dictionary,
    learn,
    phrase_stage,
    read_sample,
    smallest_corpus,
)
from begriff.pipeline.map import lay_out
from begriff.pipeline.name import Learnt, label
from begriff.pipeline.plan import Job, stage_keys, with_map
from begriff.pipeline.reading import Reading, reading_of
from begriff.readers import Reader
from begriff.store.erased import read_erasers
from begriff.store.items import Items, open_items
from begriff.store.row_plan import sampled
from begriff.store.stages import Store, load_codes

__all__ = ["dictionary_for", "judge_beside", "publish", "run", "writing"]

_STAGES = (
    "items",
    "vectors",
    "phrases",
    "dictionary",
    "codes",
    "identity",
    "names",
    "words",
    "map",
)
_TEXTS = 200  # by which the language of a corpus is told
_PREVIEW_LEARNS_FROM = 4000


def publish(
    job: Job, *, preview: bool | int = False, layout: bool | None = None, overwrite: bool = False
) -> None:
    """Run a planned build, its preview first where one is wanted; see :func:`begriff.build`."""
    first = _preview_of(job, preview) if preview else None
    if first is not None:
        _run(first, with_map(stage_keys(first, job.store.published), None, False), overwrite)
    if preview and job.meter is not None:
        job.meter("preview" if first is not None else "no preview", 1, 1)
    _run(
        job, with_map(stage_keys(job, job.store.published), job.store.published, layout), overwrite
    )


def _preview_of(job: Job, wanted: bool | int) -> Job | None:
    """The job of the preview, unless this source was published already, or is so small that none is
    needed.
    """
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
    refuse_foreign(job, keys, overwrite)
    with writing(job.store):
        run(job, keys)


@dataclass(frozen=True)
class _Stages:
    """The stages of one build: where the files of each lie, and which are still to do."""

    job: Job
    keys: dict[str, str]

    @property
    def folder(self) -> dict[str, Path]:
        store = self.job.store
        return {s: store.path / f"{s}-{self.keys[s]}" for s in _STAGES if s in self.keys}

    def do(self, name: str, work: Callable[[Path, Progress], None]) -> Path:
        """Run one stage, unless its files are there; returns its folder."""
        store, key = self.job.store, self.keys[name]
        if not store.done(name, key):
            report = self.job.progress(name)
            report(0, 0)  # whoever watches sees that the stage before has ended
            work(self.folder[name], report)
            store.finish(name, key)
        return self.folder[name]


def run(job: Job, keys: dict[str, str]) -> None:
    """Do the stages that are not there, and publish."""
    store = job.store
    is_done = all(store.done(s, k) for s, k in keys.items())
    if is_done and (store.published or {}).get("stages") == keys:
        return
    store.begin(job.reader.fingerprint if job.reader is not None else None)
    stages = _Stages(job, keys)
    previous = _previous(store, keys)
    items = _items(stages)
    stages.do("words", lambda f, p: WordIndex.build(f / "index", items.texts()))
    folder = stages.do("vectors", lambda f, p: _vectors(job, items, f, p))
    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    several = (folder / "items.npy").exists()
    of_items = np.load(folder / "items.npy", mmap_mode="r") if several else vectors
    sample = _sample(stages, items, of_items)
    fitted = _fitted(stages, items.n, vectors, sample, previous)
    among = sample.vectors if job.learn_from else None
    folder = stages.do(
        "codes", lambda f, p: _codes(fitted, vectors, of_items if several else None, f, p, among)
    )
    name = "itemcodes" if several else "codes"
    item_codes = load_codes(folder, name, len(fitted.components_))
    stages.do("identity", lambda f, p: identify(fitted, of_items, previous, f))
    learnt = Learnt.read(stages.folder["dictionary"], fitted, item_codes)
    stages.do("names", lambda f, p: _names(stages, learnt, sample, previous, f, p))
    if "map" in keys:
        stages.do("map", lambda f, p: lay_out(of_items, f, job.random_state, p))
    commit(job, keys, items.n, len(vectors), fitted)


def _previous(store: Store, keys: dict[str, str]) -> Previous | None:
    """The concepts that were published before, where this build makes other ones."""
    before = store.published
    if not before or before["stages"]["codes"] == keys["codes"]:
        return None
    return read_previous(store.path, before["stages"])


def _items(stages: _Stages) -> Items:
    """Read the source, tell what was understood of it, and refuse one too small."""
    job = stages.job

    def read(folder: Path, progress: Progress) -> None:
        assert job.reader is not None
        assert job.plan is not None
        ingest(job.reader, job.plan, folder, max_rejected=job.max_rejected, progress=progress)

    folder = stages.do("items", read)
    items = open_items(folder)
    if job.on_read is not None and job.reader is not None:
        job.on_read(_reading(job, job.reader, items, folder))
    if items.n < smallest_corpus:
        raise InputError(
            f"{items.n} items: at least {smallest_corpus} are needed to learn concepts from"
        )
    return items


def _sample(stages: _Stages, items: Items, of_items: Any) -> Sample:
    """What concepts are learnt and named from, with the phrases of the corpus."""
    job = stages.job
    folder = stages.do(
        "phrases",
        lambda f, p: phrase_stage(
            items, of_items, job.encoder, f, job.random_state, p, job.learn_from
        ),
    )
    return read_sample(items, of_items, folder, read_erasers(stages.folder["vectors"]))


def _fitted(
    stages: _Stages, n_items: int, vectors: Any, sample: Sample, previous: Previous | None
) -> Dictionary:
    """The dictionary of this build, learnt from the sample or read from its folder."""
    job = stages.job
    unfitted = dictionary_for(job, min(n_items, job.learn_from or n_items), vectors.shape)
    start = previous.dictionary if previous is not None and job.warm else None
    folder = stages.do(
        "dictionary",
        lambda f, _: learn(
            unfitted, vectors, sample, f, job.random_state, job.progress, start, job.learn_from
        ),
    )
    return Dictionary.load(folder)


def _reading(job: Job, reader: Reader, items: Items, folder: Path) -> Reading:
    """What was understood of the source, with a word on its language."""
    reading = reading_of(json.loads((folder / "columns.json").read_text()), reader.name)
    rows = np.unique(np.linspace(0, items.n - 1, min(items.n, _TEXTS)).astype(int)).tolist()
    notice = language_notice(
        [r["_text"] for r in items.take(rows, ["_text"])], job.encoder.name if job.encoder else None
    )
    return reading.model_copy(update={"notices": (notice,) if notice else ()})


def _vectors(job: Job, items: Any, folder: Path, progress: Progress | None) -> None:
    if job.vectors is not None:
        assert job.reader is not None
        given_vectors(items, job.reader, job.vectors, folder)
        width = np.load(folder / "vectors.npy", mmap_mode="r").shape[1]
        if job.encoder is not None and job.encoder.n_dims != width:
            raise InputError(
                f"vectors have {width} dimensions, the encoder {job.encoder.name} gives"
                f" {job.encoder.n_dims}: name the encoder that made them, or encoder none"
            )
    else:
        assert job.encoder is not None
        _ask_first(job, items)
        embed(items, job.encoder, Passages(job.encoder), folder, progress)
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
    """The unfitted dictionary that a job asks for, sized for a corpus whose vectors have this
    shape.
    """
    if isinstance(job.dictionary, Dictionary):
        return job.dictionary
    usual = default_dictionary(n_items, job.random_state)
    if job.dictionary is None or job.dictionary == "MatryoshkaSAE":
        return usual
    made: Dictionary = catalog.find("dictionaries", job.dictionary)()
    made.sized(
        usual.n_core if made.overcomplete else min(usual.n_core, *shape), usual.k, usual.batch_size
    )
    return made.reseeded(job.random_state)


def _codes(
    fitted: Dictionary,
    vectors: Any,
    of_items: Any,
    folder: Path,
    progress: Progress | None,
    among: Any,
) -> None:
    code_all(fitted, vectors, folder, progress, reference=among)
    if of_items is not None:
        code_all(fitted, of_items, folder / "items", None)
        for part in ("indptr", "indices", "data"):
            (folder / "items" / f"codes-{part}.npy").replace(folder / f"itemcodes-{part}.npy")


def _names(
    stages: _Stages,
    learnt: Learnt,
    sample: Sample,
    previous: Previous | None,
    folder: Path,
    progress: Progress | None,
) -> None:
    job, ids = stages.job, np.load(stages.folder["identity"] / "ids.npy")
    label(
        learnt,
        sample,
        folder,
        namer=job.namer,
        first=job.encoder,
        second=None if job.encoder is None or job.is_preview else judge_beside(job.encoder),
        known=_known_names(learnt.dictionary, sample, ids, previous, job.namer),
        progress=progress,
    )


def _known_names(
    fitted: Dictionary,
    sample: Sample,
    ids: NDArray[np.int64],
    previous: Previous | None,
    namer: Namer,
) -> dict[int, str]:
    """Names by row that concepts bring along: from the version before, or from what made them."""
    phrases = set(sample.phrases.texts)
    if previous is None:
        listed = [[w for w in words if w in phrases] for words in fitted.suggested()[0]]
        return {row: words[0] for row, words in enumerate(listed) if words}
    before = dict(zip(previous.ids.tolist(), (r["name"] for r in previous.records), strict=False))
    rows = ((row, before.get(int(i))) for row, i in enumerate(ids[: fitted.n_core_]))
    usable = phrases.__contains__ if namer.phrases_only else bool
    return {row: name for row, name in rows if name and usable(name)}


def judge_beside(first: Encoder) -> Encoder | None:
    """The encoder that judges names, another one than was decomposed: static for the rest, MiniLM
    for static; None without its extra.
    """
    from begriff.encoders import MiniLM, Static

    try:
        other: Encoder = MiniLM() if isinstance(first, Static) else Static()
        other.encode(["a"])
    except MissingExtraError:
        return None
    return other
