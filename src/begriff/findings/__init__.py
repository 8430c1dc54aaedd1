"""What an atlas tells: typed reports with ``.table()``, ``.plot()`` and ``.to_markdown()``."""

from begriff.findings.comparison import compare_dictionaries
from begriff.findings.differences import diff
from begriff.findings.given import conceptualize
from begriff.findings.hierarchy import tree
from begriff.findings.lineage import diff_dictionaries, identity
from begriff.findings.missed import why_not
from begriff.findings.newness import novelty
from begriff.findings.repeats import duplicates
from begriff.findings.shape import geometry
from begriff.findings.timelines import trends

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
