"""Find jobs by label."""

from shared.mongo import Database

ID = "0004"


async def upgrade(database: Database) -> None:
    await database["jobs"].create_index([("owner", 1), ("labels", 1), ("_id", -1)], name="owner_label_newest")
