"""What a head is compared with: other sizes, a frozen decoder, names, the whole vector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.tasks.classify.documents import Accuracy
from begriff.tasks.classify.heads import Labelled, fit_head
from begriff.tasks.classify.space import Space

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas
    from begriff.bottlenecks import SparseLinear

__all__ = ["compared", "whole_vector_probe"]


_COMPARED = (5, 10, 30)


def compared(
    space: Space,
    head: SparseLinear,
    train: Labelled,
    held: Labelled,
    random_state: int,
    controls: bool,
    step: Any,
) -> dict[str, Any]:
    """The same head with other numbers of concepts, over a frozen random decoder, and with concepts
    read by their names.
    """
    if not controls:
        return {"accuracies": [], "by_name": None, "by_shuffled_name": None}
    frozen = _frozen_codes(space, np.concatenate([train.rows, held.rows]))
    step()
    rows = []
    n, n_active = len(train.rows), head.n_active
    for most in sorted({*(m for m in _COMPARED if m <= n_active), n_active}):
        ours = head if most == n_active else fit_head(space, train, most, random_state)
        theirs = None
        if frozen is not None:
            theirs = _accuracy(
                fit_head(space, Labelled(np.arange(n), train.y), most, random_state, frozen),
                frozen[n:],
                held.y,
            )
        rows.append(
            Accuracy(
                most=most, concepts=_accuracy(ours, space.codes[held.rows], held.y), frozen=theirs
            ).model_dump()
        )
        step()
    return {"accuracies": rows, **_by_names(space, head, held, random_state)}


def _accuracy(head: SparseLinear, C: csr_array, y: NDArray[Any]) -> float:
    return float((head.predict(C) == y).mean())


def _frozen_codes(space: Space, rows: NDArray[np.int64]) -> csr_array | None:
    """Codes (n, n_core) of items under the dictionary's control, whose directions are random; None
    where no concept is discovered.
    """
    if not any(c.kind == "discovered" for c in space.columns):
        return None
    from begriff.kinds import Dictionary
    from begriff.pipeline.learn import code, reference_rows

    control = Dictionary.load(space.atlas.snapshot.store.folder("dictionary") / "control")
    codes = code(
        control,
        np.asarray(space.atlas.item_vectors[rows]),
        reference_rows(space.atlas.item_vectors),
    )
    return csr_array(codes[:, : control.n_core_])


def _by_names(
    space: Space, head: SparseLinear, held: Labelled, random_state: int
) -> dict[str, Any]:
    """Accuracy where each concept is switched on by its name's vector, as often and as strongly as
    by its direction.

    The weights stay. Names say something if their own vectors do better than those of other
    concepts' names.
    """
    used = np.flatnonzero((head.coef_ != 0).any(axis=0))
    if not space.atlas.snapshot.steerable or len(used) < 2:
        return {"by_name": None, "by_shuffled_name": None}
    names = space.atlas.snapshot.encode([space.refs[i].name for i in used])
    cosines = np.asarray(space.atlas.item_vectors[held.rows]) @ names.T
    strengths = np.sort(space.codes[held.rows][:, used].toarray(), axis=0)
    order = np.random.default_rng(random_state).permutation(len(used))
    found = []
    for at in (np.arange(len(used)), order):
        C = np.zeros((len(held.rows), head.coef_.shape[1]))
        ranks = cosines[:, at].argsort(axis=0).argsort(axis=0)
        C[:, used] = np.take_along_axis(strengths, ranks, axis=0)
        found.append(float((head.predict(C) == held.y).mean()))
    return {"by_name": found[0], "by_shuffled_name": found[1]}


def whole_vector_probe(atlas: Atlas, train: Labelled, held: Labelled) -> float:
    """Accuracy of a linear probe of the whole vector, the best of three penalties."""
    from sklearn.linear_model import LogisticRegression

    X, Z = (np.asarray(atlas.item_vectors[p.rows]) for p in (train, held))
    cut = round(0.85 * len(X))
    at = np.random.default_rng(0).permutation(len(X))
    fits = {C: LogisticRegression(C=C, max_iter=200, tol=1e-3) for C in (3.0, 30.0)}
    best = max(
        fits,
        key=lambda C: (
            fits[C].fit(X[at[:cut]], train.y[at[:cut]]).score(X[at[cut:]], train.y[at[cut:]])
        ),
    )
    return float(fits[best].fit(X, train.y).score(Z, held.y))
