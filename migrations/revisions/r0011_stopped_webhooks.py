"""Find the webhooks that a receiver has stopped, however many messages went there before."""

from shared.mongo import Database

ID = "0011"


async def upgrade(database: Database) -> None:
    deliveries = database["deliveries"]
    if "stopped" in await deliveries.index_information():
        await deliveries.drop_index("stopped")
    await deliveries.create_index([("stops", 1)], name="stops")
