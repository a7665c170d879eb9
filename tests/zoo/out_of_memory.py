"""Fits into no device but the CPU."""

import torch

from tests.zoo.stub import Stub


class OutOfMemory(Stub):
    def chroma(self, lightness, **told):
        if self.device != "cpu":
            raise torch.OutOfMemoryError("The device is full.")
        return super().chroma(lightness, **told)


load = OutOfMemory
