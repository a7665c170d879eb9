"""The connections to an S3 server, boto3's clients: made here and nowhere else."""

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import boto3
from anyio import NoEventLoopError, from_thread
from botocore.config import Config

from shared.settings import StorageSettings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class S3Clients:
    """`patient` waits minutes for an answer, `probe` seconds and asks once; `public` only signs URLs."""

    usual: "S3Client"
    patient: "S3Client"
    probe: "S3Client"
    public: "S3Client"

    @classmethod
    def connect(cls, settings: StorageSettings, *, connections: int) -> "S3Clients":
        """`connections` is how many calls may run at once, of each client. No server is asked yet."""
        connect = partial(_client, boto3.session.Session(), settings, connections=connections)
        return cls(
            usual=connect(read_timeout=settings.timeout_seconds),
            # A server may copy all the parts before it answers.
            patient=connect(read_timeout=900),
            probe=connect(read_timeout=3, attempts=1),
            public=connect(read_timeout=3, endpoint_url=settings.public_endpoint_url),
        )

    def close(self) -> None:
        for client in (self.usual, self.patient, self.probe, self.public):
            client.close()


def _client(
    session: boto3.session.Session,
    settings: StorageSettings,
    *,
    connections: int,
    read_timeout: float,
    attempts: int = 4,
    endpoint_url: str | None = None,
) -> "S3Client":
    client = session.client(
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
            # Servers other than AWS's do not all know the checksums that boto3 adds unasked.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path" if settings.path_style else "auto"},
        ),
    )
    client.meta.events.register("before-send.s3", _check_canceled)
    return client


def _check_canceled(**_: object) -> None:
    """Make no further attempt for a caller that was canceled: whoever has lost a lease stores nothing more."""
    with suppress(NoEventLoopError):  # A thread of our own, for a call that goes on in one.
        from_thread.check_cancelled()
