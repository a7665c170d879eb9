"""The embedded stack's database: a SecantusDB server with a password, which exits when its storage engine panics.

If the disk is full even for a moment, WiredTiger panics and cannot recover. mongod exits then; SecantusDB 0.7.0b3 keeps
running and responds to every request with an internal error, so the stack looks as if it were up. The supervisor starts
it again, until there is space.
"""

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

from secantus.auth import SCRAM_SHA_256, StoredCredentials, derive_credentials
from secantus.server import SecantusDBServer

from infra.standalone.errors import DATABASE_FAILED as EXIT_CODE

LOOPBACK = "127.0.0.1"
PANIC = "WT_PANIC"


class ExitOnPanic(logging.Handler):
    """Watches the server's log records, the only place where a panic is visible."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if PANIC in str(error):
            try:
                sys.stderr.write(f"The storage engine failed: {error}. Is the disk full?\n")
                sys.stderr.flush()
            finally:  # On a full disk, the write may fail as well.
                os._exit(EXIT_CODE)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.standalone.database", description=__doc__)
    parser.add_argument("--folder", required=True, help="of the data")
    parser.add_argument("--host", default=LOOPBACK)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tls-certificate", metavar="PEM", help="accept only TLS connections, with this certificate")
    parser.add_argument("--tls-key", metavar="PEM")
    parser.add_argument("--user", required=True, help="who may connect, and do everything")
    parser.add_argument("--password-file", type=Path, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("secantus").addHandler(ExitOnPanic(logging.ERROR))
    server = SecantusDBServer(
        host=arguments.host,
        port=arguments.port,
        storage_path=arguments.folder,
        replica_set_name=None,  # A replica set would keep an oplog of every update, which nothing here reads.
        require_auth=True,
        enable_test_commands=False,
        cache_size="256M",
        sync_on_commit=True,
        tls_cert_file=arguments.tls_certificate,
        tls_key_file=arguments.tls_key,
    )
    set_password(server, arguments.user, arguments.password_file.read_text().strip())
    serve_until_stopped(server)


def set_password(server: SecantusDBServer, name: str, password: str) -> None:
    """At every start, so that the file decides, also for data that was written without a password."""
    user = server.storage.get_user("admin", name)
    if user and _matches(user["credentials"], password):
        return  # Nothing is written: the disk may be full.
    user = {
        "_id": f"admin.{name}",
        "user": name,
        "db": "admin",
        "credentials": derive_credentials(password).to_doc(),
        "roles": [{"role": "root", "db": "admin"}],
        "mechanisms": [SCRAM_SHA_256],
    }
    server.storage.add_user("admin", name, user, replace=True)


def _matches(credentials: dict[str, object], password: str) -> bool:
    stored = StoredCredentials.from_doc(credentials)
    return bool(derive_credentials(password, iterations=stored.iteration_count, salt=stored.salt) == stored)


def serve_until_stopped(server: SecantusDBServer) -> None:
    def stop(*_signal: object) -> None:
        server.stop()
        sys.exit(0)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    server.start()
    server.wait()


if __name__ == "__main__":
    main()
