"""Against SecantusDB for users, and against a fake for the replica set, which SecantusDB cannot be without."""

import secrets
from typing import Any
from urllib.parse import urlsplit

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from pymongo.uri_parser import parse_uri

from infra.admin.mongo_setup import ALREADY_INITIALIZED, initiate, prepare_mongo
from shared.errors import Invalid, StoreUnavailable
from shared.settings import MongoSettings

PASSWORD = "p@ss/word"


@pytest.fixture
def admin(mongo_url: str) -> dict[str, str]:
    """Name and password of the user who may create users."""
    url = parse_uri(mongo_url)
    return {"admin": url["username"], "password": url["password"]}


@pytest.fixture
def settings(mongo_url: str) -> MongoSettings:
    user = f"user-{secrets.token_hex(4)}"
    return settings_of(mongo_url, user, PASSWORD)


def test_the_user_in_the_settings_can_write_to_the_database(settings: MongoSettings, admin: dict[str, str]):
    prepare_mongo(settings, **admin, wait_seconds=10)

    assert write_and_count(settings) == 1


def test_a_changed_password_is_updated(settings: MongoSettings, admin: dict[str, str], mongo_url: str):
    user = prepare_mongo(settings, **admin, wait_seconds=10)
    changed = settings_of(mongo_url, user, "another")

    prepare_mongo(changed, **admin, wait_seconds=10)

    assert write_and_count(changed) == 1
    with pytest.raises(OperationFailure):
        write_and_count(settings)


def test_a_wrong_administrators_password_is_refused(settings: MongoSettings, admin: dict[str, str]):
    with pytest.raises(Invalid, match=r"(?i)authentication failed"):
        prepare_mongo(settings, admin["admin"], "wrong", wait_seconds=10)


def test_settings_without_a_user_are_refused(mongo_url: str):
    settings = MongoSettings.model_validate({"url": f"mongodb://{host_of(mongo_url)}/"})

    with pytest.raises(Invalid, match="PHOTOCHROM_MONGO__URL"):
        prepare_mongo(settings, "admin", "root", wait_seconds=1)


class NewMongo:
    """A mongod with --replSet. Elected a primary after `elections` calls of hello, once it was initiated."""

    def __init__(self, *, initiated: bool = False, elections: int = 2) -> None:
        self.initiated = initiated
        self.elections = elections
        self.config: dict[str, Any] | None = None

    @property
    def admin(self) -> "NewMongo":
        return self

    def command(self, name: str, value: Any = None) -> dict[str, Any]:
        if name == "replSetInitiate":
            if self.initiated:
                raise OperationFailure("already initialized", code=ALREADY_INITIALIZED)
            self.initiated, self.config = True, value
            return {"ok": 1.0}
        assert name == "hello"
        self.elections -= self.initiated
        return {"isWritablePrimary": self.initiated and self.elections < 0}


def test_a_new_replica_set_has_the_server_as_its_member_and_is_awaited():
    mongo = NewMongo()

    initiate(mongo, "mongo:27017", wait_seconds=10)  # type: ignore[arg-type]

    assert mongo.config == {"_id": "rs0", "members": [{"_id": 0, "host": "mongo:27017"}]}
    assert mongo.elections < 0


def test_a_restarted_replica_set_is_awaited_and_not_initiated_again():
    mongo = NewMongo(initiated=True)

    initiate(mongo, "mongo:27017", wait_seconds=10)  # type: ignore[arg-type]

    assert mongo.config is None
    assert mongo.elections < 0


def test_a_replica_set_without_a_primary_is_reported():
    with pytest.raises(StoreUnavailable, match="no primary"):
        initiate(NewMongo(elections=1000), "mongo:27017", wait_seconds=0)  # type: ignore[arg-type]


def settings_of(mongo_url: str, user: str, password: str) -> MongoSettings:
    url = f"mongodb://{user}@{host_of(mongo_url)}/?authSource=admin&directConnection=true"
    return MongoSettings.model_validate({"url": url, "password": password, "database": f"prepared-{user}"})


def host_of(mongo_url: str) -> str:
    return urlsplit(mongo_url).netloc.rpartition("@")[2]


def write_and_count(settings: MongoSettings) -> int:
    with MongoClient(settings.full_url()) as client:
        client[settings.database].things.insert_one({"a": 1})
        return int(client[settings.database].things.count_documents({}))
