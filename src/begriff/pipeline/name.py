"""Stage 6: names for the core, scored on items that the namer never saw, with their controls."""

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
from begriff.kinds import Dictionary, Namer
from begriff.kinds.checks import Floats, Progress
from begriff.kinds.encoder import Encoder
from begriff.linalg.blas_threads import one_blas_thread
from begriff.metrics.reconstruction import fvu, usage
from begriff.naming import Contrast
from begriff.naming.judges import Judgement
from begriff.naming.phrases import Phrases, stem_key
from begriff.naming.polysemy import polysemous
from begriff.pipeline.learn import Sample
from begriff.pipeline.name_trial import Core, Named, NameTrial

__all__ = ["Core", "label", "Learnt", "Named", "NameJudge", "NameTrial", "WEAK"]

WEAK = 0.65
WELL = 0.8
KEEP = 0.1
BACKGROUND = 0.1
_SAME = 0.97
_JUDGED = 8000


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
        self._trial = NameTrial(
            Sample(
                sample.rows[rows],
                sample.texts[::step],
                sample.vectors[rows],
                phrases,
                sample.phrase_vectors,
            )
        )

    def __call__(self, dictionary: Dictionary) -> dict[str, float]:
        """Median score of the names of the core, and of the same names shuffled among the concepts;
        NaN without any.
        """
        core = Core.of(dictionary, dictionary.transform(self._trial.sample.vectors))
        named = self._trial.run(core, Contrast())
        shuffled = self._trial.judge(_shuffled(named.words), core, named.evidence)
        both = {"name": named.verdicts, "name_shuffled": shuffled}
        known = {k: [v.score for v in vs if not np.isnan(v.score)] for k, vs in both.items()}
        return {
            k: float(np.median(scores)) if scores else float("nan") for k, scores in known.items()
        }


@dataclass(frozen=True)
class Learnt:
    """What a build learnt, as naming takes it.

    Attributes
    ----------
    dictionary : Dictionary
    control : Dictionary
        The same method with random directions.
    codes : csr_array (n_items, n_concepts)
        Of the whole corpus.
    stability : ndarray (2, n_core)
        Cosine of each concept with its match in a second fit, and of random directions.
    anchors : ndarray (n_core,)
        Phrase that a concept was anchored at, or -1.
    """

    dictionary: Dictionary
    control: Dictionary
    codes: csr_array
    stability: Floats
    anchors: NDArray[np.int64]

    @classmethod
    def read(cls, folder: Path, dictionary: Dictionary, codes: csr_array) -> Learnt:
        """What lies beside a dictionary in its folder."""
        stability, anchors = (np.load(folder / f"{n}.npy") for n in ("stability", "anchors"))
        return cls(dictionary, Dictionary.load(folder / "control"), codes, stability, anchors)


def label(
    learnt: Learnt,
    sample: Sample,
    folder: Path,
    *,
    namer: Namer,
    first: Encoder | None = None,
    second: Encoder | None = None,
    known: Mapping[int, str] | None = None,
    progress: Progress | None = None,
) -> None:
    """Write ``concepts.json`` (a record per core concept) and ``quality.json`` (figures with their
    controls).

    Parameters
    ----------
    learnt : Learnt
    sample : Sample
    folder : Path
    namer : Namer
    first : Encoder, optional
        What made the vectors.
    second : Encoder, optional
        The judge; None leaves words as the only independent one.
    known : mapping, optional
        Row -> name that the concept had in the version before: kept unless another one scores
        better by more than .1.
    progress : callable, optional
        Called with (step, steps).
    """
    folder.mkdir(parents=True, exist_ok=True)
    steps = iter(range(1, 6))
    tick = (lambda: progress(next(steps), 5)) if progress is not None else (lambda: None)
    trial = NameTrial(sample, first=first, second=second)
    tick()
    here = learnt.codes[sample.rows]
    core = Core.of(learnt.dictionary, here, learnt.anchors)
    named = trial.run(core, namer)
    if known:
        named = trial.run(core, namer, _worth_keeping(known, named, core, trial))
    tick()
    control_codes = learnt.control.transform(sample.vectors)
    frozen = trial.run(Core.of(learnt.control, control_codes), namer).verdicts
    tick()
    shuffled = trial.judge(_shuffled(named.words), core, named.evidence)
    tick()
    records = _records(named, learnt, core, sample, trial)
    figures = _figures(records, named.verdicts, shuffled, frozen)
    figures["dictionary"] = _fit_figures(learnt, here, control_codes, sample.vectors)
    figures["dictionary"]["mass_well_named"] = _mass(core.codes, records)
    repeated = np.unique(near_pairs(sample.vectors, min_cosine=_SAME)[0])
    figures["repeats"] = {"items": len(repeated), "of": len(sample.rows), "min_cosine": _SAME}
    (folder / "concepts.json").write_text(json.dumps(records))
    (folder / "quality.json").write_text(json.dumps(figures, indent=1))
    tick()


def _shuffled(words: list[list[str]]) -> list[list[str]]:
    """The control: every concept gets the words of another one."""
    return [words[i] for i in np.random.default_rng(0).permutation(len(words))]


def _worth_keeping(
    known: Mapping[int, str], named: Named, core: Core, trial: NameTrial
) -> dict[int, str]:
    """Names of the version before that are still as good as the new ones, within .1."""
    before = [[known[j]] if j in known else [] for j in range(len(named.words))]
    again = trial.judge(before, core, named.evidence)
    # false where either has no score
    better = [v.score - w.score > KEEP for v, w in zip(named.verdicts, again, strict=True)]
    return {j: before[j][0] for j in range(len(before)) if before[j] and not better[j]}


def _records(
    named: Named, learnt: Learnt, core: Core, sample: Sample, trial: NameTrial
) -> list[dict[str, Any]]:
    frequency = usage(csr_array(learnt.codes[:, : len(core.components)]))
    with one_blas_thread():
        many = polysemous(core.codes, sample.vectors)
    records = []
    for j, (words, verdict) in enumerate(zip(named.words, named.verdicts, strict=True)):
        good = bool(words) and verdict.score >= WEAK
        judges = {k: _clean(getattr(verdict, k)) for k in ("words", "second", "first", "ceiling")}
        has_worst = bool(words) and len(named.evidence[j].strongest) > 0
        worst = trial.worst(words[0], named.evidence[j]) if has_worst else []
        records.append(
            {
                "name": words[0] if good else None,
                "aliases": list(words[1:] if good else words),
                "score": _number(verdict.score),
                "score_all": _number(verdict.score_all),
                "judges": judges,
                "frequency": round(float(frequency[j]), 6),
                "stability": _number(float(learnt.stability[0, j])),
                "background": bool(frequency[j] > BACKGROUND),
                "polysemous": bool(many[j]),
                "fails": [int(sample.rows[row]) for row in worst],
            }
        )
    return records


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
    learnt: Learnt, codes: csr_array, control_codes: csr_array, X: Floats
) -> dict[str, Any]:
    stability = learnt.stability

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
        **measure(learnt.dictionary, codes),
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
        "frozen_decoder": measure(learnt.control, control_codes),
    }


def _mass(core: csr_array, records: list[dict[str, Any]]) -> float | None:
    """Share of the activation of core codes that well-named concepts carry."""
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
