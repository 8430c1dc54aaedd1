"""Which dictionary? Methods side by side on somebody's own vectors, each with its controls."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

from begriff import catalog
from begriff.documents.models import Document
from begriff.errors import InputError, unknown
from begriff.evaluation import Compared, compare
from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats, Progress, check_vectors
from begriff.pipeline.learn import default_dictionary, sample_of
from begriff.pipeline.name import NameJudge
from begriff.reports.report import Cells, Report, Table

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["compare_dictionaries", "DictionaryComparison", "Method", "Spread"]

_FEW = 60


class Spread(Document):
    """Mean and standard deviation over seeds."""

    mean: float
    spread: float

    def __str__(self) -> str:
        digits = 0 if abs(self.mean) >= 100 else 1 if abs(self.mean) >= 10 else 3
        mean, spread = (f"{v:.{digits}f}" for v in (self.mean, self.spread))
        return mean if float(spread) == 0 else f"{mean} ±{spread.removeprefix('0')}"


class Method(Document):
    """One method: its figures by name (see :func:`begriff.evaluation.measure`), or why it could not
    be fitted.
    """

    name: str
    n_concepts: int
    figures: dict[str, Spread]
    error: str


class DictionaryComparison(Report):
    """Methods on the same vectors; ``vectors`` holds what whole vectors reach, ``any_items`` the
    coherence of items drawn at random.
    """

    n_items: int
    n_dims: int
    n_held: int
    seeds: int
    attributes: list[str]
    vectors: float | None
    any_items: float
    methods: list[Method]

    def tables(self) -> list[Table]:
        """What is kept of vectors, what concepts are worth, what they cost."""
        kept = {
            "concepts": None,
            "L0": "l0",
            "bytes": "bytes",
            "FVU": "fvu",
            "nDCG kept": "ndcg",
            "agreement": "agreement",
        }
        again = {
            "dead": "dead",
            "stability": "stability",
            "before training": "stability_start",
            "random": "stability_random",
        }
        worth = {
            "coherence": "coherence",
            "name": "name",
            "shuffled": "name_shuffled",
            "absorption": "absorption",
            "compositionality": "compositionality",
        }
        cost = {"1": "probe_1", "5": "probe_5", "20": "probe_20", "s": "seconds", "MB": "megabytes"}
        return [
            self._table("What is kept of an item", kept),
            self._table("Whether concepts are used, and stable over seeds", again),
            self._table("What a concept is worth", worth),
            self._table("Labels told by 1, 5 and 20 concepts; what a fit costs", cost),
        ]

    def _table(self, title: str, columns: Mapping[str, str | None]) -> Table:
        shown = {
            c: key
            for c, key in columns.items()
            if key is None or any(key in m.figures for m in self.methods)
        }
        there = [m for m in self.methods if not m.error]
        rows = [
            (
                m.name,
                *(m.n_concepts if key is None else m.figures.get(key) for key in shown.values()),
            )
            for m in there
        ]
        spreads = [key for key in shown.values() if key is not None]
        values = [
            (
                m.name,
                *(_mean(m, key) for key in shown.values()),
                *(m.figures[key].spread if key in m.figures else None for key in spreads),
            )
            for m in there
        ]
        data = ("method", *shown, *(f"{c} spread" for c, key in shown.items() if key is not None))
        return Table(title, data, values, Cells(("method", *shown), rows))

    def summary(self) -> list[str]:
        """What was measured, on what, and how to read it."""
        said = [
            (
                f"Fitted on {self.n_items - self.n_held:,} of {self.n_items:,} items of"
                f" {self.n_dims} dimensions, measured on {self.n_held:,} others; mean and standard"
                f" deviation of {self.seeds} seeds."
            ),
            (
                "stability: mean cosine of concepts matched between two seeds, beside the same"
                " before training and against random directions. coherence: mean cosine of a"
                f" concept's ten strongest items; any two items have {self.any_items:.3f}."
            ),
        ]
        if self.attributes:
            said.append(
                f"1, 5, 20: AUROC of probes of {', '.join(self.attributes)} that see so many"
                f" concepts; whole vectors reach {self.vectors:.3f}. absorption: share of a label"
                " that other concepts than its own say. agreement: share of items that a"
                " classifier of whole vectors sees alike when they are rewritten."
            )
        if any("compositionality" in m.figures for m in self.methods):
            said.append(
                "compositionality: what the concepts of its own labels leave of an item, as a share"
                " of its distance from the mean; less is better."
            )
        if any("name" in m.figures for m in self.methods):
            said.append(
                "name: AUROC of a name's words in telling held-out items that hold the concept,"
                " beside names dealt out anew."
            )
        return said + [f"{m.name} is left out: {m.error}" for m in self.methods if m.error]

    def plot(self) -> Any:
        """Unexplained variance against active concepts, and against bytes an item."""
        from begriff.plots.figures import points

        there = [m for m in self.methods if not m.error]
        of = lambda key: [m.figures[key].mean for m in there]  # noqa: E731
        axes, names = (
            [("active concepts of an item", of("l0")), ("bytes an item", of("bytes"))],
            [m.name for m in there],
        )
        return points(
            axes,
            of("fvu"),
            names,
            y="unexplained variance, held out",
            title="What is left unexplained, at what length",
        )


def _mean(m: Method, key: str | None) -> float | None:
    return m.n_concepts if key is None else m.figures[key].mean if key in m.figures else None


def compare_dictionaries(
    source: Atlas | Floats | str | Path,
    methods: Sequence[str] | Mapping[str, Dictionary] = ("matryoshka", "topk", "kmeans", "pca"),
    *,
    n_concepts: int | None = None,
    k: int | Sequence[int] | None = None,
    labels: Mapping[str, ArrayLike] | None = None,
    by: Sequence[str] | None = None,
    seeds: int = 3,
    keep: str | Path | None = None,
    random_state: int = 0,
    progress: Progress | None = None,
) -> DictionaryComparison:
    """Which way of finding concepts is worth what on these vectors.

    Every method is fitted in a process of its own, with several seeds, on nine tenths of the items,
    and measured on the others. Beside them stands a control with random directions: of the first
    autoencoder, whose encoder adapts to them, or else of the first method.

    Parameters
    ----------
    source : Atlas, array, or path
        An atlas, or vectors (n_items, n_dims); a path of an atlas, or of a .npy file. Of an atlas
        also names and attributes are judged.
    methods : sequence of str, or mapping of str to Dictionary
        Names of methods (``"pretrained:FOLDER"`` for one that was made elsewhere), or unfitted
        dictionaries under a label each.
    n_concepts : int, optional
        Of methods given by name; by default one for every 16 items, from 32 to 1,024. A method that
        allows no more concepts than dimensions gets as many as it may have.
    k : int or sequence of int, optional
        Active concepts of an item, of methods that have a ``k``; several make a method several
        rows. By default a twentieth of ``n_concepts``, from 2 to 32.
    labels : mapping of str to array (n_items,), optional
        Attributes for probes, of an atlas beside its own; an empty string, None or NaN is no label.
    by : sequence of str, optional
        Columns of the atlas that are attributes; by default its categories.
    seeds : int
        Fits of each method.
    keep : str or Path, optional
        A folder for fitted dictionaries, from which an interrupted comparison goes on.
    random_state : int
    progress : callable, optional
        Called with (fits done, fits).

    Returns
    -------
    DictionaryComparison

    Raises
    ------
    InputError
        For vectors that are not finite, fewer than 50 items, an unknown method or column, labels of
        another length, or no method that fits.

    Examples
    --------
    >>> import begriff as bg
    >>> print(bg.compare_dictionaries("vectors.npy", ["topk", "nmf"], seeds=1))  # doctest: +SKIP
    """
    if seeds < 1:
        raise InputError(f"seeds={seeds}: at least 1")
    X, atlas = _vectors(source)
    if atlas is None and by is not None:
        raise InputError(
            f"by={list(by)}: vectors have no columns; give labels instead, or an atlas"
        )
    attributes = {
        **(_attributes(atlas, by) if atlas is not None else {}),
        **_checked(labels or {}, len(X)),
    }
    chosen = (
        methods
        if isinstance(methods, Mapping)
        else _named(methods, len(X), n_concepts, k, random_state)
    )
    if not chosen:
        raise InputError("no method to compare: name at least one, such as topk")
    frozen = _frozen(chosen)
    with nullcontext(keep) if keep is not None else tempfile.TemporaryDirectory() as folder:
        found, task = compare(
            {**chosen, **frozen},
            X,
            Path(str(folder)),
            labels=attributes,
            judge=_judge(atlas),
            control=None if frozen else next(iter(chosen)),
            seeds=seeds,
            random_state=random_state,
            progress=progress,
        )
    if all(c.error for c in found[: len(chosen)]):
        raise InputError("; ".join(c.error for c in found if c.error))
    return DictionaryComparison(
        n_items=len(X),
        n_dims=X.shape[1],
        n_held=len(task.held),
        seeds=seeds,
        attributes=list(attributes) if task.sides else [],
        vectors=task.from_vectors if task.sides else None,
        any_items=task.coherence_of_any,
        methods=[_method(c) for c in found],
    )


def _method(c: Compared) -> Method:
    figures = {
        key: Spread(mean=m, spread=s) for key, (m, s) in c.figures.items() if math.isfinite(m)
    }
    return Method(name=c.label, n_concepts=c.n_concepts, figures=figures, error=c.error)


def _vectors(source: Any) -> tuple[Floats, Atlas | None]:
    """Vectors, and the atlas that they are of."""
    from begriff.atlas.atlas import Atlas

    if isinstance(source, str | Path):
        path = Path(source)
        if path.suffix == ".npy":
            try:
                source = np.load(path, mmap_mode="r", allow_pickle=False)
            except (OSError, ValueError) as e:
                raise InputError(
                    f"{str(path)!r} cannot be read as vectors ({e}): give a .npy file of (n_items,"
                    " n_dims) numbers"
                ) from e
        else:
            source = Atlas(path)
    if isinstance(source, Atlas):
        return np.asarray(source.item_vectors), source
    return check_vectors(source, name="vectors"), None


def _attributes(atlas: Atlas, by: Sequence[str] | None) -> dict[str, NDArray[Any]]:
    """Columns as labels; by default those that are categories with at most 60 values."""
    for name in by or ():
        if name not in atlas.columns:
            raise unknown("column", name, atlas.columns)
    names = by if by is not None else [n for n, kind in atlas.columns.items() if kind == "category"]
    found = {name: _texts(atlas.snapshot.column(name)) for name in names}
    return {n: v for n, v in found.items() if by is not None or len(np.unique(v)) <= _FEW}


def _checked(labels: Mapping[str, Any], n: int) -> dict[str, NDArray[Any]]:
    out = {name: _texts(values) for name, values in labels.items()}
    for name, values in out.items():
        if len(values) != n:
            raise InputError(
                f"{len(values)} labels {name!r} for {n} items: give one for every item"
            )
    return out


def _texts(values: Any) -> NDArray[Any]:
    """Labels as texts; empty for None and NaN."""
    return np.array(["" if v is None or v != v else str(v) for v in values])


def _named(
    names: Sequence[str],
    n_items: int,
    n_concepts: int | None,
    k: int | Sequence[int] | None,
    random_state: int,
) -> dict[str, Dictionary]:
    """Methods of equal size; those with a ``k`` once for every one that is asked for."""
    usual = default_dictionary(n_items, random_state)
    n = usual.n_core if n_concepts is None else n_concepts
    ks = [int(np.clip(n // 20, 2, 32))] if k is None else [k] if isinstance(k, int) else list(k)
    out: dict[str, Dictionary] = {}
    for name in names:
        method, folder = catalog.find_dictionary(name)
        if folder:  # it has the size that it has
            out[name] = method(*folder)
            continue
        has_k = method().sizes.n_active is not None
        for active in ks if has_k else ks[:1]:
            label = f"{method.__name__} k={active}" if has_k and len(ks) > 1 else method.__name__
            out[label] = method().sized(n, active, usual.batch_size)
    return out


def _frozen(chosen: Mapping[str, Dictionary]) -> dict[str, Dictionary]:
    """The first autoencoder whose directions never learn, to which its encoder adapts; none where
    there is none.
    """
    first = next((label for label, d in chosen.items() if d.stepwise), None)
    return (
        {}
        if first is None
        else {f"random ({first})": clone(chosen[first]).set_params(freeze_decoder=True)}
    )


def _judge(atlas: Atlas | None) -> NameJudge | None:
    """A judge of names, where there are phrases to name with."""
    if atlas is None:
        return None
    sample = sample_of(atlas.snapshot)
    return NameJudge(sample) if sample.phrases.texts else None
