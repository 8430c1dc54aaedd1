"""A table of token vectors distilled from MiniLM: hundreds of times faster, less exact."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from begriff.encoders._cache import cache_folder, made_once
from begriff.encoders._passages import passages
from begriff.encoders.minilm import MiniLM
from begriff.errors import MissingExtraError
from begriff.kinds.checks import Floats, Progress
from begriff.kinds.encoder import Encoder

__all__ = ["Static"]

_CHUNK = 16_384
_BUSY = threading.Lock()  # model2vec changes its tokenizer's settings in place


class Static(Encoder):
    """Mean of token vectors that were distilled from MiniLM by model2vec.

    The table (15 MB) is made once, in about half a minute on two cores, and kept in the cache
    folder (``BEGRIFF_CACHE``, else ``~/.cache/begriff``).

    Attributes
    ----------
    name : str
    n_dims : int
        256.

    Examples
    --------
    >>> from begriff.encoders import Static
    >>> Static().encode(["protein folding"]).shape  # doctest: +SKIP
    (1, 256)

    Source: Tulkens and van Dongen 2024, "Model2Vec: fast state-of-the-art static embeddings".
    """

    n_dims = 256
    name = "static-minilm-256"

    def __init__(self) -> None:
        self._model: Any = None
        self._query: tuple[str, Floats] | None = None

    @staticmethod
    def ready() -> bool:
        """Whether the table has been distilled already, so that the first use is fast."""
        return (cache_folder() / Static.name).exists()

    def _load(self) -> Any:
        if self._model is None:
            try:
                from model2vec import StaticModel
            except ImportError as e:
                raise MissingExtraError("the static encoder", "text") from e
            self._model = StaticModel.from_pretrained(made_once(self.name, _distil))
            self._model.tokenizer.no_truncation()  # the teacher's file asks for 128 tokens
        return self._model

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Floats:
        """Unit vectors of texts.

        Parameters
        ----------
        texts : sequence of str
        progress : callable, optional
            Called with (texts done, texts in all).

        Returns
        -------
        ndarray (n_texts, 256), float32; a text without a known token gets a constant vector.

        Raises
        ------
        MissingExtraError
            Without the ``[text]`` extra.
        """
        model = self._load()
        out = np.empty((len(texts), self.n_dims), dtype=np.float32)
        for start in range(0, len(texts), _CHUNK):
            chunk = list(texts[start : start + _CHUNK])
            with _BUSY:
                vectors = model.encode(chunk, max_length=None, use_multiprocessing=False)
            length = np.linalg.norm(vectors, axis=1, keepdims=True)
            out[start : start + len(chunk)] = np.where(
                length > 1e-9, vectors / np.maximum(length, 1e-9), self.n_dims**-0.5
            )
            if progress is not None:
                progress(start + len(chunk), len(texts))
        return out

    def spans(self, texts: Sequence[str], *, overlap: int = 32) -> list[list[tuple[int, int]]]:
        """For every text the character ranges of its passages: 256 tokens, sharing ``overlap``."""
        tokenizer = self._load().tokenizer
        return passages(
            lambda t: tokenizer.encode_batch(t, add_special_tokens=False), texts, 256, overlap
        )

    def words(self, text: str, query: str) -> list[tuple[int, int, float]]:
        """Character range of every token of ``text`` and its share of the cosine with ``query``."""
        model, known = self._load(), self._query
        if known is None or known[0] != query:
            self._query = known = query, self.encode([query])[0]
        with _BUSY:
            encoding = model.tokenizer.encode(text, add_special_tokens=False)
        if not encoding.ids:
            return []
        ids = np.asarray(encoding.ids)
        table = model.embedding[
            model.token_mapping[ids] if model.token_mapping is not None else ids
        ]
        table = table.astype(np.float32) * (
            model.weights[ids][:, None] if model.weights is not None else 1.0
        )
        # guards an empty sum
        along = table @ known[1] / max(float(np.linalg.norm(table.sum(0))), 1e-9)
        return [(a, b, float(v)) for (a, b), v in zip(encoding.offsets, along, strict=True)]


def _distil(folder: Path) -> None:
    """Make the table.

    The model is loaded as MiniLM loads it, which is faster than by the library and reports nothing.
    """
    teacher = MiniLM(device="cpu", precision="float32")
    try:
        from model2vec.distill import distill_from_model
        from transformers import PreTrainedTokenizerFast
    except ImportError as e:
        raise MissingExtraError("distilling the static encoder", "text") from e
    model, tokenizer = (
        teacher._model(),
        PreTrainedTokenizerFast.from_pretrained(str(teacher.folder())),
    )
    # a name that is no path is looked for in the network
    model.name_or_path = str(teacher.folder())
    with contextlib.redirect_stderr(io.StringIO()):  # it draws a progress bar of its own
        distill_from_model(model, tokenizer, device="cpu", pca_dims=Static.n_dims).save_pretrained(
            folder
        )
