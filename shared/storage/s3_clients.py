"""boto3's clients, the connections to an S3 server. They are created only here."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from threading import Lock
from typing import TYPE_CHECKING

import boto3
from anyio import NoEventLoopError, from_thread
from botocore.config import Config

from shared.settings import StorageSettings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


_CREATING = Lock()  # Sessions do not allow several threads to create clients at once; clients themselves do.


@dataclass(frozen=True)
class S3Clients:
    """`patient` has a timeout of minutes, `probe` one of seconds and no retries; `public` only signs URLs."""

    default: "S3Client"
    patient: "S3Client"
    probe: "S3Client"
    public: "S3Client"

    @classmethod
    def connect(cls, settings: StorageSettings, *, connections: int) -> "S3Clients":
        """Each client may have `connections` calls at once. Sends no request yet."""
        connect = partial(_client, settings, connections=connections)
        with _CREATING:
            return cls(
                default=connect(read_timeout=settings.timeout_seconds),
                # To complete an upload, a server may copy all parts before it responds.
                patient=connect(read_timeout=900),
                probe=connect(read_timeout=3, attempts=1),
                public=connect(read_timeout=3, endpoint_url=settings.public_endpoint_url),
            )

    def close(self) -> None:
        for client in (self.default, self.patient, self.probe, self.public):
            client.close()


@cache
def _session() -> boto3.session.Session:
    """Of the process: it holds the description of S3, which takes longer to read than a client to create."""
    return boto3.session.Session()


def _client(
    settings: StorageSettings,
    *,
    connections: int,
    read_timeout: float,
    attempts: int = 4,
    endpoint_url: str | None = None,
) -> "S3Client":
    client = _session().client(
        "s3",
        endpoint_url=endpoint_url or settings.endpoint_url,
        region_name=settings.region,
        aws_access_key_id=settings.access_key_id.get_secret_value(),
        aws_secret_access_key=settings.secret_access_key.get_secret_value(),
        config=Config(
            connect_timeout=3,
            read_timeout=read_timeout,
            retries={"mode": "standard", "total_max_attempts": attempts},
            max_pool_connections=connections,
            tcp_keepalive=True,
            signature_version="s3v4",
            # boto3 adds checksums by default, which not every other server supports.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path" if settings.path_style else "auto"},
        ),
    )
    client.meta.events.register("before-send.s3", _check_canceled)
    return client


def _check_canceled(**_: object) -> None:
    """Do not retry for a caller that was canceled: a worker that has lost its lease must store nothing more."""
    with suppress(NoEventLoopError):  # In a thread that anyio does not know, as in `_delete_page`.
        from_thread.check_cancelled()
