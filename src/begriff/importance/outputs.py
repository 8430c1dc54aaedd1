"""One number an item from any model."""

from __future__ import annotations

from typing import Any

import numpy as np

from begriff.errors import InputError
from begriff.kinds.checks import Floats

__all__ = ["scores"]


def scores(model: Any, X: Any, *, target: int | None = None) -> Floats:
    """What a model says about items.

    Parameters
    ----------
    model : estimator or callable
        An estimator's ``decision_function`` is asked, else ``predict_proba``, else ``predict``;
        anything else is called with X. For a torch module give ``lambda X:
        net(torch.as_tensor(X))``.
    X : array_like (n_items, n_dims)
        Handed to the model as it is.
    target : int, optional
        Column, where the model says several numbers. Of the two probabilities of a binary model the
        second one is the default.

    Returns
    -------
    ndarray (n_items,), float64

    Raises
    ------
    InputError
        When the model says several numbers and ``target`` is not given, or NaN, or not one row an
        item.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.importance import scores
    >>> scores(lambda X: X @ [1.0, -1.0], np.array([[2.0, 1.0], [0.0, 3.0]])).tolist()
    [1.0, -3.0]
    """
    method = next(
        (m for m in ("decision_function", "predict_proba", "predict") if hasattr(model, m)), ""
    )
    ask = getattr(model, method) if method else model
    if not callable(ask):
        raise InputError(
            f"model is a {type(model).__name__}: give a callable X -> scores, or a fitted estimator"
        )
    said = ask(X)
    said = np.asarray(
        said.detach().cpu().numpy() if hasattr(said, "detach") else said, dtype=np.float64
    )
    n = X.shape[0] if hasattr(X, "shape") else len(X)
    if (
        said.ndim == 2
        and target is None
        and (said.shape[1] == 1 or (said.shape[1] == 2 and method == "predict_proba"))
    ):
        target = -1
    if said.ndim == 2 and target is not None:
        if not -said.shape[1] <= target < said.shape[1]:
            raise InputError(
                f"target={target}: the model says {said.shape[1]} numbers an item, 0 to"
                f" {said.shape[1] - 1}"
            )
        said = said[:, target]
    if said.shape != (n,):
        raise InputError(
            f"the model said shape {said.shape} for {n} items: it must say one number each, or give"
            " target"
        )
    if not np.isfinite(said).all():
        raise InputError("the model said NaN or infinity: test another output, as the logit")
    return said
