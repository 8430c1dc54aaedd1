"""What an atlas tells: typed reports with ``.table()``, ``.plot()`` and ``.to_markdown()``."""

from begriff.findings.differences import diff
from begriff.findings.timelines import trends

__all__ = ["diff", "trends"]
