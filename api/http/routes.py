"""How a request is named in logs and metrics: by the template of its route and our ids in its path.

Never by its path: that may hold a file name, or a key that somebody pasted into it, and each one would be a series.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.types import Scope

# For what no route has answered: an unknown path, or a request that was refused before.
NO_ROUTE = "none"
_ID = re.compile(r"[a-z]+_[0-9A-HJKMNP-TV-Z]{26}")

Templates = Mapping[Callable[..., Any], str]


def templates_of(app: FastAPI) -> Templates:
    """The template of each endpoint, the first if there are several. For `app.state.templates`."""
    templates: dict[Callable[..., Any], str] = {}
    for context in iter_route_contexts(app.routes):
        endpoint = context.endpoint or context.app  # What is mounted has no endpoint.
        templates.setdefault(endpoint, context.path_format or NO_ROUTE)
    return templates


def route_of(scope: Scope) -> str:
    """The template of the route that answers, known once it has been chosen."""
    templates: Templates = scope["app"].state.templates
    return templates.get(scope["endpoint"], NO_ROUTE) if "endpoint" in scope else NO_ROUTE


def ids_of(scope: Scope) -> dict[str, str]:
    """The valid ids in the path, as `job=job_…`."""
    values = scope.get("path_params", {}).items()
    return {name.removesuffix("_id"): value for name, value in values if _ID.fullmatch(str(value))}
