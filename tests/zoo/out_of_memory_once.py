"""Runs out of device memory at its first call."""

import torch

from tests.zoo.stub import Stub


class OutOfMemoryOnce(Stub):
    failed = False

    def chroma(self, lightness, **options):
        if not self.failed:
            self.failed = True
            raise torch.OutOfMemoryError("The device is full.")
        return super().chroma(lightness, **options)


load = OutOfMemoryOnce
