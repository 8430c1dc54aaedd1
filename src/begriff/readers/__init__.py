"""Files, folders, frames and iterables -> rows, one pass, bounded memory.

A reader yields (line, row or reason).
"""

from begriff.readers.columns import Columns, Converted
from begriff.readers.records import Reader
from begriff.readers.sources import open_source
from begriff.readers.survey import Survey, infer_columns

__all__ = ["Columns", "Converted", "infer_columns", "open_source", "Reader", "Survey"]
