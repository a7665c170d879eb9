"""Takes a fixed time per minibatch."""

import time

from tests.zoo.stub import Stub

SECONDS = 0.25


class Slow(Stub):
    def chroma(self, lightness, **options):
        time.sleep(SECONDS)
        return super().chroma(lightness, **options)


load = Slow
