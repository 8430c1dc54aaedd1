"""Files, folders, frames and iterables -> rows, one pass, bounded memory. A reader yields (line, row or reason)."""

from begriff.readers.columns import Columns, infer_columns
from begriff.readers.records import Reader
from begriff.readers.sources import open_source

__all__ = ["Columns", "infer_columns", "open_source", "Reader"]
