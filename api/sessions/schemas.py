"""What a client learns about itself."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.examples import SESSION, documented_by
from api.http.timestamps import Timestamp
from shared.keys.documents import Scope


class Session(BaseModel):
    model_config = documented_by(SESSION)

    owner: str = Field(description="whom new jobs belong to")
    key: str | None = Field(description="the short id of the API key; null where none is needed")
    scopes: list[Scope] = Field(description="`admin` includes the other two, for the records of every owner")
    expires_at: Timestamp | None = Field(description="when the session ends; null without a session")

    @classmethod
    def of(cls, caller: Caller, expires_at: datetime | None) -> "Session":
        return cls(owner=caller.owner, key=caller.key, scopes=sorted(caller.scopes), expires_at=expires_at)
