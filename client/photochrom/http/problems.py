"""What an answer means: the error that a problem document describes, or the document that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import httpx

from photochrom.errors import FieldProblem, PhotochromAPIError, UnexpectedAnswer, class_for
from photochrom.responses import Document

Parsed = TypeVar("Parsed")


def api_error(response: httpx.Response) -> PhotochromAPIError:
    """The error that an answer's problem document describes, as well as can be told where there is none."""
    status = response.status_code
    try:
        problem = response.json()
        code = str(problem["code"])
        detail = str(problem.get("detail") or problem.get("title") or code)
        fields = tuple(
            FieldProblem(str(each.get("parameter") or each.get("pointer") or ""), str(each["detail"]))
            for each in problem.get("errors") or ()
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        code, fields = f"http_{status}", ()
        detail = f"The service answered {status} {response.reason_phrase}".rstrip() + "."
    return class_for(status, code)(
        status,
        code,
        detail,
        response.headers.get("X-Request-Id"),
        fields=fields,
        retry_after=_seconds(response.headers.get("Retry-After")),
    )


def parsed(response: httpx.Response, read: Callable[[Document], Parsed]) -> Parsed:
    """What `read` makes of the answer's JSON. Raise `UnexpectedAnswer` where it is something else."""
    try:
        return read(response.json())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnexpectedAnswer(f"{response.url} did not answer as a Photochrom service does.") from error


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after and retry_after.strip().isdecimal() else None
