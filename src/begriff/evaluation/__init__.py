"""Methods side by side, on the same data: fitted apart, measured by the same functions, with their
controls.
"""

from begriff.evaluation.comparison import Compared, compare
from begriff.evaluation.measures import Task, measure
from begriff.evaluation.trial import Fitted, fit_apart

__all__ = ["compare", "Compared", "fit_apart", "Fitted", "measure", "Task"]
