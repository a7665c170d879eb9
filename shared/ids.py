"""Identifiers: a prefix that says what it names, and a ULID, so that ids sort by the time they were made."""

import secrets

from ulid import ULID


def new_job_id() -> str:
    return f"job_{ULID()}"


def new_upload_id() -> str:
    return f"upl_{ULID()}"


def new_request_id() -> str:
    return f"req_{ULID()}"


def new_lease_token() -> str:
    """A fencing token: 128 random bits in hex. Its first eight digits go into the keys of results."""
    return secrets.token_hex(16)
