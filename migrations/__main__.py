"""`python -m migrations status|up`: list the revisions of the database, or apply those that are missing."""

import argparse
import asyncio
import sys

from migrations.runner import applied_revisions, known_revisions, upgrade
from migrations.settings import MigrationSettings
from shared.environment import log_unknown_variables
from shared.errors import PhotochromError
from shared.log import configure_logging
from shared.mongo import open_database, ping
from shared.startup import read_settings


async def run(command: str) -> int:
    """The exit code: 0 if nothing is missing, 1 if `status` lists a missing revision."""
    settings = read_settings(MigrationSettings)
    log_unknown_variables(MigrationSettings)
    async with open_database(settings.mongo) as database:
        await ping(database)
        if command == "up":
            await upgrade(database)
        applied = await applied_revisions(database)
        for revision in known_revisions():
            sys.stdout.write(f"{'applied' if revision.id in applied else 'missing'}  {revision.id}  {revision.title}\n")
        return 0 if all(revision.id in applied for revision in known_revisions()) else 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m migrations", description=__doc__)
    parser.add_argument("command", choices=["status", "up"])
    command = parser.parse_args().command
    configure_logging("migrations")
    try:
        return asyncio.run(run(command))
    except PhotochromError as error:
        sys.stderr.write(f"{error.code}: {error.detail}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
