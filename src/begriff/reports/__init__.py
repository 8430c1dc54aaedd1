"""What an atlas tells: typed reports with ``.table()``, ``.plot()`` and ``.to_markdown()``."""

from begriff.reports.compare_dictionaries import compare_dictionaries
from begriff.reports.conceptualize import conceptualize
from begriff.reports.diff import diff
from begriff.reports.duplicates import duplicates
from begriff.reports.geometry import geometry
from begriff.reports.identity import diff_dictionaries, identity
from begriff.reports.novelty import novelty
from begriff.reports.tree import tree
from begriff.reports.trends import trends
from begriff.reports.why_not import why_not

__all__ = [
    "compare_dictionaries",
    "conceptualize",
    "diff",
    "diff_dictionaries",
    "duplicates",
    "geometry",
    "identity",
    "novelty",
    "tree",
    "trends",
    "why_not",
]
