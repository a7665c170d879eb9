"""JSON bodies: read up to a limit, validated against a model, and described for `/openapi.json`."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from api.http.body import MinimumRate, capped, receive
from api.http.errors import InvalidRequest
from api.http.wording import describe_error
from api.settings import GatewaySettings

Model = TypeVar("Model", bound=BaseModel)

MAX_BYTES = 1024**2


def is_json(request: Request) -> bool:
    """Whether the Content-Type is JSON."""
    return parse_options_header(request.headers.get("content-type", ""))[0] == b"application/json"


async def read_json(request: Request, model: type[Model], settings: GatewaySettings) -> Model:
    """Raises InvalidRequest (its `errors` point into the body), BodyTooLarge, and what `receive` does."""
    body = bytearray()
    content = receive(request, MinimumRate.of(settings))
    async for chunk in capped(content, MAX_BYTES):
        body += chunk
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        faults = [
            {"pointer": _pointer(each["loc"], model), "detail": describe_error(each, model)} for each in error.errors()
        ]
        detail = "; ".join(f"{fault['pointer']}: {fault['detail']}" for fault in faults)
        raise InvalidRequest(detail, faults) from None


def _pointer(location: tuple[int | str, ...], model: type[BaseModel]) -> str:
    """RFC 6901, as a URI fragment. pydantic puts the tag of a union's member between the field and its contents."""
    if len(location) > 1 and (field := model.model_fields.get(str(location[0]))) and field.discriminator:
        location = (location[0], *location[2:])
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in location)


def json_request_body(model: type[BaseModel], description: str = "") -> dict[str, Any]:
    """The `requestBody` of a route that reads this model, whose schema `openapi.py` adds."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"required": True, "description": description, "content": {"application/json": {"schema": schema}}}
