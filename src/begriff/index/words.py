"""Words of the items, searched by BM25 (tantivy)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.base import Floats
from begriff.errors import AtlasError

__all__ = ["WordIndex"]


class WordIndex:
    """A tantivy index with one document per item.

    Parameters
    ----------
    folder : Path
        Where ``build`` wrote it.

    Raises
    ------
    AtlasError
        When it cannot be opened.
    """

    def __init__(self, folder: Path) -> None:
        import tantivy

        try:
            self._index: Any = tantivy.Index.open(str(folder))
        except (ValueError, OSError) as e:
            raise AtlasError(f"{folder} is damaged ({e}): delete its folder and run the build again") from e
        self._searcher: Any = self._index.searcher()

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self._searcher.num_docs)

    @staticmethod
    def build(folder: Path, batches: Iterable[list[str]]) -> None:
        """Index texts in order; an index cut off half-way is started again."""
        import shutil

        import tantivy

        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        index = tantivy.Index(_schema(), path=str(folder))
        _write(index, enumerate(text for texts in batches for text in texts))

    @staticmethod
    def extend(before: Path, folder: Path, texts: Iterable[tuple[int, str]], n_before: int) -> None:
        """Write the index of ``before``, of ``n_before`` items, with more items or other texts of some: pairs of a row and its text."""
        import shutil

        import tantivy

        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(before, folder)
        _write(tantivy.Index.open(str(folder)), texts, n_before)

    def search(self, text: str, k: int, *, mask: NDArray[np.bool_] | None = None) -> tuple[NDArray[np.int64], Floats]:
        """Items and BM25 scores of the k best; ``mask`` (n,) keeps items that are True. Words that no item holds are ignored."""
        query = self._query(_words(text))
        limit, total = (k if mask is None else 4 * k + 100), max(1, int(self._searcher.num_docs))
        while True:
            hits = self._searcher.search(query, min(limit, total)).hits
            rows = np.array([self._searcher.doc(address)["row"][0] for _, address in hits], dtype=np.int64)
            scores = np.array([score for score, _ in hits], dtype=np.float32)
            keep = np.ones(len(rows), bool) if mask is None else mask[rows]
            if keep.sum() >= k or len(hits) < limit or limit >= total:
                order = np.lexsort((rows[keep], -scores[keep]))[:k]
                return rows[keep][order], scores[keep][order]
            limit *= 8

    def terms(self, text: str, rows: NDArray[np.int64]) -> list[list[tuple[str, float]]]:
        """For every item what each word of the query adds to its score; the words' scores sum to it."""
        out: list[list[tuple[str, float]]] = [[] for _ in rows]
        place = {int(r): i for i, r in enumerate(rows)}
        for word in _words(text):
            for row, score in self._scores_of(word, rows):
                out[place[row]].append((word, score))
        return [sorted(t, key=lambda w: -w[1]) for t in out]

    def _scores_of(self, word: str, rows: NDArray[np.int64]) -> list[tuple[int, float]]:
        import tantivy

        one = tantivy.Occur.Must
        term = self._query([word])
        found: list[tuple[int, float]] = []
        for row in rows:
            exact = tantivy.Query.const_score_query(tantivy.Query.term_query(_schema(), "row", int(row)), 0.0)
            hits = self._searcher.search(tantivy.Query.boolean_query([(one, term), (one, exact)]), 1).hits
            found.extend((int(row), float(score)) for score, _ in hits)
        return found

    def _query(self, words: list[str]) -> Any:
        import tantivy

        if not words:
            return tantivy.Query.empty_query()
        return self._index.parse_query(" ".join(f'"{w}"' for w in words), ["text"])


def _write(index: Any, texts: Iterable[tuple[int, str]], n_before: int = 0) -> None:
    """Add texts of rows; those below ``n_before`` replace what is there."""
    import tantivy

    writer: Any = index.writer(heap_size=64_000_000, num_threads=1)
    for row, text in texts:
        if row < n_before:
            writer.delete_documents_by_query(tantivy.Query.term_query(_schema(), "row", row))
        document: Any = tantivy.Document()
        document.add_unsigned("row", row)
        document.add_text("text", text)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


def _words(text: str) -> list[str]:
    """Words of a query; of those with equal stems, which the index cannot tell apart, the first."""
    from snowballstemmer import stemmer

    stem: Callable[[str], str] = stemmer("english").stemWord
    return list({stem(w): w for w in reversed(re.findall(r"[^\W_]+", text.lower()))}.values())[::-1]


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", stored=True, indexed=True, fast=True)
    builder.add_text_field("text", stored=False, tokenizer_name="en_stem")
    return builder.build()
