"""How well a dictionary fits what came since it was learnt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.analysis.differences import compare, counts
from begriff.documents.models import Drift, Growth
from begriff.kinds.checks import Floats

if TYPE_CHECKING:
    from begriff.store.snapshot import Snapshot

__all__ = ["as_growth", "measure", "summed"]

_SAMPLE = 10_000
_DRIFTS = 20
_ALPHA = 0.05
WORSE = 1.15
MUCH = 0.5
_FEW = 30


def measure(atlas: Snapshot, vectors: Floats, codes: csr_array) -> dict[str, Any]:
    """Unexplained variance of the corpus and of fresh items, in shares of the corpus's variance,
    and concepts whose share changed.

    Parameters
    ----------
    atlas : Snapshot
        The version that the dictionary is compared on.
    vectors : ndarray (n_fresh, n_dims)
    codes : csr_array (n_fresh, n_concepts)
    """
    old = _even(atlas.n_items)
    X = np.asarray(atlas.item_vectors[old])
    variance = float(((X - X.mean(0)) ** 2).sum(1).mean())
    fresh = _even(len(vectors))
    n_core = len(atlas.concept_records)
    whole, part = csr_array(atlas.item_codes[old]), csr_array(codes[fresh])
    before = _left(atlas, X, whole) / max(variance, 1e-12)  # guards items that are all equal
    return {
        "fvu_before": round(before, 4),
        "fvu_expected": round(before * _generalises(atlas), 4),
        "fvu_fresh": round(
            _left(atlas, np.asarray(vectors[fresh]), part) / max(variance, 1e-12), 4
        ),
        "drift": _drift(atlas, csr_array(whole[:, :n_core]), csr_array(part[:, :n_core])),
    }


def summed(changes: list[dict[str, Any]], fitted: int) -> tuple[bool, str]:
    """Whether a refit is due after some changes of an atlas whose dictionary was learnt on
    ``fitted`` items, and why.
    """
    fresh = sum(c["added"] + c["updated"] for c in changes if c["fvu_fresh"] is not None)
    gone = sum(c["removed"] + c["updated"] for c in changes)
    if fresh:
        now = (
            sum(
                c["fvu_fresh"] * (c["added"] + c["updated"])
                for c in changes
                if c["fvu_fresh"] is not None
            )
            / fresh
        )
        expected = next((c["fvu_expected"] for c in changes if c["fvu_expected"] is not None), None)
        if expected is not None and now > WORSE * expected and fresh >= _FEW:
            return (
                True,
                (
                    f"what came since leaves {now:.1%} of the variance unexplained, more of the"
                    f" same kind would leave {expected:.1%}"
                ),
            )
    if fresh > MUCH * fitted or gone > MUCH * fitted:
        return (
            True,
            f"{fresh:,} items came and {gone:,} went since the concepts were learnt on {fitted:,}",
        )
    return False, ""


def _generalises(atlas: Snapshot) -> float:
    """How many times the variance of items that the dictionary saw it leaves of others of the same
    kind.

    Measured with one that was learnt on half of the items; the gap is taken to be half as wide with
    all of them.
    """
    path = atlas.store.folder("dictionary") / "generalisation.json"
    if not path.exists():  # learnt by a version that did not measure it
        return 1.0
    found = json.loads(path.read_text())
    return 1 + max(0.0, float(found["unseen"]) / max(float(found["seen"]), 1e-6) - 1) / 2


def _even(n: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, max(n - 1, 0), min(n, _SAMPLE)).astype(np.int64))


def _left(atlas: Snapshot, X: Floats, codes: csr_array) -> float:
    """Mean square (a number) of what the codes leave of X."""
    total = 0.0
    for start in range(0, len(X), 2048):
        part = X[start : start + 2048] - (
            codes[start : start + 2048] @ atlas.components + atlas.bias
        )
        total += float((part.astype(np.float64) ** 2).sum())
    return total / max(len(X), 1)


def _drift(atlas: Snapshot, whole: csr_array, part: csr_array) -> list[Drift]:
    found = compare(counts(whole), counts(part), whole.shape[0], part.shape[0], alpha=_ALPHA)
    order = [
        r
        for r in np.argsort(-np.abs(found.effect), kind="stable")
        if found.q[r] <= _ALPHA and not atlas.concept_records[r].hidden
    ]
    return [
        Drift(
            concept=atlas.concept_records[r].id,
            name=atlas.concept_records[r].label,
            before=round(float(found.share_a[r]), 4),
            fresh=round(float(found.share_b[r]), 4),
            q=float(found.q[r]),
        )
        for r in order[:_DRIFTS]
    ]


def as_growth(
    atlas: Snapshot,
    change: dict[str, Any],
    changes: list[dict[str, Any]],
    fitted: int,
    rejected: str | None,
) -> Growth:
    """The document of one change of an atlas, which is given as it is now."""
    due, why = summed(changes, fitted)
    fields = {k: v for k, v in change.items() if k in Growth.model_fields}
    return Growth(
        path=str(atlas.path),
        version=atlas.version,
        items=atlas.n_items,
        refit_due=due,
        why=why,
        rejected_file=rejected,
        **fields,
    )
