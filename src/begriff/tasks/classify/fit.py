"""Fitting a classifier through concepts, with its controls."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.linalg.platt import platt
from begriff.reports.labels import Given, Labels, read_labels
from begriff.tasks.classify.classifier import Classifier
from begriff.tasks.classify.comparisons import compared, whole_vector_probe
from begriff.tasks.classify.heads import Labelled, fit_head, fit_hybrid
from begriff.tasks.classify.space import Space, columns_of, read_space
from begriff.tasks.classify.storage import basis, save_model

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas
    from begriff.bottlenecks import Hybrid, SparseLinear
    from begriff.pipeline.plan import Meter

__all__ = ["classify"]

_FEWEST = 10
_MOST = 16_000
_PLATT = 4000
_STAGES = 9


def classify(
    atlas: Atlas,
    label: Given,
    *,
    name: str | None = None,
    concepts: str | Sequence[str] = "discovered",
    n_active: int = 30,
    hybrid: bool = False,
    promise: float = 0.9,
    controls: bool = True,
    random_state: int = 0,
    progress: Meter | None = None,
) -> Classifier:
    """Predict a label through concepts that people can read and correct.

    A sparse linear head on the activations of concepts: at most ``n_active`` a class. It is kept in
    the atlas under its name; corrections go to the journal. At most 16,000 labelled items are used:
    60 % to fit, 20 % to set the threshold below which it abstains, and 20 % held out, on which it
    is compared with a linear probe of the whole vector and with its controls.

    Parameters
    ----------
    atlas : Atlas
    label : str, Path or mapping
        A column; a .csv, .tsv, .jsonl or .parquet file with the columns id and label; or id ->
        label.
    name : str, optional
        By default the column's or the file's name.
    concepts : {"discovered", "seeded"}, sequence of str, or path of a text file
        The concepts of the atlas, those that people seeded, or texts that are given, one concept
        each.
    n_active : int
        Most concepts that a class may use.
    hybrid : bool
        Let the vector itself have a say, too, through a linear part without names; its share of the
        decisions is reported either way.
    promise : float
        Accuracy that is promised where the model answers. Where no threshold keeps it, the model
        abstains on every item and a warning says what can be promised.
    controls : bool
        Also fit the controls: fewer concepts, a frozen random decoder, names read as concepts.
    random_state : int
    progress : callable, optional
        Called with (stage, done, total).

    Returns
    -------
    Classifier

    Raises
    ------
    InputError
        For labels of fewer than two classes of 10 items, an unknown column, a bad name, or concepts
        that are all constant.

    Warns
    -----
    UserWarning
        When no threshold keeps the promise.

    Examples
    --------
    >>> import begriff as bg
    >>> model = bg.classify(bg.open("papers.atlas"), "venue")  # doctest: +SKIP
    >>> print(model.report())  # doctest: +SKIP

    Source: Yuksekgonul, Wang and Zou 2022 (post-hoc concept bottlenecks), arXiv 2205.15480; Rao et
    al. 2024 (discover-then-name), arXiv 2407.14499.
    """
    called = _name(name, label)
    if not 0.5 < promise < 1:
        raise InputError(f"promise={promise}: an accuracy above .5 and below 1")
    known = read_labels(atlas, label).enough(_FEWEST)
    space = read_space(atlas, columns_of(atlas, concepts))
    step = _steps(progress)
    train, check, held = _thirds(known, random_state)
    head = fit_head(space, train, n_active, random_state)
    step()
    both = fit_hybrid(space, head, train)
    rest = both if hybrid else None
    step()
    meta: dict[str, Any] = {
        "name": called,
        "label": known.name,
        "concepts": (
            concepts
            if isinstance(concepts, str) and concepts in ("discovered", "seeded")
            else "given"
        ),
        "version": atlas.version,
        "basis": basis(atlas),
        "items": len(train.rows),
        "held": len(held.rows),
        "n_active": n_active,
        "hybrid_used": hybrid,
        "promised": promise,
        "unknown_ids": known.unknown_ids[:1000],
        "small": known.small,
        "classes": [str(c) for c in head.classes_],
        "counts": [int((train.y == c).sum()) for c in head.classes_],
        "columns": [{"name": c.name, "ids": list(c.ids), "kind": c.kind} for c in space.columns],
        "labels": {} if _is_column(atlas, label) else _by_id(atlas, known),
        "column": str(label) if _is_column(atlas, label) else None,
    }
    meta |= _figures(space, head, both, hybrid, held)
    meta |= _safeguard(space, head, rest, check, held, promise, random_state)
    step()
    meta |= compared(space, head, train, held, random_state, controls, step)
    meta["probe"] = whole_vector_probe(atlas, train, held)
    step()
    arrays = {"coef": head.coef_, "intercept": head.intercept_, **_presence(space, head, train)}
    if hybrid:
        arrays |= {"rest_coef": both.rest_coef_, "rest_intercept": both.rest_intercept_}
    save_model(atlas, called, meta, arrays)
    model = Classifier(atlas, called)
    if meta["threshold"] is None:
        warnings.warn(model.report().abstains, stacklevel=2)
    return model


def _name(name: str | None, label: Given) -> str:
    called = (
        name
        if name is not None
        else re.sub(
            r"[^a-z0-9_-]+",
            "-",
            (Path(label).stem if isinstance(label, str | Path) else "model").lower(),
        )
    )
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", called):
        raise InputError(
            f"name {called[:80]!r}: 1 to 64 letters, digits, - and _, starting with a letter or"
            " digit"
        )
    return called


def _is_column(atlas: Atlas, label: Given) -> bool:
    return isinstance(label, str) and label in atlas.columns


def _by_id(atlas: Atlas, known: Labels) -> dict[str, str]:
    ids = atlas.snapshot.items.column("_id")
    return {
        ids[row]: str(v) for row, v in zip(known.rows.tolist(), known.values.tolist(), strict=True)
    }


def _steps(progress: Meter | None) -> Any:
    done = [0]

    def step() -> None:
        done[0] += 1
        if progress is not None:
            progress("model", min(done[0], _STAGES), _STAGES)

    return step


def _thirds(known: Labels, random_state: int) -> tuple[Labelled, Labelled, Labelled]:
    """60, 20 and 20 % of each class, of at most 16,000 items."""
    rng = np.random.default_rng(random_state)
    share = min(1.0, _MOST / len(known.rows))
    parts: list[list[NDArray[np.int64]]] = [[], [], []]
    for c in known.classes:
        at = rng.permutation(np.flatnonzero(known.values == c))
        at = at[: max(_FEWEST, round(share * len(at)))]
        for part, piece in zip(
            parts, np.split(at, [round(0.6 * len(at)), round(0.8 * len(at))]), strict=True
        ):
            part.append(piece)
    joined = [np.sort(np.concatenate(p)) for p in parts]
    first, second, third = (Labelled(known.rows[at], known.values[at]) for at in joined)
    return first, second, third


def _figures(
    space: Space, head: SparseLinear, both: Hybrid, hybrid: bool, held: Labelled
) -> dict[str, Any]:
    """Accuracies on held-out items, recall of each class, and the share of the rest."""
    C, R = space.codes[held.rows], space.vectors(held.rows)
    alone, joint = head.predict(C), both.predict(C, R)
    said = joint if hybrid else alone
    recall = [
        float((said[held.y == c] == c).mean()) if (held.y == c).any() else None
        for c in head.classes_
    ]
    _, counts = np.unique(held.y, return_counts=True)
    return {
        "accuracy": float((said == held.y).mean()),
        "concepts_alone": float((alone == held.y).mean()),
        "hybrid": float((joint == held.y).mean()),
        "unlabelled": float(both.shares(C, R).unlabelled.mean()),
        "majority": float(counts.max() / counts.sum()),
        "recall": recall,
    }


def _safeguard(
    space: Space,
    head: SparseLinear,
    rest: Hybrid | None,
    check: Labelled,
    held: Labelled,
    promise: float,
    random_state: int,
) -> dict[str, Any]:
    """Calibration and threshold, learnt on items that the head did not see; coverage on the
    held-out ones.
    """
    from begriff.bottlenecks import Safeguard

    def probabilities(part: Labelled) -> Floats:
        C = space.codes[part.rows]
        return (
            head.predict_proba(C)
            if rest is None
            else rest.predict_proba(C, space.vectors(part.rows))
        )

    P, y, new = probabilities(check), np.searchsorted(head.classes_, check.y), probabilities(held)

    # without offsets the class with the highest logit stays the predicted one
    def guard(accuracy: float) -> Safeguard:
        return Safeguard(accuracy=accuracy, offsets=False, random_state=random_state).fit(P, y)

    promised = guard(promise)
    coverage = float(promised.answers(new).mean())
    if np.isfinite(promised.threshold_):
        return {"scale": promised.scale_, "threshold": promised.threshold_, "coverage": coverage}
    lower = (guard(round(a, 2)) for a in np.arange(np.ceil(100 * promise) / 100 - 0.01, 0.5, -0.01))
    kept = next((g for g in lower if np.isfinite(g.threshold_) and g.answers(new).any()), None)
    reachable = None if kept is None else [kept.accuracy, float(kept.answers(new).mean())]
    return {"scale": promised.scale_, "threshold": None, "coverage": 0.0, "reachable": reachable}


def _presence(space: Space, head: SparseLinear, train: Labelled) -> dict[str, Floats]:
    """For every concept: slope and offset of how probable it is to be active, given how far an item
    lies along it; its levels, and its mean activation in each class.
    """
    used = np.flatnonzero((head.coef_ != 0).any(axis=0))
    rows = train.rows[:: max(1, len(train.rows) // _PLATT)]
    scores = np.asarray(space.atlas.item_vectors[rows]) @ space.directions[used].T
    active = space.codes[rows][:, used].toarray() > space.on[used]
    slope, offset = (np.zeros(len(space.columns)) for _ in range(2))
    slope[used], offset[used] = platt(scores, active)
    codes = space.codes[train.rows]
    inside = np.stack(
        [
            np.asarray(codes[np.flatnonzero(train.y == c)].mean(axis=0)).ravel()
            for c in head.classes_
        ]
    )
    return {"slope": slope, "offset_of": offset, "inside": inside, **space.levels()}
