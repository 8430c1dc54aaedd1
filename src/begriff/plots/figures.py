"""The few kinds of figure that reports use, drawn without global state."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from begriff.errors import MissingExtraError
from begriff.kinds.checks import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["bars", "forest", "lines", "panel", "points", "scatter"]

_BLUE, _RED, _GREY = "#2563a8", "#b3402a", "#8a8f98"


def panel(
    n: int = 1, *, width: float = 8.0, height: float = 4.5, columns: int = 3
) -> tuple[Figure, list[Any]]:
    """A figure with n axes.

    Raises
    ------
    MissingExtraError
        Without matplotlib.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as e:
        raise MissingExtraError("a plot", "plot") from e
    across = min(n, columns)
    down = -(-n // across)
    figure = Figure(figsize=(width, height), layout="constrained", dpi=120)
    axes = list(np.atleast_1d(figure.subplots(down, across, squeeze=False)).ravel())
    for unused in axes[n:]:
        unused.axis("off")
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes[:n]


def forest(
    labels: Sequence[str],
    values: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
    *,
    title: str,
    x: str,
) -> Figure:
    """Effects with intervals, one a line, the first on top."""
    figure, (axis,) = panel(height=1.2 + 0.24 * max(len(labels), 1))
    places = np.arange(len(labels))[::-1]
    for place, value, low, high in zip(places, values, lows, highs, strict=True):
        colour = _BLUE if value > 0 else _RED
        axis.plot([low, high], [place, place], color=colour, linewidth=1.4)
        axis.plot([value], [place], "o", color=colour, markersize=4)
    axis.axvline(0, color=_GREY, linewidth=0.8)
    axis.set_yticks(places, [_fit(label, 60) for label in labels], fontsize=8)
    axis.set_xlabel(x)
    axis.set_title(_fit(title, 90, 4), loc="left", fontsize=10)
    return figure


def lines(
    panels: Sequence[tuple[str, Floats, Floats, Floats, Sequence[int]]],
    labels: Sequence[str],
    *,
    title: str,
    columns: int = 3,
) -> Figure:
    """Small multiples of shares, as (name, values, lows, highs, marked places) over the same
    periods.
    """
    down = -(-max(len(panels), 1) // columns)
    figure, axes = panel(max(len(panels), 1), width=10, height=1 + 2.1 * down, columns=columns)
    from matplotlib.ticker import PercentFormatter

    places = np.arange(len(labels))
    # labels stand beside each other
    step = -(-len(labels) // max(2, min(6, 48 // (max(map(len, labels), default=1) + 2))))
    for axis, (name, values, lows, highs, marks) in zip(axes, panels, strict=False):
        axis.fill_between(places, lows, highs, color=_BLUE, alpha=0.2, linewidth=0)
        axis.plot(places, values, color=_BLUE, linewidth=1.4)
        for mark in marks:
            axis.axvline(mark, color=_RED, linewidth=0.9, linestyle="--")
        axis.set_title(_fit(name, 44, 2), fontsize=9, loc="left")
        axis.set_xticks(places[::step], list(labels)[::step], fontsize=7)
        axis.tick_params(axis="y", labelsize=7)
        axis.yaxis.set_major_formatter(PercentFormatter(1))
        axis.set_ylim(bottom=0)
    figure.suptitle(_fit(title, 120, 3), fontsize=10)
    return figure


def bars(labels: Sequence[str], values: Sequence[float], *, title: str, x: str) -> Figure:
    """Horizontal bars, the first on top."""
    figure, (axis,) = panel(height=1.2 + 0.24 * max(len(labels), 1))
    places = np.arange(len(labels))[::-1]
    axis.barh(places, values, color=[_BLUE if v > 0 else _RED for v in values], height=0.7)
    axis.axvline(0, color=_GREY, linewidth=0.8)
    axis.set_yticks(places, [_fit(label, 60) for label in labels], fontsize=8)
    axis.set_xlabel(x)
    axis.set_title(_fit(title, 90, 4), loc="left", fontsize=10)
    return figure


def points(
    axes: Sequence[tuple[str, Sequence[float]]],
    values: Sequence[float],
    labels: Sequence[str],
    *,
    y: str,
    title: str,
) -> Figure:
    """Labelled points over several x axes, which are logarithmic, with one y axis."""
    figure, panels = panel(len(axes), width=11, height=4.5)
    for axis, (name, places) in zip(panels, axes, strict=True):
        axis.scatter(places, values, s=18, color=_BLUE)
        axis.set_xscale("log")
        axis.margins(x=0.15)
        axis.set_xlabel(name)
        axis.set_ylim(bottom=0)
    panels[0].set_ylabel(y)
    figure.suptitle(_fit(title, 120, 3), fontsize=10)
    figure.draw_without_rendering()  # places are known only now
    for axis, (_, places) in zip(panels, axes, strict=True):
        _label(axis, places, values, [_fit(label, 32) for label in labels])
    return figure


def _label(axis: Axes, xs: Sequence[float], ys: Sequence[float], labels: Sequence[str]) -> None:
    """Texts beside their points, from the bottom up; one that would cover another stands above it,
    with a line to its point.
    """
    at = axis.transData.transform(np.column_stack([xs, ys])) * 72 / axis.figure.dpi
    taken: list[tuple[float, float, float]] = []
    for i in np.argsort(ys, kind="stable"):
        x, y, width = at[i, 0] + 8, at[i, 1] - 2, 4 * len(labels[i])
        for left, right, level in sorted(taken, key=lambda t: t[2]):
            if x < right and left < x + width and abs(y - level) < 8:
                y = level + 8
        taken.append((x, x + width, y))
        line = {"arrowstyle": "-", "lw": 0.4, "color": "0.6"} if y > at[i, 1] else None
        axis.annotate(
            labels[i],
            (xs[i], ys[i]),
            fontsize=7,
            xytext=(8, y - at[i, 1]),
            textcoords="offset points",
            arrowprops=line,
        )


def scatter(
    panels: Sequence[tuple[str, Floats, Sequence[tuple[float, float, str]]]], *, title: str
) -> Figure:
    """Small multiples of points (n, 2) with labelled places (x, y, text)."""
    down = -(-max(len(panels), 1) // 3)
    figure, axes = panel(max(len(panels), 1), width=10, height=1 + 3 * down)
    for axis, (name, points, labels) in zip(axes, panels, strict=False):
        axis.scatter(points[:, 0], points[:, 1], s=4, alpha=0.3, color=_BLUE, linewidths=0)
        for x, y, text in labels:
            axis.annotate(_fit(text, 24), (x, y), fontsize=7, ha="center")
        axis.set_title(_fit(name, 52, 2), fontsize=8, loc="left")
        axis.set_aspect("equal", adjustable="datalim")
        axis.tick_params(labelsize=6)
    figure.suptitle(_fit(title, 120, 3), fontsize=10)
    return figure


def _fit(text: str, width: int, lines: int = 1) -> str:
    """A text in lines of at most ``width`` characters, cut between words, with "…" where it does
    not fit; its own lines stay.
    """
    parts = text.splitlines() or [""]
    wrapped = [
        textwrap.wrap(
            p, width, max_lines=max(1, lines // len(parts)), placeholder="…", break_on_hyphens=False
        )
        for p in parts
    ]
    # one word, too long
    whole = [
        [p[: width - 1] + "…"] if w == ["…"] else w for p, w in zip(parts, wrapped, strict=True)
    ]
    return "\n".join(line for part in whole for line in part)
