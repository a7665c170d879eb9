"""Find the jobs that share the source of another."""

from shared.mongo import Database

ID = "0010"


async def upgrade(database: Database) -> None:
    await database["jobs"].create_index(
        [("source.root", 1)],
        name="shared_source",
        # "Any string", as a range: with `$exists`, SecantusDB does not use the index.
        partialFilterExpression={"source.root": {"$gt": ""}},
    )
