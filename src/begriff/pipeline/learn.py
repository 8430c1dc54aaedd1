"""Stages 3 to 5: phrases of a sample, a dictionary anchored at them, codes of everything."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.base import clone

from begriff.dictionaries import MatryoshkaSAE
from begriff.dictionaries.refit_activations import refit
from begriff.errors import InputError
from begriff.kinds import Dictionary, Eraser
from begriff.kinds.checks import Floats, Progress
from begriff.kinds.encoder import Encoder
from begriff.metrics.reconstruction import fvu
from begriff.metrics.stability import matched_cosine
from begriff.naming.anchors import choose_anchors
from begriff.naming.phrases import Phrases, find_phrases
from begriff.store.erased import without
from begriff.store.items import Items
from begriff.store.snapshot import Snapshot
from begriff.store.stages import load_codes, new_array, save_codes

__all__ = [
    "code_all",
    "default_dictionary",
    "learn",
    "phrase_stage",
    "read_sample",
    "Sample",
    "sample_of",
    "smallest_corpus",
]

smallest_corpus = 50
_SAMPLE = 40_000
_TRAIN = 200_000
_REFERENCE = 20_000
_BATCH = 8192
_JUDGED = 5000


@dataclass(frozen=True)
class Sample:
    """The items that phrases are found in and names judged on.

    Attributes
    ----------
    rows : ndarray (n,)
        Positions in the corpus, rising.
    texts : list of str (n,)
    vectors : ndarray (n, n_dims)
    phrases : Phrases
    phrase_vectors : ndarray (n_phrases, n_dims)
        Under the first encoder; zeros where there is none.
    """

    rows: NDArray[np.int64]
    texts: list[str]
    vectors: Floats
    phrases: Phrases
    phrase_vectors: Floats


def default_dictionary(n_items: int, random_state: int) -> MatryoshkaSAE:
    """Sizes by corpus: one core concept per 16 items, from 32 to 1,024, by powers of two; three
    fine ones for each.

    Of the core one concept in 20 may be active (at most 32), so that each is active on about 5 % of
    the items; the fine layer adds three quarters as many. Batches shrink with the corpus, so that
    there are at least 40 steps an epoch.
    """
    n_core = int(2 ** np.clip(round(np.log2(max(n_items, 1) / 16)), 5, 10))
    k = int(np.clip(n_core // 20, 2, 32))
    batch = int(2 ** np.clip(int(np.log2(max(n_items, 1) / 40)), 5, 10))
    return MatryoshkaSAE(
        4 * n_core,
        n_core=n_core,
        k=k,
        k_fine=max(2, 3 * k // 4),
        batch_size=batch,
        max_epochs=30,
        random_state=random_state,
    )


def phrase_stage(
    items: Items,
    vectors: Floats,
    encoder: Encoder | None,
    folder: Path,
    seed: int,
    progress: Progress | None,
    most: int | None = None,
) -> None:
    """Find phrases on a sample of at most ``most`` items, 40,000 by default, and embed them."""
    folder.mkdir(parents=True, exist_ok=True)
    n, most = items.n, most or _SAMPLE
    rows = (
        np.arange(n)
        if n <= most
        else np.sort(np.random.default_rng(seed).choice(n, most, replace=False))
    )
    texts = [r["_text"] for r in items.take(rows.tolist(), ["_text"])]
    fewest, room = max(3, len(rows) // 8000), min(25_000, 1000 + 2 * len(rows))
    found = find_phrases(texts, np.asarray(vectors[rows]), min_items=fewest, max_phrases=room)
    embedded = (
        encoder.encode(found.texts, progress=progress)
        if encoder is not None and found.texts
        else None
    )
    np.save(
        folder / "vectors.npy",
        (
            np.zeros((len(found.texts), vectors.shape[1]), np.float32)
            if embedded is None
            else embedded
        ),
    )
    np.save(folder / "rows.npy", rows)
    save_codes(folder, "incidence", found.incidence)
    (folder / "phrases.json").write_text(json.dumps(found.texts))


def sample_of(atlas: Snapshot) -> Sample:
    """The items that an atlas's phrases were found in, their texts and vectors, and the phrases."""
    return read_sample(
        atlas.items, atlas.item_vectors, atlas.store.folder("phrases"), atlas.erasers
    )


def read_sample(
    items: Items, vectors: Floats, folder: Path, erasers: Sequence[Eraser] = ()
) -> Sample:
    """What ``phrase_stage`` wrote, with texts and vectors; the phrases without what was erased from
    these.
    """
    rows = np.load(folder / "rows.npy")
    texts = json.loads((folder / "phrases.json").read_text())
    phrases = Phrases(texts, load_codes(folder, "incidence", len(texts)))
    item_texts = [r["_text"] for r in items.take(rows.tolist(), ["_text"])]
    return Sample(
        rows,
        item_texts,
        np.asarray(vectors[rows]),
        phrases,
        without(np.load(folder / "vectors.npy"), erasers),
    )


def learn(
    dictionary: Dictionary,
    vectors: Floats,
    sample: Sample,
    folder: Path,
    seed: int,
    progress: Callable[[str], Progress] | None,
    start: Dictionary | None = None,
    most: int | None = None,
) -> None:
    """Fit the dictionary, its control (a frozen random decoder) and a second one on half of the
    data with another seed.

    ``progress`` gives for the name of each of the three fits what it calls with (step, steps).

    With ``start`` the dictionary goes on from there: its core stays within .3 of the old one, in a
    third of the epochs at a thirtieth of the learning rate; a core concept that hardly any item
    holds any more gives its row to a phrase that none stands for.

    Writes the dictionary, ``control/``, ``anchors.npy`` (phrase of each anchored concept, or -1)
    and ``stability.npy``: for each core concept the cosine with its match in the second dictionary,
    and the same for random directions.
    """
    folder.mkdir(parents=True, exist_ok=True)
    n, most = len(vectors), most or _TRAIN
    rng = np.random.default_rng(seed)
    rows = np.arange(n) if n <= most else np.sort(rng.choice(n, most, replace=False))
    train = np.asarray(vectors[rows]) if n > most else vectors
    anchored, size = dictionary.anchors, dictionary.sizes.n_core or 0
    warm: Any = _revived(start, sample) if start is not None and anchored else start
    held = (
        np.empty((0, vectors.shape[1]), np.float32)
        if warm is None
        else warm.components_[: min(size, warm.n_core_)]
    )
    chosen, directions = choose_anchors(
        sample.phrases, sample.vectors, size - len(held), taken=held
    )
    directions = np.concatenate([held, directions])
    fitted = dictionary.fit_copy(
        train,
        anchors=directions if anchored and len(directions) else None,
        start=warm,
        progress=_of(progress, "dictionary"),
    )
    fitted.save(folder)
    anchors = np.full(fitted.n_core_, -1, dtype=np.int64)
    if anchored:
        anchors[len(held) : len(held) + len(chosen)] = chosen
    np.save(folder / "anchors.npy", anchors)
    _stability(dictionary, fitted, train, sample, seed, folder, _of(progress, "second dictionary"))
    control = dictionary.fit_control(train, progress=_of(progress, "control dictionary"))
    control.save(folder / "control")


def _revived(start: Any, sample: Sample) -> Any:
    """The old dictionary with new directions in the rows of its core that are active on fewer than
    5 items of the sample.
    """
    used = np.bincount(start.transform(sample.vectors).indices, minlength=len(start.components_))[
        : start.n_core_
    ]
    unused, alive = np.flatnonzero(used < 5), np.flatnonzero(used >= 5)
    _, directions = choose_anchors(
        sample.phrases, sample.vectors, len(unused), taken=start.components_[alive]
    )
    made = clone(start)
    made.__dict__.update(
        {
            k: v.copy() if isinstance(v, np.ndarray) else v
            for k, v in vars(start).items()
            if k.endswith("_")
        }
    )
    rows = unused[: len(directions)]
    made.revive(
        rows, directions, sample.vectors, float(np.median(used[alive])) if len(alive) else 5.0
    )
    return made


def code_all(
    dictionary: Dictionary,
    vectors: Floats,
    folder: Path,
    progress: Progress | None,
    *,
    reference: Floats | None = None,
) -> None:
    """Codes of every vector in batches of 8,192; each batch is a file until all are there, so a
    killed run goes on.

    Neighbours are looked for in an even sample of ``reference``, by default the vectors themselves.
    """
    parts = folder / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    reference = reference_rows(vectors if reference is None else reference)
    starts = range(0, len(vectors), _BATCH)
    for start in starts:
        if not (parts / f"{start}-data.npy").exists():
            codes = code(dictionary, np.asarray(vectors[start : start + _BATCH]), reference)
            np.save(parts / f"{start}-indices.npy", codes.indices.astype(np.int32))
            np.save(parts / f"{start}-counts.npy", np.diff(codes.indptr))
            np.save(parts / "partial.npy", codes.data)
            (parts / "partial.npy").replace(parts / f"{start}-data.npy")
        if progress is not None:
            progress(min(start + _BATCH, len(vectors)), len(vectors))
    _join(parts, list(starts), folder)


def reference_rows(vectors: Floats) -> Floats:
    """An even sample of at most 20,000 vectors, in which neighbours are looked for."""
    step = max(1, -(-len(vectors) // _REFERENCE))
    return np.ascontiguousarray(vectors[::step])


def code(dictionary: Dictionary, vectors: Floats, reference: Floats) -> csr_array:
    """Codes whose activations explain a vector and what its neighbours see of it (see
    :func:`begriff.dictionaries.refit_activations`).
    """
    codes = dictionary.transform(vectors)
    if not dictionary.additive:
        return codes
    return refit(
        codes,
        vectors,
        dictionary.components_,
        dictionary.bias_,
        n_core=dictionary.n_core_,
        reference=reference,
    )


def _join(parts: Path, starts: list[int], folder: Path) -> None:
    counts = np.concatenate([np.load(parts / f"{s}-counts.npy") for s in starts])
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    np.save(folder / "codes-indptr.npy", indptr)
    for name, kind in (("indices", np.int32), ("data", np.float32)):
        whole = new_array(folder / f"codes-{name}.npy", (int(indptr[-1]),), kind)
        for s in starts:
            a, b = indptr[s], indptr[min(s + _BATCH, len(counts))]
            whole[a:b] = np.load(parts / f"{s}-{name}.npy")
        whole.flush()
    for path in parts.iterdir():
        path.unlink()
    parts.rmdir()


def _stability(
    dictionary: Dictionary,
    fitted: Dictionary,
    train: Floats,
    sample: Sample,
    seed: int,
    folder: Path,
    progress: Progress | None,
) -> None:
    """Fit again on a random half of the items, anchored at phrases of that half, with another seed;
    match the cores.

    Also writes ``generalisation.json``: the variance that this dictionary leaves unexplained, of
    items that it saw and of the others.
    """
    rng = np.random.default_rng(seed + 1)
    half = np.sort(rng.choice(len(train), len(train) // 2, replace=False))
    rows = np.sort(rng.choice(len(sample.rows), len(sample.rows) // 2, replace=False))
    phrases = Phrases(sample.phrases.texts, sample.phrases.incidence[rows])
    _, directions = choose_anchors(phrases, sample.vectors[rows], fitted.n_core_)
    again = clone(dictionary).reseeded(seed + 1)
    anchored = directions if dictionary.anchors and len(directions) else None
    try:
        other = again.fit_copy(np.asarray(train[half]), anchors=anchored, progress=progress)
    except InputError:  # half of a small corpus has too few items for this many concepts
        np.save(folder / "stability.npy", np.full((2, fitted.n_core_), np.nan, np.float32))
        return
    rest = np.setdiff1d(np.arange(len(train)), half, assume_unique=True)
    seen, unseen = (np.asarray(train[part[:: -(-len(part) // _JUDGED)]]) for part in (half, rest))
    left = [fvu(X, other.inverse_transform(other.transform(X))) for X in (seen, unseen)]
    (folder / "generalisation.json").write_text(json.dumps({"seen": left[0], "unseen": left[1]}))
    core = fitted.components_[: fitted.n_core_]
    random = rng.standard_normal(core.shape).astype(np.float32)
    pairs = (
        matched_cosine(core, other.components_[: fitted.n_core_]),
        matched_cosine(core, random),
    )
    np.save(folder / "stability.npy", np.stack(pairs))


def _of(progress: Callable[[str], Progress] | None, name: str) -> Progress | None:
    return None if progress is None else progress(name)
