"""Words of the items, searched by BM25 (tantivy)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import AtlasError
from begriff.indexes.terms import RECIPE, index_terms, query_terms
from begriff.kinds.checks import Floats

__all__ = ["WordIndex"]

_MARKER = "terms.json"


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
            raise AtlasError(
                f"{folder} is damaged ({e}): delete its folder and run the build again"
            ) from e
        self._searcher: Any = self._index.searcher()
        self._recipe = _read_recipe(folder)

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self._searcher.num_docs)

    @property
    def current(self) -> bool:
        """Whether the terms are those that this version makes; an index of another version is
        searched as it was made.
        """
        return self._recipe == RECIPE

    @staticmethod
    def build(folder: Path, batches: Iterable[list[str]]) -> None:
        """Index texts in order; an index cut off half-way is started again."""
        import shutil

        import tantivy

        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        index = tantivy.Index(_schema(), path=str(folder))
        _write(index, enumerate(text for texts in batches for text in texts))
        (folder / _MARKER).write_text(json.dumps({"recipe": RECIPE}))

    @staticmethod
    def extend(before: Path, folder: Path, texts: Iterable[tuple[int, str]], n_before: int) -> None:
        """Write the index of ``before``, of ``n_before`` items, with more items or other texts of
        some: pairs of a row and its text.

        ``before`` must be ``current``: an index holds terms of one kind.
        """
        import shutil

        import tantivy

        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(before, folder)
        _write(tantivy.Index.open(str(folder)), texts, n_before)

    def search(
        self, text: str, k: int, *, mask: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], Floats]:
        """Items and BM25 scores of the k best; ``mask`` (n,) keeps items that are True.

        Words that no item holds are ignored.
        """
        query = self._query(list(self._terms(text)))
        limit, total = (k if mask is None else 4 * k + 100), max(1, int(self._searcher.num_docs))
        while True:
            hits = self._searcher.search(query, min(limit, total)).hits
            rows = np.array(
                [self._searcher.doc(address)["row"][0] for _, address in hits], dtype=np.int64
            )
            scores = np.array([score for score, _ in hits], dtype=np.float32)
            keep = np.ones(len(rows), bool) if mask is None else mask[rows]
            if keep.sum() >= k or len(hits) < limit or limit >= total:
                order = np.lexsort((rows[keep], -scores[keep]))[:k]
                return rows[keep][order], scores[keep][order]
            limit *= 8

    def terms(self, text: str, rows: NDArray[np.int64]) -> list[list[tuple[str, float]]]:
        """For every item what each word of the query adds to its score; the words' scores sum to
        it.
        """
        out: list[list[tuple[str, float]]] = [[] for _ in rows]
        place = {int(r): i for i, r in enumerate(rows)}
        for term, word in self._terms(text).items():
            for row, score in self._scores_of(term, rows):
                out[place[row]].append((word, score))
        return [sorted(t, key=lambda w: -w[1]) for t in out]

    def _scores_of(self, term: str, rows: NDArray[np.int64]) -> list[tuple[int, float]]:
        import tantivy

        one, query = tantivy.Occur.Must, self._query([term])
        out: list[tuple[int, float]] = []
        for row in rows:
            exact = tantivy.Query.const_score_query(
                tantivy.Query.term_query(_schema(), "row", int(row)), 0.0
            )
            hits = self._searcher.search(
                tantivy.Query.boolean_query([(one, query), (one, exact)]), 1
            ).hits
            out.extend((int(row), float(score)) for score, _ in hits)
        return out

    def _terms(self, text: str) -> dict[str, str]:
        """Terms of a query, as the index was made, each with its word."""
        return query_terms(text) if self.current else _first_terms(text)

    def _query(self, terms: list[str]) -> Any:
        import tantivy

        schema, any_of = self._index.schema, tantivy.Occur.Should
        return tantivy.Query.boolean_query(
            [(any_of, tantivy.Query.term_query(schema, "text", t)) for t in terms]
        )


def _write(index: Any, texts: Iterable[tuple[int, str]], n_before: int = 0) -> None:
    """Add texts of rows; those below ``n_before`` replace what is there."""
    import tantivy

    writer: Any = index.writer(heap_size=64_000_000, num_threads=1)
    for row, text in texts:
        if row < n_before:
            writer.delete_documents_by_query(tantivy.Query.term_query(_schema(), "row", row))
        document: Any = tantivy.Document()
        document.add_unsigned("row", row)
        document.add_text("text", " ".join(index_terms(text)))
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


def _read_recipe(folder: Path) -> int:
    """How the terms were made; indexes from before that was written down are the first kind."""
    try:
        return int(json.loads((folder / _MARKER).read_text())["recipe"])
    except FileNotFoundError:
        return 1
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise AtlasError(
            f"{folder / _MARKER} is damaged ({e}): delete its folder and run the build again"
        ) from e


def _first_terms(text: str) -> dict[str, str]:
    """Terms of the first recipe, each with its word: letters and digits, English stems."""
    from snowballstemmer import stemmer

    stem = stemmer("english").stemWord
    return {stem(w): w for w in reversed(re.findall(r"[^\W_]+", text.lower()))}


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", stored=True, indexed=True, fast=True)
    builder.add_text_field("text", stored=False, tokenizer_name="whitespace")
    return builder.build()
