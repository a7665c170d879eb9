"""What is stored of a key and of a session. Neither document contains what would let its reader use them."""

import re
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from shared.documents import Document

OWNER_PATTERN = re.compile(r"[A-Za-z0-9._@-]{1,64}")


class Scope(StrEnum):
    """What a key allows. `admin` includes the other two, for the records of every owner."""

    SUBMIT = "submit"
    READ = "read"
    ADMIN = "admin"


class KeyLimits(Document):
    """Limits that differ from the gateway's. None: the gateway's."""

    requests_per_second: float | None = None
    open_jobs: int | None = None
    stored_bytes: int | None = None
    upload_bytes: int | None = None


class ApiKey(Document):
    """`_id` is the short id. `note` is the operator's, to recognize it."""

    id: str = Field(alias="_id")
    sha256: str
    owner: str
    scopes: list[Scope]
    note: str = ""
    limits: KeyLimits = KeyLimits()
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Session(Document):
    """A browser that signed in with a key. `_id` is the SHA-256 of the cookie."""

    id: str = Field(alias="_id")
    key: str
    created_at: datetime
    expires_at: datetime
