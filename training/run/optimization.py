"""The generator's optimizer: AdamW (Loshchilov & Hutter 2019), its parameter groups and learning rate schedule."""

import math
from typing import Any

import torch

from training.recipes.recipe import Optimization
from worker.colorizer.network import Generator


def rate_at(progress: float, plan: Optimization) -> float:
    """The share of the peak learning rate at a share of the budget: linear warm-up, then a half cosine."""
    if progress < plan.warmup:
        return max(progress / plan.warmup, 0.02)
    fallen = (progress - plan.warmup) / (1 - plan.warmup)
    return plan.final + (1 - plan.final) * 0.5 * (1 + math.cos(math.pi * fallen))


def make_optimizer(generator: Generator, plan: Optimization, *, encoder_share: float) -> torch.optim.AdamW:
    """Groups with a `peak` rate each, the encoder's times `encoder_share`. Vectors (norms, biases) do not decay."""
    groups: list[dict[str, Any]] = []
    for part, share in ((generator.encoder, encoder_share), (generator, 1.0)):
        taken = {id(p) for group in groups for p in group["params"]}
        mine = [p for p in part.parameters() if p.requires_grad and id(p) not in taken]
        for decays in (True, False):
            params = [p for p in mine if (p.dim() > 1) == decays]
            decay = plan.weight_decay if decays else 0.0
            groups.append({"params": params, "peak": plan.learning_rate * share, "weight_decay": decay})
    return torch.optim.AdamW(groups, lr=plan.learning_rate, betas=plan.betas)


def set_rate(optimizer: torch.optim.Optimizer, share: float) -> None:
    """Set each group's learning rate to this share of its `peak`."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * share
