"""Identifiers: a prefix that tells the kind, and a ULID, so that ids sort by creation time."""

import secrets

from ulid import ULID


def new_job_id() -> str:
    return f"job_{ULID()}"


def new_upload_id() -> str:
    return f"upl_{ULID()}"


def new_request_id() -> str:
    return f"req_{ULID()}"


def new_lease_token() -> str:
    """A fencing token: 128 random bits in hex. Result keys contain its first eight digits."""
    return secrets.token_hex(16)
