"""Write a backup of all jobs, with their objects, into a new folder, while the service runs.

Each job is as it was at one moment between the begin and the end of the backup; what was finished later is done again
after a restore. Left out: sessions, uploads that were not completed, and requests whose body was still arriving. An
interrupted backup is in FOLDER.partial; the same command continues it.
"""

import argparse
from pathlib import Path

import anyio

from infra.admin.backups.dumping import back_up
from infra.admin.backups.folder import JOBS, Manifest
from infra.admin.backups.opening import open_both
from shared.schema import check_schema

MiB = 1 << 20


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder that does not exist yet")
    parser.add_argument(
        "--no-objects",
        action="store_true",
        help="only list the objects: for a bucket that is backed up by its own means, after this command",
    )


def run(arguments: argparse.Namespace) -> int:
    manifest = anyio.run(_back_up, arguments.folder, not arguments.no_objects)
    copied = "copied" if manifest.copied else "listed, not copied"
    print(f"{manifest.documents[JOBS]} jobs; {manifest.objects} objects of {manifest.bytes / MiB:.1f} MiB, {copied}.")
    return 0


async def _back_up(folder: Path, copies: bool) -> Manifest:
    async with open_both() as (database, storage):
        await check_schema(database)
        return await back_up(database, storage, folder, copies=copies)
