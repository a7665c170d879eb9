"""Restore a backup into an empty database and an empty bucket.

Every file is compared with its checksum. Jobs that were not finished go on as soon as workers and a reconciler run;
these may be running already. Keys are restored; sessions are not, so people log in again.
"""

import argparse
from pathlib import Path

import anyio

from infra.admin.backups.folder import JOBS, BackupFolder, Manifest
from infra.admin.backups.opening import open_both
from infra.admin.backups.restoring import Restore


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="what `photochrom-admin backup` has written")
    parser.add_argument(
        "--add",
        action="store_true",
        help="keep what the database and the bucket have, and add what is missing; also after an interruption",
    )


def run(arguments: argparse.Namespace) -> int:
    manifest = anyio.run(_restore, arguments.folder, arguments.add)
    jobs = manifest.documents[JOBS] - len(manifest.deleted)
    print(f"Restored {jobs} jobs and their objects, as of {manifest.began_at:%Y-%m-%d %H:%M} UTC.")
    return 0


async def _restore(folder: Path, add: bool) -> Manifest:
    async with open_both() as (database, storage):
        return await Restore(database, storage, BackupFolder(folder)).run(add=add)
