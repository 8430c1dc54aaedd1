"""Figures hold what they were given, and a missing matplotlib names its extra."""

import sys
from itertools import pairwise

import numpy as np
import pytest

from begriff import MissingExtraError
from begriff.plots.figures import bars, forest, lines, panel, points, scatter


def test_figures_hold_their_numbers():
    pytest.importorskip("matplotlib")
    assert [
        p.get_width() for p in bars(["a", "b"], [2.0, -1.0], title="t", x="x").axes[0].patches
    ] == [2.0, -1.0]
    axis = forest(["a", "b"], [1.0, -1.0], [0.5, -1.5], [1.5, -0.5], title="t", x="x").axes[0]
    assert [t.get_text() for t in axis.get_yticklabels()] == ["a", "b"]
    y = np.array([0.1, 0.4, 0.2])
    figure = lines([("one", y, y - 0.05, y + 0.05, [1])], ["2000", "2001", "2002"], title="t")
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), y)
    places = (
        points([("x", [1.0, 2.0]), ("bytes", [4.0, 8.0])], [0.5, 0.3], ["a", "b"], y="y", title="t")
        .axes[1]
        .collections[0]
        .get_offsets()
    )
    np.testing.assert_array_equal(places, [[4.0, 0.5], [8.0, 0.3]])
    names = [f"method{i}" for i in range(5)]
    crowd = points([("x", [10.0] * 5)], [0.36, 0.361, 0.362, 0.37, 0.9], names, y="y", title="t")
    crowd.draw_without_rendering()
    heights = sorted(t.get_window_extent().y1 for t in crowd.axes[0].texts)
    assert [t.get_text() for t in crowd.axes[0].texts] == names
    assert np.diff(heights).min() > 0.9 * 7 * crowd.dpi / 72  # no text covers another
    cloud = np.random.default_rng(0).standard_normal((9, 2))
    np.testing.assert_array_equal(
        scatter([("p", cloud, [(0, 0, "here")])], title="t").axes[0].collections[0].get_offsets(),
        cloud,
    )
    assert len(panel(4)[1]) == 4


def test_titles_are_cut_between_words_and_say_so():
    pytest.importorskip("matplotlib")
    y = np.zeros(3)
    long = (
        "(unnamed: database, clarin, requires): falling ÷24, peak 1998, lower since then and for a"
        " long time after that"
    )
    figure = lines([(long, y, y, y, []), ("short", y, y, y, [])], ["1,247–1,333"] * 3, title="t")
    shown = figure.axes[0].get_title(loc="left")
    assert (
        shown.endswith("…")
        and shown.count("\n") == 1
        and figure.axes[1].get_title(loc="left") == "short"
    )
    assert set(shown.rstrip("…").split()) <= set(long.split())
    label = forest(["words " * 20], [1.0], [0.5], [1.5], title="A: one\nB: two", x="x").axes[0]
    assert (
        label.get_yticklabels()[0].get_text().endswith("words…")
        and label.get_title(loc="left") == "A: one\nB: two"
    )
    assert (
        bars(["x" * 80], [1.0], title="t", x="x").axes[0].get_yticklabels()[0].get_text()
        == "x" * 59 + "…"
    )


def test_labels_of_periods_do_not_overlap():
    pytest.importorskip("matplotlib")
    y = np.zeros(10)
    figure = lines([("a", y, y, y, [])] * 3, [f"{i},247–{i},333" for i in range(10)], title="t")
    figure.draw_without_rendering()
    extents = [t.get_window_extent() for t in figure.axes[1].get_xticklabels() if t.get_text()]
    assert len(extents) >= 2 and all(a.x1 < b.x0 for a, b in pairwise(extents))


def test_a_missing_extra_names_itself(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'begriff\[plot\]'"):
        panel()
