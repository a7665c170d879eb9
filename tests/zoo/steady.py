"""Takes a fixed time per picture, as a device would, without using the CPU."""

import os
import time

from tests.zoo.stub import Stub

SECONDS = float(os.environ.get("STEADY_SECONDS", "0.2"))


class Steady(Stub):
    def chroma(self, lightness, **options):
        time.sleep(SECONDS * len(lightness))
        return super().chroma(lightness, **options)


load = Steady
