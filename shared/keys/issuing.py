"""Creating and replacing keys. The text of a key exists only in what these return."""

from collections.abc import Collection
from datetime import datetime

from shared.clock import utc_now
from shared.keys.documents import ApiKey, KeyLimits, Scope
from shared.keys.format import new_key_text
from shared.keys.store import KeyStore

NO_LIMITS = KeyLimits()


async def create_key(
    keys: KeyStore,
    owner: str,
    scopes: Collection[Scope],
    *,
    note: str = "",
    expires_at: datetime | None = None,
    limits: KeyLimits = NO_LIMITS,
) -> tuple[ApiKey, str]:
    """What is stored, and the text, which is not."""
    made = new_key_text()
    key = ApiKey(
        id=made.id,
        sha256=made.sha256,
        owner=owner,
        scopes=sorted(scopes),
        note=note,
        limits=limits,
        created_at=utc_now(),
        expires_at=expires_at,
    )
    await keys.insert(key)
    return key, made.text


async def replace_key(keys: KeyStore, old: ApiKey, until: datetime) -> tuple[ApiKey, str]:
    """A new key like the old one, which stays valid until then, so that its users have time to change over."""
    replacement = await create_key(
        keys, old.owner, old.scopes, note=old.note, expires_at=old.expires_at, limits=old.limits
    )
    await keys.expire(old.id, until)
    return replacement
