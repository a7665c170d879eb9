"""Answers with one channel instead of two."""

from tests.zoo.stub import Stub


class WrongShape(Stub):
    def chroma(self, lightness, *, vividness=1.0):
        return super().chroma(lightness, vividness=vividness)[:, :1]


load = WrongShape
