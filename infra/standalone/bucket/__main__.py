"""`python -m infra.standalone.bucket`: serves S3 from a folder."""

import argparse
import logging
import sys
from pathlib import Path

from infra.standalone.bucket.server import LOOPBACK, BucketServer
from infra.standalone.bucket.signature import AccessKey
from shared.environment import EnvironmentSettings
from shared.errors import PhotochromError
from shared.settings import StorageSettings
from shared.startup import read_settings


class BucketSettings(EnvironmentSettings):
    storage: StorageSettings
    # The gateway's, whose page sends uploads here.
    port: int = 8000
    public_url: str | None = None

    @property
    def origins(self) -> set[str]:
        of_this_machine = {f"http://{host}:{self.port}" for host in ("127.0.0.1", "localhost")}
        return of_this_machine | ({self.public_url.rstrip("/")} if self.public_url else set())


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m infra.standalone.bucket",
        description="Serve S3 from a folder. Clients must sign with the key pair in "
        "PHOTOCHROM_STORAGE__ACCESS_KEY_ID and PHOTOCHROM_STORAGE__SECRET_ACCESS_KEY. Writes leave "
        "PHOTOCHROM_STORAGE__RESERVE_BYTES of the disk free (500MB, 2GiB, …); by default a twentieth of it, at least "
        "64 MiB and at most 1 GiB.",
    )
    parser.add_argument("--root", type=Path, required=True, help="the folder; each subfolder is a bucket")
    parser.add_argument("--host", default=LOOPBACK)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    try:
        settings = read_settings(BucketSettings)
    except PhotochromError as error:
        sys.exit(f"{error.detail}.")
    storage = settings.storage
    key = AccessKey(storage.access_key_id.get_secret_value(), storage.secret_access_key.get_secret_value())
    try:
        server = BucketServer(
            arguments.root.resolve(),
            arguments.port,
            key,
            storage.reserve_bytes,
            host=arguments.host,
            origins=settings.origins,
        )
    except OSError as error:
        sys.exit(f"Cannot listen on port {arguments.port}: {error.strerror}.")
    server.serve_until_stopped()


if __name__ == "__main__":
    main()
