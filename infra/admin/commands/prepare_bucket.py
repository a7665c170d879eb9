"""Create the service's bucket if it is missing, and let web pages reach it.

Pages only need to with PHOTOCHROM_STORAGE__PUBLIC_ENDPOINT_URL. May be repeated.
"""

import argparse
import sys
import time

from shared.environment import EnvironmentSettings
from shared.settings import StorageSettings
from shared.startup import read_settings
from shared.storage.errors import StorageUnavailable
from shared.storage.preparing import prepare_bucket

POLL_SECONDS = 1.0


class OnlyStorage(EnvironmentSettings):
    storage: StorageSettings


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--origin",
        action="append",
        default=[],
        metavar="URL",
        help="let pages of this origin, such as https://photos.example.org, use presigned URLs; may be repeated",
    )
    parser.add_argument("--wait", type=float, default=60.0, metavar="SECONDS", help="for the server to respond")


def run(arguments: argparse.Namespace) -> int:
    settings = read_settings(OnlyStorage).storage
    created = _prepare(settings, arguments.origin, time.monotonic() + arguments.wait)
    sys.stdout.write(f"The bucket {settings.bucket!r} {'was created' if created else 'exists'}.\n")
    return 0


def _prepare(settings: StorageSettings, origins: list[str], deadline: float) -> bool:
    while True:
        try:
            return prepare_bucket(settings, origins)
        except StorageUnavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)
