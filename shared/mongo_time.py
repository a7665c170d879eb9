"""Expressions on the database's own clock, for update pipelines: a lease must not depend on any process's clock."""

from typing import Any

# SecantusDB 0.7.0b3 binds $$NOW in update pipelines but not inside a query's $expr, so conditions on time are
# written as `$cond` within the update, and the caller looks at what came back.


def in_seconds(seconds: float) -> dict[str, Any]:
    return {"$add": ["$$NOW", int(seconds * 1000)]}


def expired(field: str) -> dict[str, Any]:
    return {"$lte": [field, "$$NOW"]}
