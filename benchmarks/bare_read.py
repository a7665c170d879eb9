"""The baseline of `benchmarks/poll.py`: an application that only reads a job by its id and returns it.

`python -m benchmarks.bare_read PORT`, with the environment of a gateway and on the same HTTP server.
"""

import sys

from pydantic_core import to_json
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.serving import listen, server_of
from api.settings import GatewaySettings
from shared.mongo import open_database
from shared.settings import MongoSettings


def bare_read(settings: MongoSettings) -> ASGIApp:
    """`GET /{id}`: the stored document as JSON. The database is opened at start, as in the gateway."""
    database = open_database(settings)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            scope["state"]["jobs"] = (await database.__aenter__())["jobs"]
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await database.__aexit__(None, None, None)
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = to_json(await scope["state"]["jobs"].find_one({"_id": scope["path"][1:]}))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return application


def main() -> int:
    settings = GatewaySettings()
    server = server_of(bare_read(settings.mongo), settings)
    server.run(sockets=[listen(settings.host, int(sys.argv[1]))])
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
