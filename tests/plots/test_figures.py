"""Figures hold what they were given, and a missing matplotlib names its extra."""

import sys

import numpy as np
import pytest

from begriff import MissingExtraError
from begriff.plots.figures import bars, forest, lines, panel, points, scatter


def test_figures_hold_their_numbers():
    pytest.importorskip("matplotlib")
    assert [p.get_width() for p in bars(["a", "b"], [2.0, -1.0], title="t", x="x").axes[0].patches] == [2.0, -1.0]
    axis = forest(["a", "b"], [1.0, -1.0], [0.5, -1.5], [1.5, -0.5], title="t", x="x").axes[0]
    assert [t.get_text() for t in axis.get_yticklabels()] == ["a", "b"]
    y = np.array([0.1, 0.4, 0.2])
    figure = lines([("one", y, y - 0.05, y + 0.05, [1])], ["2000", "2001", "2002"], title="t")
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), y)
    places = (
        points([("x", [1.0, 2.0]), ("bytes", [4.0, 8.0])], [0.5, 0.3], ["a", "b"], y="y", title="t").axes[1].collections[0].get_offsets()
    )
    np.testing.assert_array_equal(places, [[4.0, 0.5], [8.0, 0.3]])
    names = [f"method{i}" for i in range(5)]
    crowd = points([("x", [10.0] * 5)], [0.36, 0.361, 0.362, 0.37, 0.9], names, y="y", title="t")
    crowd.draw_without_rendering()
    heights = sorted(t.get_window_extent().y1 for t in crowd.axes[0].texts)
    assert [t.get_text() for t in crowd.axes[0].texts] == names
    assert np.diff(heights).min() > 0.9 * 7 * crowd.dpi / 72  # no text covers another
    cloud = np.random.default_rng(0).standard_normal((9, 2))
    np.testing.assert_array_equal(scatter([("p", cloud, [(0, 0, "here")])], title="t").axes[0].collections[0].get_offsets(), cloud)
    assert len(panel(4)[1]) == 4


def test_a_missing_extra_names_itself(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'begriff\[plot\]'"):
        panel()
