"""What S3 servers, and what stands in their place, answer, in our words: boto3's exceptions become our own."""

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
    StorageRefused,
    StorageUnavailable,
)

BROKEN = (boto.ConnectionError, boto.HTTPClientError, boto.IncompleteReadError)

_TRY_LATER = frozenset({"SlowDown", "RequestTimeout", "Throttling", "ThrottlingException", "TooManyRequests"})
# A clock is wrong, here or there, and will be put right.
_SKEWED = frozenset({"RequestTimeTooSkewed"})
# What was sent is not what arrived.
_DAMAGED = frozenset({"BadDigest", "IncompleteBody", "XAmzContentSHA256Mismatch"})
_PARTS = frozenset({"InvalidPart", "InvalidPartOrder", "EntityTooSmall"})


def check_says(field: str, answer: Mapping[str, Any]) -> None:
    """S3 says this whenever it did as it was told. A page of 200 that a portal or a balancer gives instead does not."""
    if field not in answer:
        raise StorageUnavailable(f"Something else answers in the place of object storage: it gives no {field}.")


@contextmanager
def translated(key: str) -> Iterator[None]:
    """Let boto3's exceptions out as ours. `key` is what was asked for, or empty for the bucket."""
    try:
        yield
    except boto.ClientError as error:
        raise _meaning(error, key) from error
    except (*BROKEN, ResponseParserError) as error:
        raise StorageUnavailable(f"Object storage does not answer: {type(error).__name__}.") from error
    except boto.BotoCoreError as error:
        raise StorageRefused(str(error)) from error


def status_of(error: boto.ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _meaning(error: boto.ClientError, key: str) -> Exception:
    status, code = status_of(error), error.response.get("Error", {}).get("Code", "")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in _TRY_LATER | _SKEWED | _DAMAGED:
        return StorageUnavailable(f"Object storage answers {status} {code}.")
    if status == HTTPStatus.NOT_FOUND and key and code != "NoSuchBucket":
        return ObjectNotFound(f"Nothing is stored under {key}.")
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return ObjectTooShort("The object ends before the range does.")
    if status == HTTPStatus.PRECONDITION_FAILED:
        return ObjectChanged("The object was replaced.")
    if code in _PARTS:
        return PartsRefused(f"Object storage refuses the parts: {code}.")
    return StorageRefused(f"Object storage refuses: {status} {code}.")
