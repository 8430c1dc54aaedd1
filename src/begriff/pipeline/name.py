"""Stage 6: names for the core, scored on items that the namer never saw, beside their controls."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.analysis.near_duplicates import near_pairs
from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats, Progress
from begriff.kinds.encoder import Encoder
from begriff.linalg.blas_threads import one_blas_thread
from begriff.linalg.neighbours import neighbours
from begriff.metrics.reconstruction import fvu, usage
from begriff.naming.evidence import Evidence, gather
from begriff.naming.judges import Judgement, judge, stem_incidence
from begriff.naming.namer import Candidates, choose_names
from begriff.naming.phrases import Phrases, stem_key
from begriff.naming.polysemy import polysemous
from begriff.pipeline.learn import Sample

__all__ = ["label", "NameJudge", "WEAK"]

WEAK = 0.65
WELL = 0.8
KEEP = 0.1
BACKGROUND = 0.1
_SAME = 0.97
_JUDGED = 8000


@dataclass(frozen=True)
class _Half:
    """Every second item of the sample, with neighbours among themselves."""

    rows: NDArray[np.int64]
    vectors: Floats
    near: NDArray[np.int32]


@dataclass(frozen=True)
class _Court:
    """What judging needs besides names: held-out items under both encoders."""

    stems: tuple[csr_array, dict[str, int]]
    second_items: Floats | None
    second_phrases: Floats | None


class NameJudge:
    """What names are worth that any dictionary's concepts get from the phrases of a sample, judged
    by the words of held-out items.

    Parameters
    ----------
    sample : Sample
        Of it at most 8,000 items, evenly, are used.
    """

    def __init__(self, sample: Sample) -> None:
        step = -(-len(sample.rows) // _JUDGED)
        rows = np.arange(0, len(sample.rows), step)
        phrases = Phrases(sample.phrases.texts, csr_array(sample.phrases.incidence[rows]))
        self._sample = Sample(
            sample.rows[rows],
            sample.texts[::step],
            sample.vectors[rows],
            phrases,
            sample.phrase_vectors,
        )
        self._seen, self._held = (_half(self._sample, i) for i in (0, 1))
        self._court = _Court(
            stem_incidence([self._sample.texts[r] for r in self._held.rows]), None, None
        )

    def __call__(self, dictionary: Dictionary) -> dict[str, float]:
        """Median score of the names of the core, and of the same names dealt out to other concepts;
        NaN without any.
        """
        n_core, sample = dictionary.n_core_, self._sample
        core = csr_array(dictionary.transform(sample.vectors)[:, :n_core])
        names, evidence, verdicts = _run(
            dictionary, core, np.full(n_core, -1), sample, self._seen, self._held, self._court
        )
        order = np.random.default_rng(0).permutation(n_core)
        shuffled = _judge(
            [names[i] for i in order], dictionary, evidence, sample, self._held, self._court
        )
        both = {"name": verdicts, "name_shuffled": shuffled}
        known = {k: [v.score for v in vs if not np.isnan(v.score)] for k, vs in both.items()}
        return {
            k: float(np.median(scores)) if scores else float("nan") for k, scores in known.items()
        }


def label(
    dictionary: Dictionary,
    control: Dictionary,
    codes: csr_array,
    sample: Sample,
    stability: Floats,
    anchors: NDArray[np.int64],
    second: Encoder | None,
    folder: Path,
    progress: Progress | None,
    *,
    known: Mapping[int, str] | None = None,
) -> None:
    """Write ``concepts.json`` (a record per core concept) and ``quality.json`` (figures beside
    their controls).

    Parameters
    ----------
    codes : csr_array (n_items, n_concepts)
        Of the whole corpus.
    stability : ndarray (2, n_core)
    anchors : ndarray (n_core,)
    second : Encoder, optional
        The judge; None leaves words as the only independent one.
    known : mapping, optional
        Row -> name that the concept had in the version before: kept unless another one scores
        better by more than .1.
    """
    folder.mkdir(parents=True, exist_ok=True)
    steps = iter(range(1, 7))
    tick = (lambda: progress(next(steps), 6)) if progress is not None else (lambda: None)
    seen, held = (_half(sample, i) for i in (0, 1))
    tick()
    court = _Court(
        stem_incidence([sample.texts[r] for r in held.rows]),
        second.encode([sample.texts[r] for r in held.rows]) if second else None,
        second.encode(sample.phrases.texts) if second and sample.phrases.texts else None,
    )
    tick()
    n_core, here = dictionary.n_core_, codes[sample.rows]
    core = csr_array(here[:, :n_core])
    names, evidence, verdicts = _run(dictionary, core, anchors, sample, seen, held, court)
    if known:
        fixed = _worth_keeping(known, names, verdicts, dictionary, evidence, sample, held, court)
        names, evidence, verdicts = _run(
            dictionary, core, anchors, sample, seen, held, court, fixed
        )
    tick()
    frozen_codes = control.transform(sample.vectors)
    frozen = _run(
        control, csr_array(frozen_codes[:, :n_core]), np.full(n_core, -1), sample, seen, held, court
    )[2]
    tick()
    order = np.random.default_rng(0).permutation(len(names))
    shuffled = _judge([names[i] for i in order], dictionary, evidence, sample, held, court)
    tick()
    with one_blas_thread():
        many = polysemous(core, sample.vectors)
    records = _records(
        names, verdicts, sample, usage(csr_array(codes[:, :n_core])), stability, many
    )
    _add_failures(records, names, evidence, sample, held, court)
    figures = _figures(records, verdicts, shuffled, frozen)
    figures["dictionary"] = _fit_figures(
        dictionary, control, here, frozen_codes, sample.vectors, stability
    )
    figures["dictionary"]["mass_well_named"] = _mass(core, records)
    repeated = np.unique(near_pairs(sample.vectors, min_cosine=_SAME)[0])
    figures["repeats"] = {"items": len(repeated), "of": len(sample.rows), "min_cosine": _SAME}
    (folder / "concepts.json").write_text(json.dumps(records))
    (folder / "quality.json").write_text(json.dumps(figures, indent=1))
    tick()


def _half(sample: Sample, parity: int) -> _Half:
    rows = np.arange(parity, len(sample.rows), 2)
    vectors = sample.vectors[rows]
    return _Half(rows, vectors, neighbours(vectors, 64))


@one_blas_thread()
def _run(
    dictionary: Dictionary,
    core: csr_array,
    anchors: NDArray[np.int64],
    sample: Sample,
    seen: _Half,
    held: _Half,
    court: _Court,
    fixed: Mapping[int, int] | None = None,
) -> tuple[list[list[int]], list[Evidence], list[Judgement]]:
    """Name on one half, judge on the other."""
    phrases = Phrases(sample.phrases.texts, csr_array(sample.phrases.incidence[seen.rows]))
    components = dictionary.components_[: dictionary.n_core_]
    candidates = Candidates(phrases, sample.phrase_vectors, anchors)
    names = choose_names(
        candidates, gather(core[seen.rows], seen.near), components, seen.vectors, fixed=fixed
    )
    evidence = gather(core[held.rows], held.near)
    return names, evidence, _judge(names, dictionary, evidence, sample, held, court)


def _worth_keeping(
    known: Mapping[int, str],
    names: list[list[int]],
    verdicts: list[Judgement],
    dictionary: Dictionary,
    evidence: list[Evidence],
    sample: Sample,
    held: _Half,
    court: _Court,
) -> dict[int, int]:
    """Row -> phrase of the names of before that are still as good as the new ones, within .1."""
    place = {t: i for i, t in enumerate(sample.phrases.texts)}
    before = [
        [place[known[j]]] if j in known and known[j] in place else [] for j in range(len(names))
    ]
    again = _judge(before, dictionary, evidence, sample, held, court)
    # false where either has no score
    better = [v.score - w.score > KEEP for v, w in zip(verdicts, again, strict=True)]
    return {j: before[j][0] for j in range(len(names)) if before[j] and not better[j]}


@one_blas_thread()
def _judge(
    names: list[list[int]],
    dictionary: Dictionary,
    evidence: list[Evidence],
    sample: Sample,
    held: _Half,
    court: _Court,
) -> list[Judgement]:
    texts = sample.phrases.texts
    first = [n[0] if n else 0 for n in names]
    has_vectors = bool(sample.phrase_vectors.any())
    second = (
        (court.second_phrases[first], court.second_items)
        if court.second_phrases is not None
        else None
    )
    return judge(
        [texts[n[0]] if n else None for n in names],
        evidence,
        court.stems,
        components=dictionary.components_[: dictionary.n_core_],
        vectors=held.vectors,
        first=sample.phrase_vectors[first] if has_vectors else None,
        second=second,  # type: ignore[arg-type]
    )


def _records(
    names: list[list[int]],
    verdicts: list[Judgement],
    sample: Sample,
    frequency: Floats,
    stability: Floats,
    many: NDArray[np.bool_],
) -> list[dict[str, Any]]:
    records = []
    for j, (phrases, verdict) in enumerate(zip(names, verdicts, strict=True)):
        words = [sample.phrases.texts[p] for p in phrases]
        good = bool(words) and verdict.score >= WEAK
        judges = {k: _clean(getattr(verdict, k)) for k in ("words", "second", "first", "ceiling")}
        records.append(
            {
                "name": words[0] if good else None,
                "aliases": words[1:] if good else words,
                "score": _number(verdict.score),
                "score_all": _number(verdict.score_all),
                "judges": judges,
                "frequency": round(float(frequency[j]), 6),
                "stability": _number(float(stability[0, j])),
                "background": bool(frequency[j] > BACKGROUND),
                "polysemous": bool(many[j]),
                "fails": [],
            }
        )
    return records


def _add_failures(
    records: list[dict[str, Any]],
    names: list[list[int]],
    evidence: list[Evidence],
    sample: Sample,
    held: _Half,
    court: _Court,
) -> None:
    """Held-out items of the strongest decile that fit the name worst, by the judges."""
    for record, phrases, e in zip(records, names, evidence, strict=True):
        if not phrases or not len(e.strongest):
            continue
        holds = sample.phrases.incidence[held.rows[e.strongest]][:, [phrases[0]]]
        fit = np.asarray(holds.toarray()).ravel()
        if court.second_items is not None and court.second_phrases is not None:
            fit = fit + court.second_items[e.strongest] @ court.second_phrases[phrases[0]]
        worst = e.strongest[np.argsort(fit, kind="stable")[:3]]
        record["fails"] = [
            int(sample.rows[held.rows[w]]) for w in worst if fit[list(e.strongest).index(w)] < 0.5
        ]


def _figures(
    records: list[dict[str, Any]],
    verdicts: Sequence[Judgement],
    shuffled: Sequence[Judgement],
    frozen: Sequence[Judgement],
) -> dict[str, Any]:
    """Medians of judges for real names, shuffled names and a frozen random decoder under the same
    pipeline.
    """
    chosen = [r["name"] or (r["aliases"] or [""])[0] for r in records]
    unique = len({stem_key(c) for c in chosen if c}) / max(1, sum(bool(c) for c in chosen))
    well = [r["score"] is not None and r["score"] >= WELL for r in records]
    return {
        "names": _medians(verdicts),
        "shuffled_names": _medians(shuffled),
        "frozen_decoder": _medians(frozen),
        "unique_names": round(unique, 4),
        "well_named": round(float(np.mean(well)), 4),
        "named": round(float(np.mean([r["name"] is not None for r in records])), 4),
    }


def _medians(verdicts: Sequence[Judgement]) -> dict[str, Any]:
    def median(values: list[float]) -> float | None:
        kept = [v for v in values if not np.isnan(v)]
        return round(float(np.median(kept)), 4) if kept else None

    out: dict[str, Any] = {
        "strongest_decile": median([v.score for v in verdicts]),
        "all_active": median([v.score_all for v in verdicts]),
    }
    for name in ("words", "second", "first", "ceiling"):
        out[name] = [median([getattr(v, name)[i] for v in verdicts]) for i in (0, 1)]
    return out


def _fit_figures(
    dictionary: Dictionary,
    control: Dictionary,
    codes: csr_array,
    control_codes: csr_array,
    X: Floats,
    stability: Floats,
) -> dict[str, Any]:
    def measure(d: Dictionary, c: csr_array) -> dict[str, Any]:
        core = csr_array(c[:, : d.n_core_])
        use = usage(c)
        return {
            "fvu_core": _number(fvu(X, core @ d.components_[: d.n_core_] + d.bias_)),
            "fvu": _number(fvu(X, d.inverse_transform(c))),
            "l0_core": round(core.nnz / len(X), 2),
            "l0": round(c.nnz / len(X), 2),
            "dead": round(float((use == 0).mean()), 4),
            "background": round(float((use[: d.n_core_] > BACKGROUND).mean()), 4),
        }

    return {
        **measure(dictionary, codes),
        "stability": (
            _number(float(np.nanmean(stability[0]))) if np.isfinite(stability[0]).any() else None
        ),
        "stability_random": (
            _number(float(np.nanmean(stability[1]))) if np.isfinite(stability[1]).any() else None
        ),
        "found_again": (
            _number(float(np.mean(stability[0] >= 0.7)))
            if np.isfinite(stability[0]).any()
            else None
        ),
        "frozen_decoder": measure(control, control_codes),
    }


def _mass(core: csr_array, records: list[dict[str, Any]]) -> float | None:
    """Share of the strength of core codes that well-named concepts carry."""
    strength = np.asarray(abs(core).sum(0)).ravel()
    well = np.array(
        [r["score"] is not None and r["score"] >= WELL and not r["background"] for r in records]
    )
    return _number(float(strength[well].sum() / strength.sum())) if strength.sum() > 0 else None


def _number(value: float) -> float | None:
    return None if not np.isfinite(value) else round(float(value), 4)


def _clean(pair: tuple[float, float]) -> tuple[float, float] | None:
    a, b = (_number(v) for v in pair)
    return None if a is None or b is None else (a, b)
