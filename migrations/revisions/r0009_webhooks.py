"""Find jobs that owe messages, and deliveries by what is done with them."""

from shared.mongo import Database

ID = "0009"

# Spelled out here, because a revision must not change when the code does.
VALIDATOR = {
    "required": ["_id", "owner", "job", "webhook", "host", "message", "state", "next_at"],
    "properties": {
        "_id": {"bsonType": "string"},
        "state": {"enum": ["pending", "delivered", "failed", "gone"]},
    },
}


async def upgrade(database: Database) -> None:
    validator = {"$jsonSchema": {"bsonType": "object", **VALIDATOR}}
    if "deliveries" not in await database.list_collection_names():
        await database.create_collection("deliveries", validator=validator)
    else:
        await database.command("collMod", "deliveries", validator=validator)
    deliveries = database["deliveries"]
    await deliveries.create_index([("state", 1), ("next_at", 1)], name="due")
    await deliveries.create_index([("webhook.url", 1), ("stops_url", 1)], name="stopped")
    await deliveries.create_index([("job", 1)], name="job")
    await deliveries.create_index([("created_at", 1)], name="created")
    # Jobs that were inserted before have no outbox, and owe nothing.
    await database["jobs"].create_index([("outbox._id", 1)], name="outbox")
