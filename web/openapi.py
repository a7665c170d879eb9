"""Prints what `npm run api` makes the page's types of: the gateway's OpenAPI document, without texts, examples and
headers, so that only a change of the API changes the types. Needs no server.
"""

import json
import sys
from typing import Any

from api.app import create_app
from api.settings import GatewaySettings
from shared.settings import MongoSettings, RedisSettings, StorageSettings

NOWHERE = GatewaySettings(
    mongo=MongoSettings(url="mongodb://nowhere"),
    redis=RedisSettings(url="redis://nowhere"),
    storage=StorageSettings.model_validate(
        {"bucket": "none", "endpoint_url": "http://nowhere", "access_key_id": "none", "secret_access_key": "none"}
    ),
)
TEXTS = ("description", "summary", "title", "example", "examples", "headers")
PROBLEM = {
    "description": "",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def types_of(document: dict[str, Any]) -> dict[str, Any]:
    for operations in document["paths"].values():
        for operation in operations.values():
            answers = {status: answer for status, answer in operation["responses"].items() if status < "300"}
            operation["responses"] = {**answers, "default": PROBLEM}
    return {**without_texts(document), "info": {"title": "Photochrom", "version": "1"}}


def without_texts(node: Any) -> Any:
    if isinstance(node, list):
        return [without_texts(each) for each in node]
    if not isinstance(node, dict):
        return node
    # A property may have such a name, too: then the value is its schema.
    return {
        name: without_texts(value)
        for name, value in node.items()
        if name not in TEXTS or (isinstance(value, dict) and ("type" in value or "anyOf" in value))
    }


if __name__ == "__main__":
    json.dump(types_of(create_app(NOWHERE).openapi()), sys.stdout)
