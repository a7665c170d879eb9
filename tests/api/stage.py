"""A gateway on real servers for the tests of `api/`."""

import hashlib
import json
import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

from api.app import create_app
from api.backend import Backend
from api.http.serving import listen, server_of
from api.settings import GatewaySettings
from shared.storage.protocol import ObjectStorage

# Just enough to be recognized: the gateway never decodes a picture.
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass
class Stage:
    """The running gateway: its address, and the application, which lives on the event loop of `portal`."""

    url: str
    app: FastAPI
    portal: BlockingPortal

    @property
    def gateway(self) -> Backend:
        backend: Backend = self.app.state.backend
        return backend

    def traces(self) -> dict[str, list[str]]:
        """The contents of the store and the bucket: ids by collection, and keys."""
        return self.portal.call(self._traces)

    async def _traces(self) -> dict[str, list[str]]:
        traces = {
            name: sorted([document["_id"] async for document in self.gateway.database[name].find({}, {"_id": 1})])
            for name in ("jobs", "chunks", "uploads")
        }
        prefixes = ("jobs/", "uploads/")
        traces["objects"] = [item.key for prefix in prefixes async for item in self.gateway.storage.list_prefix(prefix)]
        return traces

    async def clear(self) -> None:
        for name in ("jobs", "chunks", "uploads", "part_uploads"):
            await self.gateway.database[name].delete_many({})
        await self.gateway.storage.delete_prefix("jobs/")
        await self.gateway.storage.delete_prefix("uploads/")


@dataclass
class Museum:
    """A user's bucket on the same server."""

    stage: Stage

    def put(self, key: str, content: bytes) -> None:
        self.stage.portal.call(self._bucket.put, key, content, "application/octet-stream")

    def clear(self) -> None:
        self.stage.portal.call(self._bucket.ensure_bucket)
        self.stage.portal.call(self._bucket.delete_prefix, "")

    @property
    def _bucket(self) -> ObjectStorage:
        return self.stage.gateway.storage.in_bucket("museum")


def write_cards(folder: Path, *names: str, hinted: Collection[str] = ()) -> Path:
    """Cards without checkpoints. The models in `hinted` support hints."""
    folder.mkdir(exist_ok=True)
    for name in names:
        sha256 = hashlib.sha256(name.encode()).hexdigest()
        card = {"format": 1, "name": name, "notice": f"About {name}.", "weights": {"sha256": sha256}}
        (folder / f"{name}.json").write_text(json.dumps({**card, "generator": {"hints": name in hinted}}))
    return folder


def settings_for(servers: dict[str, str], database: str, models_dir: Path, **changes: Any) -> GatewaySettings:
    return GatewaySettings.model_validate(
        {
            "mongo": {"url": servers["PHOTOCHROM_MONGO__URL"], "database": database, "timeout_seconds": 2},
            "redis": {"url": servers["PHOTOCHROM_REDIS__URL"]},
            "storage": {
                "bucket": servers["PHOTOCHROM_STORAGE__BUCKET"],
                "endpoint_url": servers["PHOTOCHROM_STORAGE__ENDPOINT_URL"],
                "access_key_id": servers["PHOTOCHROM_STORAGE__ACCESS_KEY_ID"],
                "secret_access_key": servers["PHOTOCHROM_STORAGE__SECRET_ACCESS_KEY"],
            },
            "dispatch": {"chunk_items": 4},
            "models_dir": models_dir,
            **changes,
        }
    )


@contextmanager
def gateway_running(settings: GatewaySettings) -> Iterator[Stage]:
    """The gateway on uvicorn, in a thread, as `python -m api` runs it."""
    app = create_app(settings)
    with ExitStack() as stack:
        listening = stack.enter_context(listen("127.0.0.1", 0))
        portal = stack.enter_context(start_blocking_portal())
        server = server_of(app, settings, app.state.stopping)
        served = portal.start_task_soon(_serve, server, listening)
        stack.callback(served.result)
        stack.callback(setattr, server, "should_exit", True)
        ready = threading.Event()
        while not server.started and not served.done():
            ready.wait(0.02)
        assert not served.done(), "the gateway did not start"
        yield Stage(f"http://127.0.0.1:{listening.getsockname()[1]}", app, portal)


async def _serve(server: uvicorn.Server, listening: socket.socket) -> None:
    await server.serve(sockets=[listening])
