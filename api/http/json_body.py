"""Bodies that are JSON: read under a limit, checked against a model, and described for `/openapi.json`."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from api.http.body import MinimumRate, capped, receive
from api.http.errors import InvalidRequest
from api.http.wording import wording
from api.settings import GatewaySettings

Model = TypeVar("Model", bound=BaseModel)

LONGEST_BYTES = 1024**2


def is_json(request: Request) -> bool:
    """Whether the body says that it is."""
    return parse_options_header(request.headers.get("content-type", ""))[0] == b"application/json"


async def read_json(request: Request, model: type[Model], settings: GatewaySettings) -> Model:
    """Raises InvalidRequest, whose `errors` have pointers into the body, BodyTooLarge, and what `receive` does."""
    body = bytearray()
    content = receive(request, MinimumRate.of(settings))
    async for chunk in capped(content, LONGEST_BYTES):
        body += chunk
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        faults = [
            {"pointer": _pointer(found["loc"], model), "detail": wording(found, model)} for found in error.errors()
        ]
        detail = "; ".join(f"{fault['pointer']}: {fault['detail']}" for fault in faults)
        raise InvalidRequest(detail, faults) from None


def _pointer(place: tuple[int | str, ...], model: type[BaseModel]) -> str:
    """RFC 6901, as a URI fragment. pydantic puts the tag of a union's member between the field and what is in it."""
    if len(place) > 1 and (field := model.model_fields.get(str(place[0]))) and field.discriminator:
        place = (place[0], *place[2:])
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in place)


def documented(model: type[BaseModel], description: str = "") -> dict[str, Any]:
    """The `requestBody` of a route that reads it; the model's schema is added by `openapi.py`."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"required": True, "description": description, "content": {"application/json": {"schema": schema}}}
