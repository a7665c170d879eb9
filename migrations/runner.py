"""Applies numbered revisions in order, each once, under a lock, and records them in a ledger.

A revision is a module `r<NNNN>_<what>.py` in `migrations/revisions` with an `ID` and `async def upgrade(database)`. It
must be harmless to apply again: one that was interrupted is applied again.
"""

import importlib
import pkgutil
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import ModuleType

import structlog
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from migrations import revisions
from shared.clock import utc_now
from shared.errors import Conflict
from shared.mongo import Database, translate_errors
from shared.mongo_time import expired, in_seconds
from shared.schema import LEDGER

log = structlog.get_logger()

LOCK = "lock"
# Longer than any revision may take. A runner that died blocks the next one for this long.
LOCK_SECONDS = 600


class MigrationLocked(Conflict):
    """Another runner is applying revisions."""

    code = "migration_locked"


@dataclass(frozen=True)
class Revision:
    id: str
    title: str
    module: ModuleType


def known_revisions() -> list[Revision]:
    """All revisions, in order."""
    modules = [
        importlib.import_module(f"{revisions.__name__}.{module.name}")
        for module in pkgutil.iter_modules(revisions.__path__)
    ]
    listed = [Revision(module.ID, (module.__doc__ or "").strip().splitlines()[0], module) for module in modules]
    return sorted(listed, key=lambda revision: revision.id)


@translate_errors
async def applied_revisions(database: Database) -> set[str]:
    return {entry["_id"] async for entry in database[LEDGER].find({"_id": {"$ne": LOCK}}, {"_id": 1})}


@translate_errors
async def upgrade(database: Database) -> list[str]:
    """Apply the missing revisions, stopping at the first failure. Returns the ids that were applied.

    Raises MigrationLocked if another runner is applying revisions.
    """
    applied_now: list[str] = []
    async with _lock(database):
        done = await applied_revisions(database)
        for revision in known_revisions():
            if revision.id in done:
                continue
            await revision.module.upgrade(database)
            await database[LEDGER].insert_one({"_id": revision.id, "title": revision.title, "applied_at": utc_now()})
            log.info("migration.applied", revision=revision.id, title=revision.title)
            applied_now.append(revision.id)
    return applied_now


@asynccontextmanager
async def _lock(database: Database) -> AsyncIterator[None]:
    ledger, token = database[LEDGER], secrets.token_hex(8)
    free = expired("$expires_at")  # Also true if there is no lock document.
    take = [
        {
            "$set": {
                "token": {"$cond": [free, token, "$token"]},
                "expires_at": {"$cond": [free, in_seconds(LOCK_SECONDS), "$expires_at"]},
            }
        }
    ]
    try:
        held = await ledger.find_one_and_update({"_id": LOCK}, take, upsert=True, return_document=ReturnDocument.AFTER)
    except DuplicateKeyError:  # Two first runners upserted at once.
        held = None
    if held is None or held["token"] != token:
        raise MigrationLocked(
            f"Another migration is running. Wait for it; if it has died, its lock expires after {LOCK_SECONDS} s."
        )
    try:
        yield
    finally:
        await ledger.delete_one({"_id": LOCK, "token": token})
