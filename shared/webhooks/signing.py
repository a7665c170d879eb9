"""Signatures of Standard Webhooks, version 1: HMAC-SHA256 over `id.timestamp.body`."""

import base64
import hmac
import json
import secrets
from collections.abc import Iterable
from datetime import datetime

from shared.webhooks.documents import Message

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def body_of(message: Message) -> bytes:
    """The same bytes in every attempt."""
    content = {"type": message.type, "timestamp": message.timestamp.isoformat(), "data": message.data}
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False, default=_as_text).encode()


def signed_headers(keys: Iterable[str], message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """With a signature for each secret, so that a receiver may change over while one replaces another."""
    timestamp = str(int(now.timestamp()))
    content = b".".join([message_id.encode(), timestamp.encode(), body])
    signatures = " ".join(f"v1,{_signature(key, content)}" for key in keys)
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signatures}


def _signature(key: str, content: bytes) -> str:
    secret = base64.b64decode(key.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(secret, content, "sha256")).decode()


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} in a message")
