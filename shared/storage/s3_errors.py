"""Translating the exceptions of boto3, and unexpected responses, into the errors of object storage."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from shared.storage.errors import (
    ObjectChanged,
    ObjectNotFound,
    ObjectTooShort,
    PartsRefused,
    StorageFull,
    StorageRefused,
    StorageUnavailable,
)

BROKEN_CONNECTION = (boto.ConnectionError, boto.HTTPClientError, boto.IncompleteReadError)

_TRY_LATER = frozenset({"SlowDown", "RequestTimeout", "Throttling", "ThrottlingException", "TooManyRequests"})
# A clock is wrong, here or on the server. Clocks get corrected.
_SKEWED = frozenset({"RequestTimeTooSkewed"})
# The body was damaged in transit.
_DAMAGED = frozenset({"BadDigest", "IncompleteBody", "XAmzContentSHA256Mismatch"})
# MinIO's and Ceph's: the disks are nearly full, or the bucket's quota is used up. The embedded bucket uses the first.
_FULL = frozenset({"XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded"})
_BAD_PARTS = frozenset({"InvalidPart", "InvalidPartOrder", "EntityTooSmall"})


def require_field(field: str, response: Mapping[str, Any]) -> None:
    """Every success of S3 has this field. A page that a captive portal or a load balancer sends with 200 has not."""
    if field not in response:
        raise StorageUnavailable(f"The response has no {field}, so it does not come from object storage. Try later.")


@contextmanager
def translated(key: str) -> Iterator[None]:
    """Raise boto3's exceptions as errors of object storage. `key` is that of the request, empty for the bucket."""
    try:
        yield
    except boto.ClientError as error:
        raise _translate(error, key) from error
    except (*BROKEN_CONNECTION, ResponseParserError) as error:
        raise StorageUnavailable(f"Object storage does not respond: {type(error).__name__}.") from error
    except boto.BotoCoreError as error:
        raise StorageRefused(str(error)) from error


def status_of(error: boto.ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _translate(error: boto.ClientError, key: str) -> Exception:
    status, code = status_of(error), error.response.get("Error", {}).get("Code", "")
    if code in _FULL:
        return StorageFull(f"Object storage is full: {status} {code}.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in _TRY_LATER | _SKEWED | _DAMAGED:
        return StorageUnavailable(f"Object storage responds with {status} {code}.")
    if status == HTTPStatus.NOT_FOUND and key and code != "NoSuchBucket":
        return ObjectNotFound(f"There is no object {key!r}.")
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return ObjectTooShort("The object ends before the range does.")
    if status == HTTPStatus.PRECONDITION_FAILED:
        return ObjectChanged("The object was replaced.")
    if code in _BAD_PARTS:
        return PartsRefused(f"Object storage refuses the parts: {code}.")
    return StorageRefused(f"Object storage refuses the request: {status} {code}.")
