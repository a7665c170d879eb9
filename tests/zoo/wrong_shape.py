"""Returns one channel instead of two."""

from tests.zoo.stub import Stub


class WrongShape(Stub):
    def chroma(self, lightness, **options):
        return super().chroma(lightness, **options)[:, :1]


load = WrongShape
