"""Create the collection of files that are uploaded part by part."""

from shared.mongo import Database

ID = "0003"

# Spelled out here, because a revision must not change when the code does.
SCHEMA = {
    "bsonType": "object",
    "required": ["_id", "owner", "state", "bytes", "part_bytes", "key", "parts_id", "created_at"],
    "properties": {
        "_id": {"bsonType": "string"},
        "owner": {"bsonType": "string"},
        "state": {"enum": ["open", "completed", "used", "removing"]},
    },
}


async def upgrade(database: Database) -> None:
    validator = {"$jsonSchema": SCHEMA}
    if "part_uploads" not in await database.list_collection_names():
        await database.create_collection("part_uploads", validator=validator)
    else:
        await database.command("collMod", "part_uploads", validator=validator)
    uploads = database["part_uploads"]
    await uploads.create_index([("expires_at", 1)], name="expires")
    await uploads.create_index([("job", 1)], name="job")
