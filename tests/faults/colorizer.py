"""The zoo's stub, whose colors follow from lightness alone, with one fault: black pictures kill its process.

A worker can have a tint, which makes its results distinguishable from those of other workers, and be slowed down.
"""

import os
import signal
import time

from tests.zoo.stub import Stub

TINT = "FAULTS_TINT"
# Additional seconds per picture.
PACE = "FAULTS_PACE"


class Fragile(Stub):
    def chroma(self, lightness, *, vividness=1.0, **options):
        if lightness.max(axis=(1, 2, 3)).min() < 5:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(float(os.environ.get(PACE, "0")))
        return super().chroma(lightness, vividness=vividness * float(os.environ.get(TINT, "1")), **options)


load = Fragile
