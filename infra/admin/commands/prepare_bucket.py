"""Create the service's bucket if it is missing, and let web pages reach it.

Pages only need to with PHOTOCHROM_STORAGE__PUBLIC_ENDPOINT_URL. May be repeated.
"""

import argparse
import sys

from shared.environment import EnvironmentSettings
from shared.settings import StorageSettings
from shared.startup import read_settings
from shared.storage.preparing import prepare_bucket


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


def run(arguments: argparse.Namespace) -> int:
    settings = read_settings(OnlyStorage).storage
    created = prepare_bucket(settings, [origin for origin in arguments.origin if origin])
    sys.stdout.write(f"The bucket {settings.bucket!r} {'was created' if created else 'exists'}.\n")
    return 0
