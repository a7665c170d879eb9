"""JSON bodies: read up to a limit, validated against a model, and described for `/openapi.json`."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from api.http.body import MinimumRate, capped, receive
from api.http.errors import (
    BodyIncomplete,
    BodyTooLarge,
    BodyTooSlow,
    EncodedBody,
    InvalidRequest,
    PartialBody,
)
from api.http.wording import MOST_FAULTS, describe_error, describe_faults
from api.settings import GatewaySettings

Model = TypeVar("Model", bound=BaseModel)

# What can be wrong with a body before it is read as JSON, for `declare`.
JSON_BODY = (BodyIncomplete, PartialBody, EncodedBody, BodyTooSlow, BodyTooLarge)

MAX_BYTES = 1024**2
MAX_FIELDS = 64
# The largest request that is of any use lists 10,000 parts of an upload with two values each.
MAX_VALUES = 32_000


def is_json(request: Request) -> bool:
    """Whether the Content-Type is JSON."""
    return parse_options_header(request.headers.get("content-type", ""))[0] == b"application/json"


async def read_json(request: Request, model: type[Model], settings: GatewaySettings) -> Model:
    """Raises InvalidRequest (its `errors` point into the body), BodyTooLarge, and what `receive` does."""
    body = bytearray()
    content = receive(request, MinimumRate.of(settings))
    async for chunk in capped(content, MAX_BYTES):
        body += chunk
    _check_size(body)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        faults = [
            {"pointer": _pointer(each["loc"], model), "detail": describe_error(each, model)}
            for each in error.errors(include_url=False)[:MOST_FAULTS]
        ]
        raise InvalidRequest(describe_faults(faults, error.error_count()), faults) from None


def _check_size(body: bytearray) -> None:
    """Raises InvalidRequest for more values than any request needs: each may become an error of its own."""
    try:
        left: list[Any] = [from_json(body)]
    except ValueError:
        return  # Validation says where it is malformed.
    values = 0
    while left:
        value = left.pop()
        members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        values += len(members)
        if values > MAX_VALUES or (isinstance(value, dict) and len(value) > MAX_FIELDS):
            detail = f"more than {MAX_VALUES} values, or an object with more than {MAX_FIELDS} fields"
            raise InvalidRequest(f"#: {detail}", [{"pointer": "#", "detail": detail}])
        left.extend(members)


def _pointer(location: tuple[int | str, ...], model: type[BaseModel]) -> str:
    """RFC 6901, as a URI fragment. pydantic puts the tag of a union's member between the field and its contents."""
    if len(location) > 1 and (field := model.model_fields.get(str(location[0]))) and field.discriminator:
        location = (location[0], *location[2:])
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in location)


def json_request_body(model: type[BaseModel], description: str = "") -> dict[str, Any]:
    """The `requestBody` of a route that reads this model, whose schema `openapi.py` adds."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"required": True, "description": description, "content": {"application/json": {"schema": schema}}}
