"""Verifies AWS Signature Version 4 of request headers and presigned URLs. Signs nothing.

Follows "Signature Version 4" in the Amazon S3 API reference (sig-v4-header-based-auth, sigv4-query-string-auth).
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

UNSIGNED = "UNSIGNED-PAYLOAD"

_ALGORITHM = "AWS4-HMAC-SHA256"
_SKEW = timedelta(minutes=15)
_AUTHORIZATION = re.compile(rf"{_ALGORITHM} Credential=(\S+?), ?SignedHeaders=(\S+?), ?Signature=([0-9a-f]{{64}})")


class BadSignature(Exception):
    """The signature is missing, made with another key or for other content, or expired."""


@dataclass(frozen=True, slots=True)
class AccessKey:
    id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Request:
    """`path` and `query` as they came, still encoded; `header` finds a header's value by its lower-case name."""

    method: str
    path: str
    query: str
    header: Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """What a request states about its signature, in its headers or its query."""

    credential: str
    signed_headers: str
    signature: str
    date: str
    lifetime: timedelta
    payload: str
    query: str


def check_signature(request: Request, key: AccessKey, now: datetime) -> None:
    """Raise `BadSignature`. The caller must check that the body has the signed SHA-256."""
    claim = _presigned_claim(request) if "X-Amz-Signature=" in request.query else _header_claim(request)
    access_key, _, scope = claim.credential.partition("/")
    day, region, service, *_ = [*scope.split("/"), "", "", ""]
    if access_key != key.id:
        raise BadSignature("The access key is unknown.")
    signed_at = _time(claim.date)
    if not signed_at - _SKEW <= now <= signed_at + claim.lifetime or not claim.date.startswith(day):
        raise BadSignature("The signature has expired or is not valid yet.")
    if "host" not in claim.signed_headers.split(";"):
        raise BadSignature("The host is not signed.")
    digest = hashlib.sha256(_canonical(request, claim).encode()).hexdigest()
    message = f"{_ALGORITHM}\n{claim.date}\n{scope}\n{digest}"
    signing_key = f"AWS4{key.secret}".encode()
    for part in (day, region, service, "aws4_request"):
        signing_key = hmac.digest(signing_key, part.encode(), "sha256")
    expected = hmac.digest(signing_key, message.encode(), "sha256").hex()
    if not hmac.compare_digest(expected, claim.signature):
        raise BadSignature("The signature does not match.")


def _header_claim(request: Request) -> _Claim:
    match = _AUTHORIZATION.fullmatch(request.header("authorization") or "")
    if not match:
        raise BadSignature("The request is not signed.")
    credential, signed_headers, signature = match.groups()
    return _Claim(
        credential=credential,
        signed_headers=signed_headers,
        signature=signature,
        date=request.header("x-amz-date") or "",
        lifetime=_SKEW,
        payload=request.header("x-amz-content-sha256") or "",
        query=request.query,
    )


def _presigned_claim(request: Request) -> _Claim:
    parameters = dict(pair.partition("=")[::2] for pair in request.query.split("&"))
    others = "&".join(pair for pair in request.query.split("&") if not pair.startswith("X-Amz-Signature="))
    seconds = parameters.get("X-Amz-Expires", "")
    if not re.fullmatch("[0-9]{1,6}", seconds) or parameters.get("X-Amz-Algorithm") != _ALGORITHM:
        raise BadSignature("The presigned URL is incomplete.")
    return _Claim(
        credential=unquote(parameters.get("X-Amz-Credential", "")),
        signed_headers=unquote(parameters.get("X-Amz-SignedHeaders", "")),
        signature=parameters["X-Amz-Signature"],
        date=parameters.get("X-Amz-Date", ""),
        lifetime=timedelta(seconds=int(seconds)),
        payload=UNSIGNED,
        query=others,
    )


def _canonical(request: Request, claim: _Claim) -> str:
    pairs = sorted(pair.partition("=")[::2] for pair in claim.query.split("&") if pair)
    query = "&".join(f"{name}={value}" for name, value in pairs)
    headers = "".join(
        f"{name}:{' '.join((request.header(name) or '').split())}\n" for name in claim.signed_headers.split(";")
    )
    return f"{request.method}\n{request.path}\n{query}\n{headers}\n{claim.signed_headers}\n{claim.payload}"


def _time(date: str) -> datetime:
    try:
        return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise BadSignature("The signature has no date.") from None
