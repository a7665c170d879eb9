"""The one door to MongoDB: the Motor client, and the translation of the driver's errors. Only stores use it.

Motor has had its last release; docs/decisions/0002-motor-behind-one-door.md says how it is left.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import ReadPreference, WriteConcern
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    CursorNotFound,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)

from shared.errors import StoreUnavailable
from shared.settings import MongoSettings

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")

Database = AsyncIOMotorDatabase[dict[str, Any]]
Collection = AsyncIOMotorCollection[dict[str, Any]]
Update = dict[str, Any] | list[dict[str, Any]]

AWAY: tuple[type[PyMongoError], ...] = (
    AutoReconnect,
    ConnectionFailure,
    CursorNotFound,  # The server was restarted between two batches.
    ExecutionTimeout,
    NetworkTimeout,
    WTimeoutError,
)
# Codes of what no request is to blame for: InternalError, OutOfDiskSpace.
ITS_OWN_FAULT = frozenset({1, 14031})


@asynccontextmanager
async def open_database(settings: MongoSettings) -> AsyncIterator[Database]:
    """A database whose acknowledged writes are on disk (`w: majority, j: true`), with aware UTC times.

    Read from the primary, whatever the URL says: a claim is followed by a look at the job, which must not be stale.
    """
    milliseconds = int(settings.timeout_seconds * 1000)
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(
        settings.url.get_secret_value(),
        connectTimeoutMS=milliseconds,
        serverSelectionTimeoutMS=milliseconds,
        socketTimeoutMS=milliseconds * 4,
        retryWrites=False,
        appname="photochrom",
    )
    try:
        yield client.get_database(
            settings.database,
            codec_options=CodecOptions(tz_aware=True),
            read_preference=ReadPreference.PRIMARY,
            write_concern=WriteConcern(w="majority", j=True),
        )
    finally:
        client.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except AWAY as error:
        raise StoreUnavailable(f"The store did not answer: {error}") from error
    except OperationFailure as error:
        if error.code not in ITS_OWN_FAULT:
            raise
        raise StoreUnavailable(f"The store failed: {error}") from error


async def ping(database: Database) -> None:
    """Raises StoreUnavailable if the store does not answer."""
    with _translated():
        await database.command("ping")


async def server_time(database: Database) -> datetime:
    """The database's clock, by which leases are judged."""
    told: datetime = (await database.command("hello"))["localTime"]
    return told.replace(tzinfo=UTC)


async def update_if(collection: Collection, criteria: dict[str, Any], update: Update) -> bool:
    """Whether a document met the criteria and is different now."""
    return bool((await collection.update_one(criteria, update)).modified_count)


def translate_errors(
    method: Callable[Parameters, Coroutine[Any, Any, Answer]],
) -> Callable[Parameters, Coroutine[Any, Any, Answer]]:
    """What means "away", or failed by itself, leaves a store as StoreUnavailable; any other driver error is a defect
    and passes.
    """

    @wraps(method)
    async def translated(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer:
        with _translated():
            return await method(*args, **kwargs)

    return translated


def translate_errors_of_iteration(
    method: Callable[Parameters, AsyncIterator[Answer]],
) -> Callable[Parameters, AsyncIterator[Answer]]:
    """`translate_errors` for a method that yields what it reads."""

    @wraps(method)
    async def translated(*args: Parameters.args, **kwargs: Parameters.kwargs) -> AsyncGenerator[Answer, None]:
        with _translated():
            async with aclosing(method(*args, **kwargs)) as elements:  # type: ignore[type-var]
                async for element in elements:
                    yield element

    return translated
