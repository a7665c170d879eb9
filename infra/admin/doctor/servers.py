"""The database and the queue: whether they respond, which versions they are, and whether they are set up as needed."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

from redis import Redis, RedisError

from infra.admin.doctor.findings import Finding, error, ok, warning
from migrations.runner import applied_revisions, known_revisions
from shared.clock import utc_now
from shared.errors import QueueUnavailable, StoreUnavailable
from shared.mongo import Database, open_database, ping, server_time, translate_errors
from shared.queue import SOCKET_OPTIONS, TaskQueue
from shared.schema import REQUIRED_REVISION
from shared.settings import MongoSettings, RedisSettings

# Deadlines and expiries of keys are off by as much. Leases are not: they are on the database's clock alone.
MUCH_SECONDS = 60.0


async def check_database(settings: MongoSettings) -> AsyncIterator[Finding]:
    try:
        async with open_database(settings) as database:
            await ping(database)
            yield await _check_version(database)
            yield check_clock("database", await _time(database))
            yield await _check_schema(database)
    except StoreUnavailable as unavailable:
        yield error("database", unavailable.detail, "Start MongoDB, or correct PHOTOCHROM_MONGO__URL and its password.")


@translate_errors
async def _check_version(database: Database) -> Finding:
    build: dict[str, Any] = await database.command("buildInfo")
    hello: dict[str, Any] = await database.command("hello")
    if not hello.get("isWritablePrimary"):
        advice = "Initiate the replica set (photochrom-admin prepare-mongo), or name all its members in the URL."
        return error("database", f"MongoDB {build['version']} responds, but accepts no writes.", advice)
    return ok("database", f"MongoDB {build['version']} responds and accepts writes.")


@translate_errors
async def _time(database: Database) -> datetime:
    return await server_time(database)


async def _check_schema(database: Database) -> Finding:
    applied = await applied_revisions(database)
    known = {revision.id for revision in known_revisions()}
    if missing := sorted(known - applied):
        return error("schema", f"The database lacks revision {', '.join(missing)}.", "python -m migrations up")
    if newer := sorted(applied - known):
        detail = f"The database has revision {', '.join(newer)}, which this version does not know."
        return warning("schema", detail, "Go on with the newer version, or see docs/operations.md on going back.")
    return ok("schema", f"The database has revision {REQUIRED_REVISION}.")


def check_clock(server: str, time: datetime) -> Finding:
    seconds = abs((utc_now() - time).total_seconds())
    if seconds > MUCH_SECONDS:
        return warning(
            "clock", f"The clock of the {server} differs from this one by {seconds:.0f} s.", "Run NTP on both."
        )
    return ok("clock", f"The clock of the {server} agrees with this one.")


def check_queue(settings: RedisSettings) -> Iterator[Finding]:
    with Redis.from_url(settings.full_url(), decode_responses=True, **SOCKET_OPTIONS) as redis:
        try:
            information: dict[str, Any] = redis.info("server")
            yield ok("queue", f"{_name_of(information)} responds.")
            yield from _check_configuration(redis)
        except (RedisError, OSError) as failure:
            advice = "Start Redis, or correct PHOTOCHROM_REDIS__URL and its password."
            yield error("queue", f"The queue does not respond: {failure}.", advice)


def _name_of(information: dict[str, Any]) -> str:
    """Valkey states the version of Redis that it is compatible with, too."""
    if "valkey_version" in information:
        return f"Valkey {information['valkey_version']}"
    return f"Redis {information['redis_version']}"


def _check_configuration(redis: "Redis") -> Iterator[Finding]:
    try:
        policy = redis.config_get("maxmemory-policy")["maxmemory-policy"]
        appends = redis.config_get("appendonly")["appendonly"]
    except RedisError:
        advice = "See to it that they are noeviction and yes."
        yield warning("queue", "It does not show its maxmemory-policy and appendonly.", advice)
        return
    if policy != "noeviction":
        detail = f"maxmemory-policy is {policy}: it drops messages when memory is short."
        yield error("queue", detail, "Set maxmemory-policy noeviction in redis.conf.")
    if appends != "yes":
        detail = "appendonly is off: messages are lost at a restart, and work waits until they are sent again."
        yield warning("queue", detail, "Set appendonly yes in redis.conf.")
    if policy == "noeviction" and appends == "yes":
        yield ok("queue", "It drops no messages (noeviction) and keeps them on disk (appendonly).")


async def check_queue_writes(settings: RedisSettings) -> Finding:
    queue = TaskQueue(settings.full_url())
    try:
        await queue.check_writes()
    except QueueUnavailable as refused:
        return error("queue", refused.detail, "Make room for Redis, or name its primary in PHOTOCHROM_REDIS__URL.")
    finally:
        queue.close()
    return ok("queue", "It accepts writes.")
