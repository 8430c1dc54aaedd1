"""Which concepts matter to a model, with statistics."""

from begriff.importance.betting import Bets, BettingTests, step_up
from begriff.importance.conditional import conditional_skit
from begriff.importance.hsic import hsic
from begriff.importance.linear import LinearEffects, linear_effects
from begriff.importance.local import local_skit
from begriff.importance.outputs import scores
from begriff.importance.permutation import permutation_importance
from begriff.importance.results import Importances, PerConcept
from begriff.importance.samplers import ConditionalSampler, GaussianSampler, KernelSampler
from begriff.importance.skit import skit
from begriff.importance.sobol import SobolIndices, masked, sobol_indices

__all__ = [
    "Bets",
    "BettingTests",
    "conditional_skit",
    "ConditionalSampler",
    "GaussianSampler",
    "hsic",
    "Importances",
    "KernelSampler",
    "linear_effects",
    "LinearEffects",
    "local_skit",
    "masked",
    "PerConcept",
    "permutation_importance",
    "scores",
    "skit",
    "sobol_indices",
    "SobolIndices",
    "step_up",
]
