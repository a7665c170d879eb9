"""Preparing a new MongoDB: the replica set of one member, and the service's user."""

import time
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure
from pymongo.uri_parser import parse_uri

from shared.errors import Invalid, StoreUnavailable
from shared.mongo import UNAVAILABLE
from shared.settings import MongoSettings

ALREADY_INITIALIZED = 23
USER_EXISTS = 51003
REPLICA_SET = "rs0"
POLL_SECONDS = 0.5


def prepare_mongo(settings: MongoSettings, admin: str, password: str, wait_seconds: float) -> str:
    """Returns the name of the service's user. Raises Invalid, StoreUnavailable."""
    url = parse_uri(settings.full_url())
    (host, port), *others = url["nodelist"]
    if others or not (url["username"] and url["password"]):
        raise Invalid(
            "PHOTOCHROM_MONGO__URL must name one server, a user and a password: mongodb://USER:PASSWORD@HOST."
        )
    client = MongoClient[dict[str, Any]](
        host,
        port,
        username=admin,
        password=password,
        authSource="admin",
        directConnection=True,
        serverSelectionTimeoutMS=int(wait_seconds * 1000),
    )
    try:
        with client:
            initiate(client, f"{host}:{port}", wait_seconds)
            create_user(client, url["username"], url["password"], settings.database)
    except UNAVAILABLE as error:
        raise StoreUnavailable(f"The store did not respond: {error}") from error
    except OperationFailure as error:
        raise Invalid(f"MongoDB refuses: {error.details and error.details.get('errmsg')}") from error
    return str(url["username"])


def initiate(client: MongoClient[dict[str, Any]], address: str, wait_seconds: float) -> None:
    """Until the server accepts writes. It elects itself within seconds."""
    deadline = time.monotonic() + wait_seconds
    if not _is_writable(client):
        members = [{"_id": 0, "host": address}]
        try:
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        except OperationFailure as error:
            if error.code != ALREADY_INITIALIZED:
                raise
    while not _is_writable(client):
        if time.monotonic() > deadline:
            raise StoreUnavailable(f"The replica set elected no primary within {wait_seconds:g} s.")
        time.sleep(POLL_SECONDS)


def _is_writable(client: MongoClient[dict[str, Any]]) -> bool:
    return bool(client.admin.command("hello").get("isWritablePrimary"))


def create_user(client: MongoClient[dict[str, Any]], name: str, password: str, database: str) -> None:
    """`readWrite` includes creating the indexes that migrations need, and no other database."""
    roles = [{"role": "readWrite", "db": database}]
    try:
        client.admin.command("createUser", name, pwd=password, roles=roles)
    except OperationFailure as error:
        if error.code != USER_EXISTS:
            raise
        client.admin.command("updateUser", name, pwd=password, roles=roles)
