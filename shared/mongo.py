"""The only access to MongoDB: the Motor client, and the translation of its errors. Only stores use it.

Motor is no longer developed; docs/decisions/0002-motor-behind-one-door.md describes how to replace it.
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
Result = TypeVar("Result")

Database = AsyncIOMotorDatabase[dict[str, Any]]
Collection = AsyncIOMotorCollection[dict[str, Any]]
Update = dict[str, Any] | list[dict[str, Any]]

UNAVAILABLE: tuple[type[PyMongoError], ...] = (
    AutoReconnect,
    ConnectionFailure,
    CursorNotFound,  # The server was restarted while a cursor was open.
    ExecutionTimeout,
    NetworkTimeout,
    WTimeoutError,
)
# InternalError and OutOfDiskSpace: failures of the server that no request causes.
SERVER_FAULTS = frozenset({1, 14031})
# Unauthorized and AuthenticationFailed.
REFUSALS = frozenset({13, 18})


@asynccontextmanager
async def open_database(settings: MongoSettings) -> AsyncIterator[Database]:
    """A database whose acknowledged writes are on disk (`w: majority, j: true`), and whose times are aware UTC.

    Reads go to the primary, whatever the URL says: after a claim the job is read, and that must not be stale.
    """
    milliseconds = int(settings.timeout_seconds * 1000)
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(
        settings.full_url(),
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
    except UNAVAILABLE as error:
        raise StoreUnavailable(f"The store did not respond: {error}") from error
    except OperationFailure as error:
        if error.code in REFUSALS:
            raise StoreUnavailable(f"The store refuses this user or password: {error}") from error
        if error.code not in SERVER_FAULTS:
            raise
        raise StoreUnavailable(f"The store failed: {error}") from error


async def ping(database: Database) -> None:
    """Raises StoreUnavailable if the store does not respond."""
    with _translated():
        await database.command("ping")


async def server_time(database: Database) -> datetime:
    """The time on the database's clock, by which leases expire."""
    local_time: datetime = (await database.command("hello"))["localTime"]
    return local_time.replace(tzinfo=UTC)


def bound_to(owner: str | None) -> dict[str, Any]:
    """The criteria that a store bound to an owner adds to every filter. None: it is bound to nobody."""
    return {} if owner is None else {"owner": owner}


async def update_if(collection: Collection, criteria: dict[str, Any], update: Update) -> bool:
    """Whether a document matched the criteria and was changed."""
    return bool((await collection.update_one(criteria, update)).modified_count)


def translate_errors(
    method: Callable[Parameters, Coroutine[Any, Any, Result]],
) -> Callable[Parameters, Coroutine[Any, Any, Result]]:
    """Let a store raise StoreUnavailable if the server does not respond or has failed. Other errors of the driver are
    defects, and are not translated.
    """

    @wraps(method)
    async def translated(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        with _translated():
            return await method(*args, **kwargs)

    return translated


def translate_errors_of_iteration(
    method: Callable[Parameters, AsyncIterator[Result]],
) -> Callable[Parameters, AsyncIterator[Result]]:
    """`translate_errors` for an async generator."""

    @wraps(method)
    async def translated(*args: Parameters.args, **kwargs: Parameters.kwargs) -> AsyncGenerator[Result, None]:
        with _translated():
            async with aclosing(method(*args, **kwargs)) as elements:  # type: ignore[type-var]
                async for element in elements:
                    yield element

    return translated
