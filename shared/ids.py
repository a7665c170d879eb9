"""Identifiers: a prefix that tells the kind, and a ULID, so that ids sort by creation time."""

import secrets

from ulid import ULID


def new_job_id() -> str:
    return f"job_{ULID()}"


def first_job_id(timestamp: float) -> str:
    """The lowest id that a job of this time can have."""
    return f"job_{str(ULID.from_timestamp(timestamp))[:10]}{'0' * 16}"


def time_of_job_id(job_id: str) -> float | None:
    """When the id was made. None: it is no id that `new_job_id` makes."""
    try:
        return ULID.from_str(job_id.removeprefix("job_")).timestamp
    except ValueError:
        return None


def new_upload_id() -> str:
    return f"upl_{ULID()}"


def new_request_id() -> str:
    return f"req_{ULID()}"


def new_lease_token() -> str:
    """A fencing token: 128 random bits in hex. Result keys contain its first eight digits."""
    return secrets.token_hex(16)
