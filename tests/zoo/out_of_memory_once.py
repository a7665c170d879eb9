"""Its device is full the first time it is asked."""

import torch

from tests.zoo.stub import Stub


class OutOfMemoryOnce(Stub):
    asked = False

    def chroma(self, lightness, **told):
        if not self.asked:
            self.asked = True
            raise torch.OutOfMemoryError("The device is full.")
        return super().chroma(lightness, **told)


load = OutOfMemoryOnce
