"""Rows as data frames."""

import datetime

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from begriff.frames import Frame, arrow_table


class Rows(Frame):
    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows

    def to_arrow(self):
        return arrow_table(self.columns, self.rows)


def test_every_frame_holds_the_same_values():
    rows = Rows(["name", "share", "n"], [("music", 0.25, 3), ("film", None, 4)])
    assert rows.to_pandas()["share"].iloc[0] == 0.25 and rows.to_pandas()["n"].tolist() == [3, 4]
    assert rows.to_polars().rows() == [("music", 0.25, 3), ("film", None, 4)]
    assert (
        pa.table(rows).to_pylist() == pl.DataFrame(rows).to_dicts() == rows.to_polars().to_dicts()
    )


@pytest.mark.parametrize(
    ("values", "kind", "read"),
    [
        ([1, 2.5], "double", [1.0, 2.5]),
        ([1, "a", None], "string", ["1", "a", None]),
        ([2**70, 1], "string", [str(2**70), "1"]),
        ([["a"], None], "list<item: string>", [["a"], None]),
        ([np.float32(0.5), None], "float", [0.5, None]),
        ([float("nan"), 1.0], "double", [None, 1.0]),
        ([datetime.date(2020, 1, 2)], "date32[day]", [datetime.date(2020, 1, 2)]),
        ([None, None], "null", [None, None]),
    ],
)
def test_a_column_takes_the_type_of_its_values(values, kind, read):
    column = arrow_table(["x"], [(v,) for v in values]).column("x")
    assert str(column.type) == kind and column.to_pylist() == read


def test_no_rows_still_have_columns():
    assert arrow_table(["a", "b"], []).column_names == ["a", "b"]


def test_a_name_that_comes_again_is_numbered():
    assert arrow_table(["x", "x", "x_2", "x"], [(1, 2, 3, 4)]).column_names == [
        "x",
        "x_3",
        "x_2",
        "x_4",
    ]


def test_rows_of_another_length_are_refused():
    with pytest.raises(ValueError, match="zip"):
        arrow_table(["a"], [(1,), (1, 2)])
