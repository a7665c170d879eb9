"""The keys, the sessions and the signing secret, which every gateway on the same database shares."""

from datetime import datetime

from shared.clock import utc_now
from shared.keys.documents import ApiKey, Session
from shared.mongo import Database, translate_errors

SIGNING = "signing"


class KeyStore:
    """All methods raise StoreUnavailable if the store does not respond."""

    def __init__(self, database: Database) -> None:
        self._keys = database["keys"]
        self._sessions = database["sessions"]
        self._secrets = database["secrets"]

    @translate_errors
    async def insert(self, key: ApiKey) -> None:
        await self._keys.insert_one(key.to_mongo())

    @translate_errors
    async def get(self, key_id: str) -> ApiKey | None:
        document = await self._keys.find_one({"_id": key_id})
        return ApiKey.model_validate(document) if document else None

    @translate_errors
    async def any(self) -> bool:
        """Whether there is, or ever was, a key. Revoked ones count: revoking the last must not open a gateway."""
        return await self._keys.find_one({}, {"_id": 1}) is not None

    @translate_errors
    async def all(self) -> list[ApiKey]:
        """Oldest first."""
        documents = await self._keys.find({}).sort("created_at", 1).to_list(None)
        return [ApiKey.model_validate(document) for document in documents]

    @translate_errors
    async def revoke(self, key_id: str) -> bool:
        """End a key, its sessions and its signed URLs. False: it is revoked already, or unknown."""
        valid = {"_id": key_id, "revoked_at": None}
        outcome = await self._keys.update_one(valid, {"$set": {"revoked_at": utc_now()}})
        await self._sessions.delete_many({"key": key_id})
        return bool(outcome.modified_count)

    @translate_errors
    async def expire(self, key_id: str, at: datetime) -> None:
        """Let a key end at a time. It never extends one."""
        key = await self.get(key_id)
        if key is not None and (key.expires_at is None or at < key.expires_at):
            await self._keys.update_one({"_id": key_id}, {"$set": {"expires_at": at}})

    @translate_errors
    async def insert_session(self, session: Session) -> None:
        await self._sessions.insert_one(session.to_mongo())

    @translate_errors
    async def remove_expired_sessions(self) -> int:
        """How many. Until then they are refused, too. For the reconciler."""
        return int((await self._sessions.delete_many({"expires_at": {"$lt": utc_now()}})).deleted_count)

    @translate_errors
    async def session(self, session_id: str) -> Session | None:
        document = await self._sessions.find_one({"_id": session_id})
        return Session.model_validate(document) if document else None

    @translate_errors
    async def end_session(self, session_id: str) -> None:
        await self._sessions.delete_one({"_id": session_id})

    @translate_errors
    async def signing_secret(self) -> bytes:
        """What signs URLs. The migration that created this collection made it."""
        document = await self._secrets.find_one({"_id": SIGNING})
        assert document is not None, "revision 0005 inserts it"
        return bytes(document["value"])
