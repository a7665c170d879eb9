"""Let a job be in the states `expiring` and `expired`."""

from shared.mongo import Database

ID = "0006"

# Spelled out here, because a revision must not change when the code does.
STATES = [
    "queued",
    "expanding",
    "running",
    "expiring",
    "canceling",
    "succeeded",
    "partially_succeeded",
    "failed",
    "expired",
    "canceled",
    "deleting",
]


async def upgrade(database: Database) -> None:
    schema = {
        "bsonType": "object",
        "required": ["_id", "owner", "kind", "state", "run", "source", "options", "chunk_items", "next_no", "version"],
        "properties": {
            "_id": {"bsonType": "string"},
            "owner": {"bsonType": "string"},
            "kind": {"enum": ["single", "bulk"]},
            "state": {"enum": STATES},
            "run": {"bsonType": "int", "minimum": 1},
            "next_no": {"bsonType": "int", "minimum": 0},
        },
    }
    await database.command("collMod", "jobs", validator={"$jsonSchema": schema})
