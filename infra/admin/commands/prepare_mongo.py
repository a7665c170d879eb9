"""Prepare a new MongoDB: initiate its replica set and create the service's user.

The user is that of PHOTOCHROM_MONGO__URL; a changed password is updated. May be repeated.
"""

import argparse
import sys
from pathlib import Path

from infra.admin.mongo_setup import prepare_mongo
from migrations.settings import MigrationSettings
from shared.startup import read_settings


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--admin", default="admin", metavar="NAME", help="a user that may create users (default admin)")
    parser.add_argument("--admin-password", type=Path, required=True, metavar="FILE", help="file with its password")
    parser.add_argument("--wait", type=float, default=60.0, metavar="SECONDS", help="for the server to respond")


def run(arguments: argparse.Namespace) -> int:
    password = arguments.admin_password.read_text().strip()
    user = prepare_mongo(read_settings(MigrationSettings).mongo, arguments.admin, password, arguments.wait)
    sys.stdout.write(f"The replica set is writable, and the user {user!r} exists.\n")
    return 0
