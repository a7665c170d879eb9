"""Raises an error on black pictures that the worker does not expect."""

from tests.zoo.slow import Slow


class Raises(Slow):
    def chroma(self, lightness, **options):
        if lightness.max(axis=(1, 2, 3)).min() < 5:
            raise ArithmeticError("This colorizer fails on black pictures.")
        return super().chroma(lightness, **options)


load = Raises
