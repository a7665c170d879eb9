"""The database revision that this code needs. Gateway, worker and reconciler refuse to start with an older one."""

from shared.errors import SchemaBehind
from shared.mongo import Database, translate_errors

REQUIRED_REVISION = "0011"
LEDGER = "migrations"


@translate_errors
async def check_schema(database: Database) -> None:
    """Raises SchemaBehind if the required revision has not been applied."""
    if await database[LEDGER].find_one({"_id": REQUIRED_REVISION}) is None:
        raise SchemaBehind(
            f"The database lacks revision {REQUIRED_REVISION}. Run `python -m migrations up`, then start this again."
        )
