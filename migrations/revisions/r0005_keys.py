"""Create the keys, the sessions and the signing secret, and index uploads by owner."""

import secrets

from shared.mongo import Database

ID = "0005"

# Spelled out here, because a revision must not change when the code does.
VALIDATORS = {
    "keys": {
        "required": ["_id", "sha256", "owner", "scopes", "created_at"],
        "properties": {
            "_id": {"bsonType": "string"},
            "sha256": {"bsonType": "string"},
            "owner": {"bsonType": "string"},
            "scopes": {"bsonType": "array", "items": {"enum": ["submit", "read", "admin"]}},
        },
    },
    "sessions": {"required": ["_id", "key", "expires_at"], "properties": {"_id": {"bsonType": "string"}}},
}


async def upgrade(database: Database) -> None:
    existing = set(await database.list_collection_names())
    for name, schema in VALIDATORS.items():
        validator = {"$jsonSchema": {"bsonType": "object", **schema}}
        if name not in existing:
            await database.create_collection(name, validator=validator)
        else:
            await database.command("collMod", name, validator=validator)
    await database["sessions"].create_index([("expires_at", 1)], name="expires")
    await database["sessions"].create_index([("key", 1)], name="key")
    # Jobs and submissions have had indexes by owner since 0001, and every record an owner, which was "local".
    await database["part_uploads"].create_index([("owner", 1)], name="owner")
    await database["secrets"].update_one(
        {"_id": "signing"}, {"$setOnInsert": {"value": secrets.token_bytes(32)}}, upsert=True
    )
