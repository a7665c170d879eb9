"""The weights of a model, for all tests of where they may lie."""

from tests.fixtures.weights import in_bucket, trained

__all__ = ["in_bucket", "trained"]
