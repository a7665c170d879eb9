"""The service's bucket: whether it responds, may be written, has the same time, and lets pages in if they need it."""

import http.client
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from anyio import to_thread

from infra.admin.doctor.findings import Finding, error, ok
from infra.admin.doctor.servers import check_clock
from shared.clock import utc_now
from shared.ids import new_lease_token
from shared.settings import StorageSettings
from shared.storage.errors import StorageFull, StorageRefused, StorageUnavailable
from shared.storage.opening import open_storage
from shared.storage.preparing import page_rules

PREFIX = "doctor/"
TIMEOUT_SECONDS = 5
# S3 refuses requests that are signed at another time than this.
SKEW_SECONDS = 15 * 60.0
PREPARE = "photochrom-admin prepare-bucket"


async def check_bucket(settings: StorageSettings, public_url: str | None) -> AsyncIterator[Finding]:
    headers = await to_thread.run_sync(_headers, settings)
    if headers is not None:
        yield ok("storage", f"{headers.get('Server') or 'A server without a name'} responds.")
    if headers is not None and "Date" in headers:
        yield _check_skew(parsedate_to_datetime(headers["Date"]).astimezone(UTC))
    yield await _check_rights(settings)
    if settings.public_endpoint_url is not None:
        yield await to_thread.run_sync(_check_pages, settings, public_url)


def _headers(settings: StorageSettings) -> Mapping[str, str] | None:
    """Those of any response, even of a refusal: a skewed clock is one of the reasons for which S3 refuses."""
    url = settings.endpoint_url or f"https://s3.{settings.region}.amazonaws.com"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=TIMEOUT_SECONDS) as response:
            return dict(response.headers)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return dict(refusal.headers)
    except (OSError, http.client.HTTPException):
        return None


def _check_skew(time: datetime) -> Finding:
    seconds = abs((utc_now() - time).total_seconds())
    if seconds >= SKEW_SECONDS:
        detail = f"The clock of the storage differs from this one by {seconds:.0f} s, so it refuses every request."
        return error("clock", detail, "Run NTP on both.")
    return check_clock("storage", time)


async def _check_rights(settings: StorageSettings) -> Finding:
    """Stores, reads and removes an object of a few bytes."""
    key, name = PREFIX + new_lease_token(), f"the bucket {settings.bucket!r}"
    with open_storage(settings, threads=1) as storage:
        try:
            await storage.ping()
            await storage.put(key, b"doctor", "text/plain")
            await storage.get(key)
            await storage.delete(key)
        except StorageFull as full:
            return error("storage", full.detail, "Make room: until then, uploads are refused and workers wait.")
        except StorageUnavailable as unavailable:
            return error("storage", unavailable.detail, "Start it, or correct PHOTOCHROM_STORAGE__ENDPOINT_URL.")
        except StorageRefused as refused:
            advice = f"Create {name} ({PREPARE}), or correct the key: it must read, write, list and delete there."
            return error("storage", refused.detail, advice)
    return ok("storage", f"Objects can be stored, read and removed in {name}.")


def _check_pages(settings: StorageSettings, public_url: str | None) -> Finding:
    """Pages read results and send the parts of uploads to the public endpoint, and need the ETag of each part."""
    advice = f"{PREPARE} --origin {public_url or 'URL'}"
    try:
        rules = page_rules(settings)
    except (StorageUnavailable, StorageRefused) as failure:
        return error("CORS", failure.detail, advice)
    origin = public_url.rstrip("/") if public_url else None
    for rule in rules:
        is_for_us = origin is None or {origin, "*"} & set(rule.origins)
        if is_for_us and {"GET", "PUT"} <= set(rule.methods) and "etag" in rule.exposed:
            return ok("CORS", f"Pages of {', '.join(rule.origins)} can use presigned URLs.")
    return error(
        "CORS", f"Pages of {origin or 'any origin'} cannot use presigned URLs: no CORS rule lets them.", advice
    )
