"""Responses turned into errors (RFC 9457 problem documents) or into the objects that were requested."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import httpx

from photochrom.errors import FieldProblem, PhotochromAPIError, UnexpectedAnswer, class_for
from photochrom.keys import VARIABLE, ApiKey, key_file
from photochrom.responses import Document

Parsed = TypeVar("Parsed")


def api_error(response: httpx.Response, api_key: ApiKey | None = None) -> PhotochromAPIError:
    """The error that a problem document describes, or one made from the status if the body is something else."""
    status = response.status_code
    try:
        problem = response.json()
        code = str(problem["code"])
        detail = str(problem.get("detail") or problem.get("title") or code)
        fields = tuple(
            FieldProblem(str(error.get("parameter") or error.get("pointer") or ""), str(error["detail"]))
            for error in problem.get("errors") or ()
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        code, fields = f"http_{status}", ()
        detail = f"The service returned {status} {response.reason_phrase}".rstrip() + "."
    return class_for(status, code)(
        status,
        code,
        _about_key(detail, api_key) if status == httpx.codes.UNAUTHORIZED else detail,
        response.headers.get("X-Request-Id"),
        fields=fields,
        retry_after=_seconds(response.headers.get("Retry-After")),
    )


def _about_key(detail: str, api_key: ApiKey | None) -> str:
    if api_key is None:
        where = f"Set {VARIABLE}, or write it to {key_file()} and run chmod 600 on that file."
        return f"The service needs an API key, which its operator creates. {where}"
    return f"{detail} The key is from {api_key.origin}."


def parsed(response: httpx.Response, read: Callable[[Document], Parsed]) -> Parsed:
    """Pass the response's JSON to `read`. Raise `UnexpectedAnswer` if it is not JSON or lacks what `read` needs."""
    try:
        return read(response.json())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"The response of {response.url} is not that of a Photochrom service. Check the address."
        raise UnexpectedAnswer(message) from error


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after and retry_after.strip().isdecimal() else None
