"""`python -m infra.standalone.bucket`: serves S3 on loopback from a folder."""

import argparse
import logging
import os
import sys
from pathlib import Path

from pydantic import ByteSize, TypeAdapter, ValidationError

from infra.standalone.bucket.server import BucketServer
from infra.standalone.bucket.signature import AccessKey

KEY_ID = "PHOTOCHROM_STORAGE__ACCESS_KEY_ID"
KEY_SECRET = "PHOTOCHROM_STORAGE__SECRET_ACCESS_KEY"
RESERVE = "PHOTOCHROM_STORAGE__RESERVE_BYTES"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m infra.standalone.bucket",
        description=f"Serve S3 on loopback from a folder. Clients must sign with the key pair in {KEY_ID} and "
        f"{KEY_SECRET}. Writes leave {RESERVE} of the disk free (500MB, 2GiB, …); by default a twentieth of it, at "
        "least 64 MiB and at most 1 GiB.",
    )
    parser.add_argument("--root", type=Path, required=True, help="the folder; each subfolder is a bucket")
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    try:
        key = AccessKey(os.environ[KEY_ID], os.environ[KEY_SECRET])
    except KeyError as missing:
        sys.exit(f"{missing.args[0]} is not set.")
    try:
        server = BucketServer(arguments.root.resolve(), arguments.port, key, _reserve_bytes())
    except OSError as error:
        sys.exit(f"Cannot listen on port {arguments.port}: {error.strerror}.")
    server.serve_until_stopped()


def _reserve_bytes() -> int | None:
    """None: the default."""
    text = os.environ.get(RESERVE)
    try:
        return int(TypeAdapter(ByteSize).validate_python(text)) if text else None
    except ValidationError:
        sys.exit(f"Invalid {RESERVE} {text!r}. Set a size such as 500MB or 2GiB.")


if __name__ == "__main__":
    main()
