"""What stored documents of all collections have in common."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """A stored document. Immutable in memory: to change it, update the store and read it again."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    def to_mongo(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True, mode="python")


class Failure(Document):
    """Why something failed: a stable code for machines, one sentence for people."""

    code: str
    detail: str


class Note(Document):
    """What is worth knowing about something that succeeded: a stable code for machines, one sentence for people."""

    code: str
    detail: str


class Lease(Document):
    """A time-limited right, fenced by its token. `expires_at` is on the database's clock."""

    token: str
    worker: str
    expires_at: datetime
