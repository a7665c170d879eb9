"""Create the jobs, chunks and uploads collections with their validators and indexes."""

from typing import Any

from shared.mongo import Database

ID = "0001"

# Spelled out here, because a revision must not change when the code does.
ENDS = ["succeeded", "partially_succeeded", "failed", "canceled"]
JOB_STATES = ["queued", "expanding", "running", "canceling", *ENDS]
CHUNK_STATES = ["pending", "leased", "done"]

VALIDATORS: dict[str, dict[str, Any]] = {
    "jobs": {
        "required": ["_id", "owner", "kind", "state", "run", "source", "options", "chunk_items", "next_no", "version"],
        "properties": {
            "_id": {"bsonType": "string"},
            "owner": {"bsonType": "string"},
            "kind": {"enum": ["single", "bulk"]},
            "state": {"enum": JOB_STATES},
            "run": {"bsonType": "int", "minimum": 1},
            "next_no": {"bsonType": "int", "minimum": 0},
        },
    },
    "chunks": {
        "required": ["_id", "job", "no", "run", "queue", "state", "expiries", "counts", "items"],
        "properties": {
            "_id": {"bsonType": "string"},
            "job": {"bsonType": "string"},
            "no": {"bsonType": "int", "minimum": 0},
            "state": {"enum": CHUNK_STATES},
            "items": {"bsonType": "array"},
        },
    },
    "uploads": {
        "required": ["_id", "owner", "created_at", "touched_at"],
        "properties": {"_id": {"bsonType": "string"}},
    },
}


async def upgrade(database: Database) -> None:
    existing = set(await database.list_collection_names())
    for name, schema in VALIDATORS.items():
        validator = {"$jsonSchema": {"bsonType": "object", **schema}}
        if name not in existing:
            await database.create_collection(name, validator=validator)
        else:
            await database.command("collMod", name, validator=validator)

    jobs = database["jobs"]
    await jobs.create_index([("owner", 1), ("_id", -1)], name="owner_newest")
    await jobs.create_index([("owner", 1), ("state", 1), ("_id", -1)], name="owner_state_newest")
    await jobs.create_index([("state", 1), ("_id", 1)], name="state_oldest")
    await jobs.create_index(
        [("owner", 1), ("idempotency.key", 1)],
        name="owner_idempotency_key",
        unique=True,
        # "Any string", as a range: with `$exists`, SecantusDB does not use the index for a query by key.
        partialFilterExpression={"idempotency.key": {"$gt": ""}},
    )

    chunks = database["chunks"]
    await chunks.create_index([("job", 1), ("no", 1)], name="job_no", unique=True)
    await chunks.create_index([("job", 1), ("state", 1), ("dispatched_at", 1), ("no", 1)], name="job_window")
    await chunks.create_index([("state", 1), ("dispatched_at", 1)], name="state_dispatched")

    uploads = database["uploads"]
    await uploads.create_index([("touched_at", 1)], name="touched")
    await uploads.create_index(
        [("owner", 1), ("idempotency_key", 1)],
        name="owner_idempotency_key",
        unique=True,
        partialFilterExpression={"idempotency_key": {"$exists": True}},
    )
