"""The exponential moving average of a generator's weights, which is validated and shipped."""

import copy

import torch

from worker.colorizer.network import Generator


class MovingAverage:
    """A second generator that follows the first. Its decay starts low, so that it is useful from the first steps."""

    def __init__(self, generator: Generator, decay: float) -> None:
        self.generator = copy.deepcopy(generator).eval().requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, generator: Generator, step: int) -> None:
        decay = min(self._decay, (1 + step) / (10 + step))
        current = generator.state_dict()
        for key, average in self.generator.state_dict().items():
            if average.is_floating_point():
                average.lerp_(current[key], 1 - decay)
            else:
                average.copy_(current[key])
