"""Find expired leases without reading those that run."""

from shared.mongo import Database

ID = "0008"


async def upgrade(database: Database) -> None:
    await database["chunks"].create_index([("state", 1), ("lease.expires_at", 1)], name="state_lease_end")
