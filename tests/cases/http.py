"""J and names of B: what a request says about its body. No servers are needed: the gateway answers without."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from types import SimpleNamespace

import httpx

from api.access.caller import NO_KEY, Caller
from api.app import create_app
from api.settings import GatewaySettings
from api.submission.form import read_form
from tests.cases.case import Case

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4
NO_SERVERS = {
    "mongo": {"url": "mongodb://127.0.0.1:1"},
    "redis": {"url": "redis://127.0.0.1:1"},
    "storage": {"endpoint_url": "http://127.0.0.1:1", "access_key_id": "none", "secret_access_key": "none"},
}


def answer_to(method: str, path: str, content: bytes, **headers: str) -> str:
    """Status and code of the gateway's answer."""
    settings = GatewaySettings.model_validate(NO_SERVERS)
    app = create_app(settings)
    gateway = SimpleNamespace(settings=settings, admit=_admit)
    app.state.access = SimpleNamespace(identify=_no_key, count=_no_limit)
    app.state.gateways = SimpleNamespace(of=lambda _caller: gateway)

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, path, content=content, headers=named)

    answer = asyncio.run(send())
    return f"{answer.status_code} {answer.json()['code']}"


async def _admit(_size: int = 0) -> None:
    return None


async def _no_limit(_: object) -> None:
    return None


async def _no_key(_: object) -> Caller:
    return NO_KEY


def name_in_form(disposition: bytes) -> str:
    """The file's name as the gateway reads it."""

    async def body() -> AsyncIterator[bytes]:
        yield b"--B\r\nContent-Disposition: form-data; " + disposition + b"\r\n\r\n" + JPEG + b"\r\n--B--\r\n"

    return str(asyncio.run(read_form(body(), b"B")).filename)


DOTNET = b'name="file"; filename="=?utf-8?B?SMOkZmVuIDE5MzEuanBn?="; filename*=utf-8\'\'H%C3%A4fen%201931.jpg'

CASES = [
    Case(
        letter="J",
        name="content_range",
        situation="`curl -C 900 -T big.zip` resumes an upload: PUT with Content-Range and only the rest as its body.",
        right="400 partial_body",
        check=lambda: answer_to("PUT", "/v1/jobs/big.zip", JPEG, content_range="bytes 900-1927/1928"),
    ),
    Case(
        letter="J",
        name="content_encoding",
        situation="A JPEG sent with Content-Encoding: gzip.",
        right="415 unsupported_encoding",
        check=lambda: answer_to("PUT", "/v1/jobs/a.jpg", gzip.compress(JPEG), content_encoding="gzip"),
    ),
    Case(
        letter="J",
        name="newline_in_put_name",
        situation="A PUT whose name has a newline.",
        right="422 invalid_request",
        check=lambda: answer_to("PUT", "/v1/jobs/a%0Ab.jpg", JPEG),
    ),
    Case(
        letter="B",
        name="form_dotnet.bin",
        situation="A form of .NET or PowerShell: RFC 2047 in filename, and filename*.",
        right="Häfen 1931.jpg",
        check=lambda: name_in_form(DOTNET),
    ),
    Case(
        letter="B",
        name="form_browser_quote",
        situation="A browser's form with the file `a\"b.jpg`: the quote is sent as %22.",
        right='a"b.jpg',
        check=lambda: name_in_form(b'name="file"; filename="a%22b.jpg"'),
    ),
]
