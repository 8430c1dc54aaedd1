"""Tables hold values and show words: nothing is cut in a pipe, nothing lost in a narrow terminal, HTML is a table."""

import csv
import io

import pytest
from rich.console import Console

from begriff.reports.report import Cells, Table, percent, shorten

LONG = (
    "a title that is much longer than any terminal is wide, and goes on, and on, and on, until it"
    " ends in this very word: omega"
)
TABLE = Table(
    "Things <b>",
    ("name", "id", "share", "seen", "tags", "gone"),
    [(LONG, 7, 0.301, True, ["x", "y"], None), ("<i>&|", None, 0.0, False, [], None)],
    Cells(("name", "share", "gone"), [(LONG, "30.1%", None), ("<i>&|", "0%", None)]),
)


def printed(width):
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(TABLE)
    return console.file.getvalue()


def test_a_wide_console_shows_a_row_a_line_and_a_narrow_one_loses_nothing():
    wide = printed(100_000)
    assert len(wide.splitlines()) == 4 and LONG in wide and "…" not in wide
    for width in (20, 40, 80):
        narrow = printed(width)
        assert max(map(len, narrow.splitlines())) <= width and "…" not in narrow
        squeezed = "".join(narrow.split())
        assert "30.1%" in narrow and all(w in squeezed for w in ("omega", "<i>&|"))
        name_column = "".join(line[: width - 8].strip() for line in narrow.splitlines())
        assert sum(c in name_column for c in set(LONG)) == len(set(LONG))


def test_columns_that_are_empty_are_not_shown():
    assert (
        "gone" not in printed(200)
        and "gone" not in TABLE.to_markdown()
        and "gone" in TABLE.to_csv()
    )


def test_html_is_a_table_that_takes_its_colours_from_the_page():
    html = TABLE._repr_html_()
    assert (
        html.count("<tr>") == 3
        and html.count("<td") == 4
        and "Things &lt;b&gt;" in html
        and "&lt;i&gt;&amp;|" in html
    )
    assert "<i>" not in html and "color:" not in html and "background" not in html and LONG in html
    assert html.count("text-align:right") == 3  # the head and two cells of shares


def test_csv_and_frames_hold_the_values():
    rows = list(csv.reader(io.StringIO(TABLE.to_csv())))
    assert rows == [
        list(TABLE.columns),
        [LONG, "7", "0.301", "True", '["x", "y"]', ""],
        ["<i>&|", "", "0.0", "False", "[]", ""],
    ]
    frame = TABLE.to_pandas()
    assert frame["share"].tolist() == [0.301, 0.0] and list(frame["tags"][0]) == ["x", "y"]
    assert TABLE.to_polars().columns == list(TABLE.columns)
    assert TABLE.to_arrow().column("id").to_pylist() == [7, None]


def test_markdown_escapes_its_marks():
    assert (
        "<i>&\\|" in TABLE.to_markdown()
        and TABLE.to_markdown().splitlines()[2] == "| name | share |"
    )


def test_values_without_cells_are_formatted():
    table = Table(
        "T",
        ("a", "b", "c", "d"),
        [(12_345, 0.00321, 1481.5, ["x", 2]), (7, None, float("nan"), None)],
    )
    assert table.to_markdown().splitlines()[4:] == [
        "| 12,345 | 0.0032 | 1,482 | x, 2 |",
        "| 7 | - | nan | - |",
    ]


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.301, "30.1%"),
        (0.0042, "0.42%"),
        (1e-7, "<0.01%"),
        (0.9999, "100.0%"),
    ],
)
def test_shares(share, said):
    assert percent(share) == said


@pytest.mark.parametrize(
    ("text", "length", "said"),
    [
        ("short", 9, "short"),
        ("two words", 9, "two words"),
        ("three little words", 12, "three…"),
        ("one, two, three", 9, "one, two…"),
        ("x" * 50, 10, "x" * 9 + "…"),
        ("  a \n b ", 9, "a b"),
        ("文" * 30, 10, "文" * 9 + "…"),
    ],
)
def test_texts_are_cut_between_words(text, length, said):
    assert shorten(text, length) == said and len(said) <= length
