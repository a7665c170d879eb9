"""Let a job be in the state `deleted`, and find jobs whose retention is over."""

from shared.mongo import Database

ID = "0007"

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
    "deleted",
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
    jobs = database["jobs"]
    await database.command("collMod", "jobs", validator={"$jsonSchema": schema})
    await jobs.create_index([("expires_at", 1)], name="expires")
