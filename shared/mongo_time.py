"""Expressions on the database's clock, for update pipelines: a lease must not depend on the clock of any process."""

from typing import Any


def in_seconds(seconds: float) -> dict[str, Any]:
    return {"$add": ["$$NOW", int(seconds * 1000)]}


def expired(field: str) -> dict[str, Any]:
    """Whether the time in `field` has passed. A time that is absent or null counts as passed.

    Compared as milliseconds: SecantusDB 0.7.0b3 takes any stored date to equal `$$NOW`
    (docs/decisions/0003-leases-on-the-databases-clock.md), so every lease would count as expired.
    """
    return {"$lte": [{"$toLong": field}, {"$toLong": "$$NOW"}]}


def lease(token: str, worker: str, seconds: float) -> dict[str, Any]:
    """A lease document that starts now."""
    return {"token": {"$literal": token}, "worker": {"$literal": worker}, "expires_at": in_seconds(seconds)}
