"""Which revision of the database this code needs. Gateway and worker refuse to start behind it."""

from shared.errors import SchemaBehind
from shared.mongo import Database, translate_errors

REQUIRED_REVISION = "0003"
LEDGER = "migrations"


@translate_errors
async def check_schema(database: Database) -> None:
    """Raises SchemaBehind where the ledger lacks the revision that this code was written for."""
    if await database[LEDGER].find_one({"_id": REQUIRED_REVISION}) is None:
        raise SchemaBehind(
            f"The database lacks revision {REQUIRED_REVISION}; run `python -m migrations up` before this process."
        )
