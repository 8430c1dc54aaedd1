"""Files -> rows, one pass, bounded memory. A reader yields (line, row or reason)."""

from begriff.readers.columns import Columns, infer_columns
from begriff.readers.sources import Reader, open_source

__all__ = ["Columns", "infer_columns", "open_source", "Reader"]
