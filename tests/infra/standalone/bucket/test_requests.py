"""Which requests the bucket server accepts: signed, complete, and from local programs."""

import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.fixtures.ports import free_port
from tests.fixtures.storage import ACCESS_KEY, SECRET_KEY, bucket_running

Response = tuple[int, bytes]
Send = Callable[..., Response]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("root")
    (root / "photos").mkdir()
    (root / "photos" / "a.jpg").write_bytes(b"silver bromide")
    return root


@pytest.fixture(scope="module")
def address(root: Path, real_servers: None) -> Iterator[str]:
    port = free_port()
    with bucket_running(root, port):
        yield f"127.0.0.1:{port}"


def signed(
    method: str, url: str, body: bytes = b"", *, key: str = ACCESS_KEY, secret: str = SECRET_KEY
) -> dict[str, str]:
    """The headers that botocore would send."""
    request = AWSRequest(method, url, data=body)
    S3SigV4Auth(Credentials(key, secret), "s3", "us-east-1").add_auth(request)
    return dict(request.headers.items())


def presigned(url: str, *, expires_seconds: int = 60) -> str:
    request = AWSRequest("GET", url)
    S3SigV4QueryAuth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", "us-east-1", expires_seconds).add_auth(request)
    return str(request.url)


@contextmanager
def connected(address: str) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def send(address: str, method: str, target: str, headers: dict[str, str], body: bytes | None = None) -> Response:
    with connected(address) as connection:
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        return response.status, response.read()


def test_a_signed_request_is_answered(address: str) -> None:
    headers = signed("GET", f"http://{address}/photos/a.jpg")

    assert send(address, "GET", "/photos/a.jpg", headers) == (200, b"silver bromide")


def test_a_presigned_url_is_answered(address: str) -> None:
    url = urlsplit(presigned(f"http://{address}/photos/a.jpg"))

    assert send(address, "GET", f"{url.path}?{url.query}", {}) == (200, b"silver bromide")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"])
def test_an_unsigned_request_is_refused_whatever_its_method(address: str, root: Path, method: str) -> None:
    status, _ = send(address, method, "/photos/a.jpg", {})

    assert status == 403
    assert (root / "photos" / "a.jpg").read_bytes() == b"silver bromide"


@pytest.mark.parametrize("wrong", [{"key": "somebody"}, {"secret": "guessed"}])
def test_a_signature_with_another_key_is_refused(address: str, wrong: dict[str, str]) -> None:
    headers = signed("GET", f"http://{address}/photos/a.jpg", **wrong)

    assert send(address, "GET", "/photos/a.jpg", headers)[0] == 403


def test_a_signature_is_valid_for_one_object_and_one_method(address: str) -> None:
    headers = signed("GET", f"http://{address}/photos/b.jpg")

    assert send(address, "GET", "/photos/a.jpg", headers)[0] == 403
    assert send(address, "DELETE", "/photos/b.jpg", headers)[0] == 403


def test_a_presigned_url_expires_and_cannot_be_extended(address: str) -> None:
    expired = presigned(f"http://{address}/photos/a.jpg", expires_seconds=-1)
    url = presigned(f"http://{address}/photos/a.jpg")
    extended = url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000")

    assert send(address, "GET", expired.removeprefix(f"http://{address}"), {})[0] == 403
    assert send(address, "GET", extended.removeprefix(f"http://{address}"), {})[0] == 403


def test_a_web_page_is_refused_even_with_a_signature(address: str) -> None:
    headers = signed("GET", f"http://{address}/photos/a.jpg") | {"Origin": "https://example.org"}

    assert send(address, "GET", "/photos/a.jpg", headers)[0] == 403


def answer_to(
    address: str, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_a_page_of_the_gateway_may_send_parts_and_read_their_etags(address: str, root: Path) -> None:
    page = {"Origin": "http://127.0.0.1:8000"}

    allowed = answer_to(address, "OPTIONS", "/photos/part", page | {"Access-Control-Request-Method": "PUT"})
    assert (allowed.status, allowed.headers["Access-Control-Allow-Origin"]) == (204, page["Origin"])
    assert "PUT" in allowed.headers["Access-Control-Allow-Methods"]
    headers = signed("PUT", f"http://{address}/photos/part", b"part")
    stored = answer_to(address, "PUT", "/photos/part", headers | page, b"part")
    assert (stored.status, stored.headers["Access-Control-Allow-Origin"]) == (200, page["Origin"])
    assert "ETag" in stored.headers["Access-Control-Expose-Headers"].split(", ")
    assert stored.headers["ETag"]
    assert (root / "photos" / "part").read_bytes() == b"part"
    (root / "photos" / "part").unlink()


def test_the_signature_is_needed_on_a_page_of_the_gateway_too(address: str) -> None:
    assert answer_to(address, "PUT", "/photos/other", {"Origin": "http://localhost:8000"}, b"part").status == 403


@pytest.mark.parametrize("origin", ["https://example.org", "http://127.0.0.1:8001", "null"])
def test_pages_of_others_are_allowed_nothing(address: str, origin: str) -> None:
    refused = answer_to(address, "OPTIONS", "/photos/a.jpg", {"Origin": origin, "Access-Control-Request-Method": "GET"})

    assert refused.status == 403
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_a_rebound_host_name_is_refused(address: str) -> None:
    port = address.rpartition(":")[2]
    headers = signed("GET", f"http://rebound.example.org:{port}/photos/a.jpg")
    headers |= {"Host": f"rebound.example.org:{port}"}

    assert send(address, "GET", "/photos/a.jpg", headers)[0] == 403


def test_a_truncated_body_is_not_stored(address: str, root: Path) -> None:
    body = b"x" * 100_000
    headers = signed("PUT", f"http://{address}/photos/cut.jpg", body) | {"Content-Length": str(len(body))}

    with connected(address) as connection:
        connection.putrequest("PUT", "/photos/cut.jpg")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body[:60_000])
        connection.sock.shutdown(socket.SHUT_WR)
        status = connection.getresponse().status

    assert status == 400
    assert [path.name for path in (root / "photos").iterdir()] == ["a.jpg"]


def test_a_body_that_differs_from_the_signed_one_is_not_stored(address: str, root: Path) -> None:
    headers = signed("PUT", f"http://{address}/photos/other.jpg", b"signed")

    status, body = send(address, "PUT", "/photos/other.jpg", headers, b"forged")

    assert (status, b"XAmzContentSHA256Mismatch" in body) == (400, True)
    assert not (root / "photos" / "other.jpg").exists()


def test_a_key_cannot_leave_its_bucket(address: str, root: Path) -> None:
    target = "/photos/../../escaped.jpg"
    headers = signed("PUT", f"http://{address}{target}", b"x")

    status, _ = send(address, "PUT", target, headers, b"x")

    assert status in (400, 403)
    assert not (root.parent / "escaped.jpg").exists()
