"""Rows as Arrow, pandas and polars: what tables, reports, hits and lists of concepts share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from begriff.errors import MissingExtraError

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow as pa

__all__ = ["arrow_table", "Frame"]


class Frame:
    """A result that converts to a data frame; a subclass says how to make the Arrow table.

    Anything that reads the Arrow stream interface takes it as it is: ``polars.DataFrame(x)``,
    ``pyarrow.table(x)``, ``duckdb.sql("select * from x")``.
    """

    @abstractmethod
    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table: numbers are numbers, missing values are null."""

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a pandas frame.

        Raises
        ------
        MissingExtraError
            Without pandas.
        """
        try:
            import pandas  # noqa: F401
        except ImportError as e:
            raise MissingExtraError("a pandas frame", "pandas") from e
        return self.to_arrow().to_pandas()

    def to_polars(self) -> polars.DataFrame:
        """The rows as a polars frame.

        Raises
        ------
        MissingExtraError
            Without polars.
        """
        try:
            import polars
        except ImportError as e:
            raise MissingExtraError("a polars frame", "polars") from e
        return polars.DataFrame(self.to_arrow())

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The Arrow stream interface, without a copy."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)


def arrow_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> pa.Table:
    """Rows of Python values as an Arrow table.

    Parameters
    ----------
    columns : sequence of str (n_columns,)
        A name that comes again is numbered: ``share``, ``share_2``. Data frames need different
        names.
    rows : iterable of sequences (n_columns,)
        Numbers, texts, booleans, dates, lists, dicts, None. A column whose values have no common
        type becomes text.

    Examples
    --------
    >>> from begriff.frames import arrow_table
    >>> arrow_table(["name", "share"], [("music", 0.25), ("film", None)]).column(
    ...     "share"
    ... ).to_pylist()
    [0.25, None]
    """
    import pyarrow as pa

    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pa.table([_column(v) for v in values], names=_different(columns))


def _column(values: Sequence[Any]) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return pa.array([None if v is None else str(v) for v in values], pa.string())


def _different(names: Sequence[str]) -> list[str]:
    """Every name once: a second ``x`` becomes the first of ``x_2``, ``x_3``, ... that is free."""
    taken: list[str] = []
    for name in names:
        free, number = name, 2
        while free in taken or (free != name and free in names):
            free, number = f"{name}_{number}", number + 1
        taken.append(free)
    return taken
