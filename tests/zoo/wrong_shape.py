"""Answers with one channel instead of two."""

from tests.zoo.stub import Stub


class WrongShape(Stub):
    def chroma(self, lightness, **told):
        return super().chroma(lightness, **told)[:, :1]


load = WrongShape
