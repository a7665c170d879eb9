"""`photochrom-admin keys`: a key is printed once, and nothing that is stored or listed contains it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.clock import utc_now
from shared.keys.format import parse_key
from shared.keys.store import KeyStore
from shared.mongo import open_database
from shared.settings import MongoSettings
from tests.fixtures.admin import Admin, admin_on


@pytest.fixture
def admin(settings: MongoSettings) -> Admin:
    return admin_on(settings, "keys")


def stored(settings: MongoSettings, key_id: str) -> Any:
    async def read() -> object:
        async with open_database(settings) as database:
            return await KeyStore(database).get(key_id)

    return asyncio.run(read())


def test_a_key_is_created_listed_rotated_and_revoked(admin: Admin, settings: MongoSettings) -> None:
    created = admin("create", "--owner", "museum", "--note", "scanner", "--expires", "90d", "--stored-bytes", "5GiB")
    key = parse_key(created.stdout.strip())
    assert key is not None
    document = stored(settings, key.id)
    assert (document.owner, document.scopes, document.note) == ("museum", ["read", "submit"], "scanner")
    assert document.limits.stored_bytes == 5 * 1024**3
    assert abs(document.expires_at - utc_now() - timedelta(days=90)) < timedelta(minutes=5)
    assert document.sha256 == key.sha256
    assert key.text not in repr(document) + created.stderr

    listed = admin("list").stdout
    assert key.text not in listed
    assert [word in listed for word in (key.id, "museum", "read,submit", "valid", "scanner")] == [True] * 5

    replacement = parse_key(admin("rotate", key.id, "--keep", "12h").stdout.strip())
    assert replacement is not None
    assert stored(settings, replacement.id).limits == document.limits
    assert stored(settings, key.id).expires_at < utc_now() + timedelta(hours=13)

    admin("revoke", replacement.id)
    assert stored(settings, replacement.id).revoked_at is not None
    assert "revoked" in admin("list").stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["create"], "--owner"),
        (["create", "--owner", "a b"], "'a b' is no owner: use up to 64 letters"),
        (["create", "--owner", "museum", "--scope", "write"], "invalid choice: 'write'"),
        (["create", "--owner", "museum", "--expires", "soon"], "'soon' is no time. Write it as 30m, 12h or 90d."),
        (["create", "--owner", "museum", "--upload-bytes", "much"], "'much' is no size. Write it as 500MiB"),
        (["revoke", "k3f9a2b1"], "There is no key 'k3f9a2b1'."),
    ],
)
def test_what_is_wrong_is_named(admin: Admin, arguments: list[str], reason: str) -> None:
    refused = admin(*arguments, check=False)

    assert refused.returncode in (1, 2)
    assert reason in refused.stderr
    assert refused.stdout == ""
