"""Cannot stand black pictures: what it raises is no fault that the worker knows."""

from tests.zoo.slow import Slow


class Raises(Slow):
    def chroma(self, lightness, **options):
        if lightness.max(axis=(1, 2, 3)).min() < 5:
            raise ArithmeticError("I cannot stand black pictures.")
        return super().chroma(lightness, **options)


load = Raises
