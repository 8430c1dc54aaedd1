"""Concepts -> labels, in a form that a person can read and correct."""

from begriff.bottlenecks.abstention import Confirmed, Lift, confirm
from begriff.bottlenecks.beliefs import Beliefs, outlook
from begriff.bottlenecks.coop import CooP
from begriff.bottlenecks.hybrid import Hybrid, Shares
from begriff.bottlenecks.questions import (
    Contribution,
    Curves,
    ExpectedLoss,
    Influence,
    Question,
    RandomOrder,
    Uncertainty,
    doubt,
    entropy,
    next_question,
    replay,
)
from begriff.bottlenecks.safeguard import Safeguard, at_least
from begriff.bottlenecks.sparse_linear import SparseLinear
from begriff.kinds.policy import Outlook, Policy

__all__ = [
    "at_least",
    "Beliefs",
    "confirm",
    "Confirmed",
    "Contribution",
    "CooP",
    "Curves",
    "doubt",
    "entropy",
    "ExpectedLoss",
    "Hybrid",
    "Influence",
    "Lift",
    "next_question",
    "Outlook",
    "outlook",
    "Policy",
    "Question",
    "RandomOrder",
    "replay",
    "Safeguard",
    "Shares",
    "SparseLinear",
    "Uncertainty",
]
