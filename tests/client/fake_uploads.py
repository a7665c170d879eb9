"""The fake gateway's multipart uploads, with parts of ten bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

PART_BYTES = 10
PAGE = 2


@dataclass
class FakeFile:
    """One upload. `urls` counts how often presigned URLs of its parts were requested."""

    id: str
    filename: str | None
    bytes: int
    parts: dict[int, bytes] = field(default_factory=dict)
    state: str = "open"
    urls: int = 0

    @property
    def content(self) -> bytes:
        return b"".join(self.parts[number] for number in sorted(self.parts))

    def document(self) -> dict:
        names = ("id", "state", "filename", "bytes")
        return {**{name: getattr(self, name) for name in names}, "media_type": "image/jpeg"}

    def page(self, after: int) -> dict:
        self.urls += 1
        count = -(-self.bytes // PART_BYTES)
        numbers = range(after + 1, min(after + PAGE, count) + 1)
        path = f"/v1/uploads/{self.id}/parts"
        parts = [
            {"number": n, "bytes": min(PART_BYTES, self.bytes - (n - 1) * PART_BYTES), "url": f"{path}/{n}"}
            for n in numbers
        ]
        return {"data": parts, "next_cursor": str(after + PAGE) if after + PAGE < count else None}


def respond_to_upload(handler, method: str, rest: list[str]) -> None:
    """One request below `/v1/uploads`."""
    files = handler.gateway.files
    match [method, *rest]:
        case ["POST"]:
            document = json.loads(handler.read_body())
            file = FakeFile(f"upl_{len(files) + 1:026}", document["filename"], document["bytes"])
            files[file.id] = file
            handler.respond(201, {**file.document(), "parts": file.page(0)})
        case [_, upload_id, *_] if upload_id not in files:
            handler.problem(404, "upload_not_found", f"There is no upload {upload_id}.")
        case ["GET", upload_id]:
            handler.respond(200, files[upload_id].document())
        case ["DELETE", upload_id]:
            del files[upload_id]
            handler.respond(204, {})
        case ["GET", upload_id, "parts"]:
            handler.respond(200, files[upload_id].page(int(handler.query.get("after", 0))))
        case ["PUT", upload_id, "parts", number]:
            files[upload_id].parts[int(number)] = handler.read_body()
            handler.respond_bytes(204, b"", None, {"ETag": f'"{number}"'})
        case ["POST", upload_id, "complete"]:
            sent = json.loads(handler.read_body())["parts"]
            assert sent == [{"number": n, "etag": f'"{n}"'} for n in sorted(files[upload_id].parts)]
            files[upload_id].state = "completed"
            handler.respond(200, files[upload_id].document())
