"""The learning rate over a stage."""

import math

from training.recipe import Optimization


def rate_at(progress: float, plan: Optimization) -> float:
    """The share of the peak learning rate at a share of the budget: linear warm-up, half cosine."""
    if progress < plan.warmup:
        return max(progress / plan.warmup, 0.02)
    fallen = (progress - plan.warmup) / (1 - plan.warmup)
    return plan.final + (1 - plan.final) * 0.5 * (1 + math.cos(math.pi * fallen))
