"""Expressions on the database's own clock, for update pipelines: a lease must not depend on any process's clock."""

from typing import Any


def in_seconds(seconds: float) -> dict[str, Any]:
    return {"$add": ["$$NOW", int(seconds * 1000)]}


def expired(field: str) -> dict[str, Any]:
    """Whether the time in `field` has come. A time that is absent or null always has.

    Compared as milliseconds: SecantusDB 0.7.0b3 takes a stored date and `$$NOW` for equal, whatever they are
    (docs/decisions/0003-leases-on-the-databases-clock.md), so that compared as dates every lease has expired.
    """
    return {"$lte": [{"$toLong": field}, {"$toLong": "$$NOW"}]}


def lease(token: str, worker: str, seconds: float) -> dict[str, Any]:
    """A lease document that begins now."""
    return {"token": {"$literal": token}, "worker": {"$literal": worker}, "expires_at": in_seconds(seconds)}
