"""Trains the discriminators: their losses, their optimizer and its learning rate."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from training.losses.adversarial import discriminator_loss, generator_loss
from training.networks.discriminator import JUDGED_MAPS, FeatureJudge, PatchJudge
from training.networks.projection import PROJECTED_MAPS
from training.recipes.recipe import Stage
from training.run.optimization import set_rate
from training.run.world import World


class Adversary:
    """The judges of a stage. They learn from the same forward pass as the generator, and step as often.

    A judge is named after its weight in the loss; judges of weight 0 are left out.
    """

    def __init__(self, stage: Stage, seed: int, world: World) -> None:
        kinds: dict[str, Callable[[], nn.Module]] = {
            "adversarial": PatchJudge,
            "feature_adversarial": partial(FeatureJudge, JUDGED_MAPS),
            "projected_adversarial": partial(FeatureJudge, PROJECTED_MAPS),
        }
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            judges = {name: kind() for name, kind in kinds.items() if getattr(stage.weights, name) > 0}
        self._judges = nn.ModuleDict(judges).to(world.device)
        self._world = world
        plan = stage.optimization
        group = {"params": list(self._judges.parameters()), "peak": plan.discriminator_rate}
        betas = plan.discriminator_betas
        self._optimizer = torch.optim.AdamW([group], lr=plan.discriminator_rate, betas=betas, weight_decay=0.0)

    def losses(self, name: str, real: Sequence[Tensor], made: Sequence[Tensor], *, scale: float) -> dict[str, Tensor]:
        """The losses of the generator and of the judge `name`; the latter's gradient, times `scale`, is accumulated."""
        judge = self._judges[name].requires_grad_(True)
        loss = discriminator_loss(judge(*real), judge(*(part.detach() for part in made)))
        (loss * scale).backward()  # type: ignore[no-untyped-call]
        judge.requires_grad_(False)
        return {name: generator_loss(judge(*made)), f"{name}_judge": loss.detach()}

    def step(self, share: float) -> None:
        """Apply the gradients accumulated since the last step, at this share of the peak learning rate."""
        set_rate(self._optimizer, share)
        parameters = list(self._judges.parameters())
        self._world.average(parameter.grad for parameter in parameters if parameter.grad is not None)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)

    def state_dict(self) -> dict[str, Any]:
        return {"judges": self._judges.state_dict(), "optimizer": self._optimizer.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._judges.load_state_dict(state["judges"])
        self._optimizer.load_state_dict(state["optimizer"])
