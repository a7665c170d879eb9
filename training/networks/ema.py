"""The exponential moving average of a generator's weights: what is validated and shipped."""

import copy

import torch

from worker.colorizer.network import Generator


class MovingAverage:
    """A second generator that trails the first; early on it follows closely, so that it is useful from the start."""

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
