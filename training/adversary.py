"""The discriminator while it learns, with an optimizer and a rate of its own."""

from typing import Any

import torch
from torch import Tensor

from training.discriminator import Discriminator, discriminator_loss, generator_loss
from training.recipe import Optimization
from training.world import World


class Adversary:
    """Learns from the same forward pass of the generator that it judges; both step once per step."""

    def __init__(self, plan: Optimization, seed: int, world: World) -> None:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self._discriminator = Discriminator().to(world.device)
        self._world = world
        self._peak = plan.discriminator_rate
        parameters = self._discriminator.parameters()
        self._optimizer = torch.optim.AdamW(parameters, lr=self._peak, betas=plan.discriminator_betas, weight_decay=0.0)

    def losses(self, lightness: Tensor, truth: Tensor, made: Tensor, *, scale: float) -> dict[str, Tensor]:
        """The generator's `adversarial` loss, and its own as `discriminator`, whose gradient is kept, times `scale`."""
        self._discriminator.requires_grad_(True)
        own = discriminator_loss(self._discriminator(lightness, truth), self._discriminator(lightness, made.detach()))
        (own * scale).backward()  # type: ignore[no-untyped-call]
        self._discriminator.requires_grad_(False)
        return {"adversarial": generator_loss(self._discriminator(lightness, made)), "discriminator": own.detach()}

    def step(self, share: float) -> None:
        """Apply the gradients gathered since the last step, at this share of its peak rate."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._peak * share
        parameters = list(self._discriminator.parameters())
        self._world.average(parameter.grad for parameter in parameters if parameter.grad is not None)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)

    def state_dict(self) -> dict[str, Any]:
        return {"discriminator": self._discriminator.state_dict(), "optimizer": self._optimizer.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._discriminator.load_state_dict(state["discriminator"])
        self._optimizer.load_state_dict(state["optimizer"])
