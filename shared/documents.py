"""What stored documents have in common, whichever collection they are in. No store, no state."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """A stored document. Immutable in memory: a change is an update in the store, and what comes back is a new one."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    def to_mongo(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True, mode="python")


class Failure(Document):
    """Why something failed: a stable code for machines, one sentence for people."""

    code: str
    detail: str


class Lease(Document):
    """A time-limited right, fenced by its token. `expires_at` is on the database's clock."""

    token: str
    worker: str
    expires_at: datetime
