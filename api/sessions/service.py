"""Beginning a session. Only the hash of its cookie is stored, as of a key."""

import secrets
from datetime import timedelta

from api.access.authentication import session_id
from shared.clock import utc_now
from shared.keys.documents import Session
from shared.keys.store import KeyStore


async def begin_session(keys: KeyStore, key_id: str, hours: float) -> tuple[str, Session]:
    """The cookie, and what is stored of it. Raises StoreUnavailable."""
    cookie, now = secrets.token_urlsafe(32), utc_now()
    session = Session(id=session_id(cookie), key=key_id, created_at=now, expires_at=now + timedelta(hours=hours))
    await keys.insert_session(session)
    return cookie, session
