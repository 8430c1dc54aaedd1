"""Take a concept out of an atlas's vectors and show that it is gone."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff import catalog
from begriff.errors import AtlasError, InputError, NotFoundError, unknown
from begriff.kinds.checks import Floats
from begriff.linalg.sampling import at_most
from begriff.pipeline.write_erased import Erasing, write_erased
from begriff.reports.labels import Given, Labels, concept_labels, read_labels
from begriff.tasks.erase.attacks import Side, Split, attacks
from begriff.tasks.erase.costs import costs
from begriff.tasks.erase.erasure import Erasure, ErasureList

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas
    from begriff.kinds import Eraser
    from begriff.pipeline.plan import Meter

__all__ = ["check_method", "erase", "erasures"]

_FEWEST = 10
_MOST = 8000
_HELD = 0.3


def erase(
    atlas: Atlas,
    concept: str,
    *,
    labels: Given | None = None,
    seeded: str | int | None = None,
    method: str = "leace",
    dry_run: bool = False,
    who: str | None = None,
    random_state: int = 0,
    progress: Meter | None = None,
) -> Erasure:
    """Write a version of an atlas from whose vectors a concept is gone, with a report before and
    after.

    Figures come from an eraser that was fitted on 70 % of the labelled items, and from the other 30
    %: half of these for attackers to learn from, half to judge by. The eraser that is written is
    fitted on all of them. Vectors, codes, index and what is computed from them follow; texts that
    are compared with the vectors (queries, words) are erased alike. The version before stays in the
    folder: :meth:`begriff.atlas.edits.Edits.undo` brings it back.

    Parameters
    ----------
    atlas : Atlas
    concept : str
        What to call it; without labels and seeded, the concept (seeded or of the dictionary) that
        is erased.
    labels : str, Path or mapping, optional
        What items are, as far as it is known: a column, a file with the columns id and label, or id
        -> label.
    seeded : str or int, optional
        Name of a seeded concept, or name or id of one of the dictionary, that is active on the
        items that are it.
    method : str
        An eraser of the catalogue that edits vectors of which no label is known, such as "leace",
        "inlp" or "projection"; those of installed plugins too.
    dry_run : bool
        Only the report; nothing is written.
    who : str, optional
        For the journal.
    random_state : int
    progress : callable, optional
        Called with (stage, done, total).

    Returns
    -------
    Erasure

    Raises
    ------
    InputError
        When no linear probe finds the concept (also when it was erased already), for labels of
        fewer than two classes of 10 items, an unknown method, one that needs the label of every
        vector that it edits, or labels that belong to no item. Nothing is written then.
    AtlasError
        When another process writes to the atlas.

    Examples
    --------
    >>> import begriff as bg
    >>> report = bg.erase(bg.open("papers.atlas"), "venue", labels="venue")  # doctest: +SKIP
    >>> print(report.to_markdown())  # doctest: +SKIP

    Source: Belrose et al. 2023, "LEACE: perfect linear concept erasure in closed form", arXiv
    2306.03819; Ravfogel et al. 2020, "Null it out", arXiv 2004.07667.
    """
    started = time.perf_counter()
    if not concept.strip() or len(concept) > 200 or not concept.isprintable():
        raise InputError(f"concept {concept[:40]!r}: must be 1 to 200 printable characters")
    eraser = check_method(method)
    if labels is not None and seeded is not None:
        raise InputError("labels and a concept were given: choose one")
    known = (
        read_labels(atlas, labels)
        if labels is not None
        else concept_labels(atlas, concept if seeded is None else seeded)
    )
    known = known.enough(_FEWEST)
    erasing = Erasing(concept.strip(), eraser.__name__, eraser, known.rows, known.values)
    _tell(progress, 0)
    measured = _measure(atlas, erasing, known, random_state, progress)
    names, counts = np.unique(known.values, return_counts=True)
    report = Erasure(
        number=None,
        concept=erasing.concept,
        method=erasing.method,
        labels=known.name,
        classes={str(n): int(c) for n, c in zip(names, counts, strict=True)},
        unknown_ids=known.unknown_ids,
        small=known.small,
        seconds=round(time.perf_counter() - started, 1),
        **measured,
    )
    if dry_run:
        return report

    def numbered(number: int) -> dict[str, Any]:
        return report.model_copy(update={"number": number}).model_dump(mode="json")

    number = write_erased(atlas.snapshot, erasing, numbered, who=who, progress=progress)
    return report.model_copy(update={"number": number})


def check_method(method: str) -> type[Eraser]:
    """The eraser that is called so, if it can edit an atlas: it has to do without labels, since
    queries have none.

    Raises
    ------
    InputError
        For a name that is not in the catalogue, or an eraser that needs labels to edit, with those
        that do not.
    """
    able = [m.name for m in catalog.methods("erasers") if not m.tags["needs_labels"]]
    try:
        eraser: type[Eraser] = catalog.find("erasers", method)
    except NotFoundError:
        raise unknown("eraser", method, able, hint="`begriff methods erasers` lists them") from None
    if eraser.needs_labels:
        raise InputError(
            f"{method!r}: {eraser.__name__} needs the label of every vector that it edits, and"
            f" queries and new items have none: choose {', '.join(able)}, or call"
            f" {eraser.__module__}.{eraser.__name__} on vectors that are all labelled"
        )
    return eraser


def erasures(atlas: Atlas) -> ErasureList:
    """The reports of the erasures that are in force, oldest first."""
    found = []
    for record in atlas.snapshot.erased:
        path = atlas.snapshot.store.folder("vectors") / f"report-{record['number']}.json"
        try:
            found.append(Erasure(**json.loads(path.read_text())))
        except (OSError, ValueError) as e:
            raise AtlasError(
                f"{path} holds no readable report ({e}): undo edit {record['number']} and erase"
                " again"
            ) from e
    return ErasureList(erasures=found)


def _measure(
    atlas: Atlas, erasing: Erasing, known: Labels, random_state: int, progress: Meter | None
) -> dict[str, Any]:
    """The figures of the report."""
    vectors = atlas.item_vectors
    rng = np.random.default_rng(random_state)
    train, held = _parted(np.arange(len(known.rows)), known.values, rng, _HELD)
    fitted = Erasing(
        erasing.concept, erasing.method, erasing.make, known.rows[train], known.values[train]
    )
    eraser = fitted.fit(vectors, np.arange(atlas.n_items))
    _tell(progress, 1)
    fresh, held = _parted(held, known.values, rng, 0.5)
    train, fresh, held = (at[at_most(known.values[at], _MOST, rng)] for at in (train, fresh, held))
    parts = (train, fresh, held)
    before = Side(*(np.asarray(vectors[known.rows[at]]) for at in parts))
    after = Side(*(eraser.transform(part) for part in (before.train, before.fresh, before.held)))
    places = np.searchsorted(known.classes, known.values)
    split = Split(
        places[train], places[fresh], places[held], known.classes, _words(atlas, erasing.concept)
    )
    found = attacks(before, after, split, random_state=random_state)
    _tell(progress, 2)
    # one attack that was chosen before: the best of several would find noise, too
    if found[0].before.low <= 0.5:
        other = [a for a in found if not a.linear and a.before.low > 0.5]
        said = (
            f"; {other[0].name} does ({other[0].before}), but no linear eraser can take that away"
            if other
            else ""
        )
        again = [r["number"] for r in atlas.snapshot.erased if r["concept"] == erasing.concept]
        twice = f"; it was erased in edit {again[-1]}" if again else ""
        raise InputError(
            f"no linear probe finds {erasing.concept!r} in the vectors (AUROC {found[0].before} on"
            f" {len(held)} held-out items{said}{twice}): there is nothing to erase, or too few"
            " items are labelled to tell, and nothing was written"
        )
    rows = known.rows[np.concatenate(parts)]
    both = [np.concatenate([side.train, side.fresh, side.held]) for side in (before, after)]
    lost = costs(atlas, both[0], both[1], rows, known, random_state=random_state)
    _tell(progress, 3)
    whole = erasing.fit(vectors, np.arange(atlas.n_items))
    return {
        "attacks": found,
        "costs": lost,
        "held": len(held),
        "covariance": _covariance(vectors, whole, known),
    }


def _tell(progress: Meter | None, done: int) -> None:
    if progress is not None:
        progress("proof", done, 3)


def _parted(
    at: NDArray[np.int64], values: NDArray[Any], rng: np.random.Generator, share: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places in two parts, ``share`` of each class and at least 4 or half of it in the second."""
    first, second = [], []
    for c in np.unique(values[at]):
        rows = rng.permutation(at[values[at] == c])
        n = max(min(4, len(rows) // 2), round(share * len(rows)))
        second.append(rows[:n])
        first.append(rows[n:])
    return np.sort(np.concatenate(first)), np.sort(np.concatenate(second))


def _words(atlas: Atlas, concept: str) -> Floats | None:
    """The concept's name as a vector of its own, away from the mean of the corpus."""
    if not atlas.snapshot.steerable:
        return None
    vector: Floats = atlas.snapshot.encode_query(concept) - np.asarray(
        atlas.item_vectors[:2000]
    ).mean(0)
    return vector


def _covariance(vectors: Floats, eraser: Eraser, known: Labels) -> float:
    """The largest covariance between a dimension and a class after the erasure, over that before
    it; in float64.
    """
    classes = known.classes
    sums = np.zeros((2, len(classes), vectors.shape[1]))
    counts = np.zeros(len(classes))
    for start in range(0, len(known.rows), 8192):
        at = known.rows[start : start + 8192]
        X = np.asarray(vectors[at], dtype=np.float64)
        onehot = (
            np.searchsorted(classes, known.values[start : start + 8192])[:, None]
            == np.arange(len(classes))
        ).astype(np.float64)
        counts += onehot.sum(0)
        sums += np.stack([onehot.T @ X, onehot.T @ eraser.transform(X)])
    n = counts.sum()
    totals: Sequence[Any] = [s / n - np.outer(counts / n, s.sum(0) / n) for s in sums]
    # guards classes with equal means
    return float(np.abs(totals[1]).max() / max(float(np.abs(totals[0]).max()), 1e-300))
