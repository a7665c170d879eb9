"""How much of the service an owner uses, for the limits of keys."""

from shared.lifecycle import OPEN, JobState
from shared.mongo import Database, translate_errors


class JobUsage:
    """All methods raise StoreUnavailable if the store does not respond."""

    def __init__(self, database: Database) -> None:
        self._jobs = database["jobs"]

    @translate_errors
    async def count_open(self, owner: str) -> int:
        """How many of the owner's jobs have not ended. State by state, because each is a range of an index."""
        counts = [await self._jobs.count_documents({"owner": owner, "state": state}) for state in OPEN]
        return sum(map(int, counts))

    @translate_errors
    async def stored_bytes(self, owner: str) -> int:
        """Of the sources that the owner's jobs brought along, and of their results. Deleted jobs have neither."""
        sizes = {"$add": [{"$ifNull": ["$source.bytes", 0]}, {"$ifNull": ["$result_bytes", 0]}]}
        grouped = {"$group": {"_id": None, "bytes": {"$sum": sizes}}}
        kept = {"$match": {"owner": owner, "state": {"$ne": JobState.DELETED}}}
        sums = await self._jobs.aggregate([kept, grouped]).to_list(1)
        return int(sums[0]["bytes"]) if sums else 0
