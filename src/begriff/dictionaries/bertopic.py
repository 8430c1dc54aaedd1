"""The topics of a BERTopic model as concepts."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_array

from begriff.errors import InputError
from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats, check_vectors, row_batches

__all__ = ["BERTopic"]


class BERTopic(Dictionary):
    """Topics that BERTopic found, each an item's one concept; nothing is learnt anew.

    An item belongs to the topic whose embedding is nearest by cosine, as ``BERTopic.transform``
    decides for a loaded model; its activation is that cosine. An item that is nearest to the topic
    of outliers has no concept.

    Parameters
    ----------
    folder : str or Path
        What ``topic_model.save(folder, serialization="safetensors")`` wrote. Nothing in it is
        executed.

    Attributes
    ----------
    components_ : ndarray (n_topics, n_dims), float32
        Unit topic embeddings, without that of the outliers.
    outliers_ : ndarray (0 or 1, n_dims), float32
        That one.
    bias_ : ndarray (n_dims,), float32
        Zeros.
    n_core_ : int
        n_topics.
    n_features_in_ : int
    suggested_ : str
        Words and labels of the topics, as JSON.

    Examples
    --------
    >>> import begriff as bg
    >>> from begriff.dictionaries import BERTopic
    >>> bg.build(
    ...     "papers.parquet", text="abstract", vectors="papers.npy", dictionary=BERTopic("topics")
    ... )  # doctest: +SKIP

    Source: Grootendorst 2022, "BERTopic: Neural topic modeling with a class-based TF-IDF
    procedure", arXiv 2203.05794.
    """

    _learnt_scalars: ClassVar[tuple[str, ...]] = (*Dictionary._learnt_scalars, "suggested_")

    _learnt = ("components_", "bias_", "outliers_")

    needs_folder: ClassVar[bool] = True

    def __init__(self, folder: str | Path) -> None:
        self.folder = folder

    def fit(self, X: Any, y: None = None) -> Self:
        """Read the topics; X (n_items, n_dims) is only compared in width.

        Raises
        ------
        InputError
            When the folder holds no model in safetensors, or one of other vectors.
        """
        X = check_vectors(X)
        skip, topics = _outliers(self.folder), read_topics(self.folder)
        if topics.shape[1] != X.shape[1]:
            raise InputError(
                f"the topics in {str(self.folder)!r} have {topics.shape[1]} dimensions, the vectors"
                f" {X.shape[1]}: give the embeddings that the model was fitted on"
            )
        self.outliers_, self.components_ = topics[:skip], topics[skip:]
        self.bias_ = np.zeros(X.shape[1], dtype=np.float32)
        self.n_core_ = len(self.components_)
        self.suggested_ = json.dumps(_suggested(self.folder, self.n_core_))
        self.n_features_in_ = X.shape[1]
        return self

    def _encode(self, X: Floats) -> csr_array:
        rows, columns, strengths = [], [], []
        for start, x in row_batches(X, 4096):
            along = x @ self.components_.T
            best = along.argmax(1)
            strength = along[np.arange(len(x)), best]
            kept = strength > np.maximum((x @ self.outliers_.T).max(1, initial=0.0), 0.0)
            rows.append(start + np.flatnonzero(kept))
            columns.append(best[kept])
            strengths.append(strength[kept])
        places = (np.concatenate(rows), np.concatenate(columns))
        return csr_array(
            (np.concatenate(strengths), places),
            shape=(len(X), len(self.components_)),
            dtype=np.float32,
        )

    def request(self) -> list[Any]:
        """Also the topics themselves, which another model in the same folder changes."""
        return [
            *super().request(),
            hashlib.blake2b(read_topics(self.folder).tobytes(), digest_size=8).hexdigest(),
        ]

    def suggested(self) -> tuple[list[list[str]], list[str | None]]:
        """The words of every topic, best first, and the label that somebody gave it."""
        words, labels = json.loads(self.suggested_)
        return words, labels


def read_topics(folder: str | Path) -> Floats:
    """Unit embeddings (n_topics, n_dims) float32 of all topics, that of the outliers first where
    there is one.

    Raises
    ------
    InputError
        When the folder holds no model in safetensors.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = Path(folder) / "topic_embeddings.safetensors"
    try:
        found = np.asarray(load_file(path)["topic_embeddings"], dtype=np.float32)
    except (OSError, SafetensorError, KeyError, ValueError) as e:
        raise InputError(
            f"{str(folder)!r} holds no model of BERTopic in safetensors ({e}): save it with"
            " serialization='safetensors'; pickled ones can execute code and are not read"
        ) from e
    norm = np.linalg.norm(found, axis=1, keepdims=True) if found.ndim == 2 else np.zeros(1)
    if not np.isfinite(norm).all() or not (norm > 0).all() or len(found) <= _outliers(folder):
        raise InputError(
            f"{path} holds embeddings of shape {found.shape} that are not finite, zero, or of no"
            " topic"
        )
    return np.asarray(found / norm, dtype=np.float32)


def _suggested(folder: str | Path, n: int) -> tuple[list[list[str]], list[str | None]]:
    """Words and given labels of the n topics."""
    said, skip = _said(folder), _outliers(folder)
    words = {
        int(t): [str(w) for w, _ in pairs if str(w)]
        for t, pairs in said.get("topic_representations", {}).items()
    }
    given = (said.get("custom_labels") or [])[skip:]
    labels = [str(given[t]).strip() or None if t < len(given) else None for t in range(n)]
    return [words.get(t, []) for t in range(n)], labels


def _outliers(folder: str | Path) -> int:
    return int(bool(_said(folder).get("_outliers", 0)))


def _said(folder: str | Path) -> dict[str, Any]:
    path = Path(folder) / "topics.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        raise InputError(
            f"{str(folder)!r} holds no readable topics.json ({e}): give a folder that BERTopic"
            " saved"
        ) from e
    if not isinstance(found, dict):
        raise InputError(f"{path} is no object: give a folder that BERTopic saved")
    return found
