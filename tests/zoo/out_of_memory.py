"""Runs out of memory on every device but the CPU."""

import torch

from tests.zoo.stub import Stub


class OutOfMemory(Stub):
    def chroma(self, lightness, **options):
        if self.device != "cpu":
            raise torch.OutOfMemoryError("The device is full.")
        return super().chroma(lightness, **options)


load = OutOfMemory
