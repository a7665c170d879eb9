"""The built page, and what `/` shows without it. Needs no server: the page is public and asks for nothing."""

import gzip
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import GatewaySettings

SCRIPT = b"console.log('page')"
GZIPPED = gzip.compress(SCRIPT, mtime=0)  # Without the time: all processes must collect the same tests.
POLICY = "content-security-policy"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A small build. What it must not serve lies beside it."""
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "page").mkdir()
    (folder / "index.html").write_text("<title>Photochrom</title>")
    (folder / "page" / "theme.js").write_text("theme")
    script = folder / "assets" / "index-4f2a.js"
    script.write_bytes(SCRIPT)
    script.with_name("index-4f2a.js.gz").write_bytes(GZIPPED)
    script.with_name("index-4f2a.js.br").write_bytes(b"as brotli")
    return folder


def gateway(page_dir: Path, **storage: object) -> TestClient:
    keys = {"access_key_id": "none", "secret_access_key": "none"}
    settings = GatewaySettings.model_validate(
        {
            "mongo": {"url": "mongodb://nowhere"},
            "redis": {"url": "redis://nowhere"},
            "storage": {"bucket": "photochrom", **keys, **storage},
            "page_dir": page_dir,
        }
    )
    return TestClient(create_app(settings), headers={"Accept-Encoding": "identity"})


@pytest.fixture
def client(dist: Path) -> TestClient:
    return gateway(dist)


@pytest.mark.parametrize("path", ["/", "/jobs", "/jobs/job_01JDC5H2ZK3Y8W6T0QF4R9XNMB/pictures/3", "/settings"])
def test_the_paths_of_its_views_answer_with_the_page(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.text) == (200, "<title>Photochrom</title>")
    assert answer.headers["cache-control"] == "no-cache"
    assert client.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_files_with_a_hash_are_kept_for_good_and_others_are_not(client: TestClient) -> None:
    assert client.get("/assets/index-4f2a.js").headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get("/page/theme.js").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepted", "encoding", "body"),
    [
        ("gzip, deflate, br", "br", b"as brotli"),
        ("gzip", "gzip", GZIPPED),
        ("br;q=0, gzip;q=0.5", "gzip", GZIPPED),
        ("identity", None, SCRIPT),
    ],
)
def test_the_best_accepted_encoding_is_sent(
    client: TestClient, accepted: str, encoding: str | None, body: bytes
) -> None:
    with client.stream("GET", "/assets/index-4f2a.js", headers={"Accept-Encoding": accepted}) as answer:
        content = b"".join(answer.iter_raw())

    assert answer.headers.get("content-encoding") == encoding
    assert content == body
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize("path", ["/assets//secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/page/none.js"])
def test_nothing_but_the_files_of_the_build_is_served(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert "secret" not in answer.json()["detail"]


def test_only_its_own_origin_is_allowed(client: TestClient) -> None:
    policy = client.get("/").headers[POLICY]

    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    ("path_style", "origins"),
    [(True, "https://s3.museum.org"), (False, "https://s3.museum.org https://photochrom.s3.museum.org")],
)
def test_storage_is_allowed_at_its_public_address(dist: Path, path_style: bool, origins: str) -> None:
    client = gateway(dist, public_endpoint_url="https://s3.museum.org/base", path_style=path_style)

    policy = client.get("/").headers[POLICY]

    assert f"connect-src 'self' {origins};" in policy
    assert f"img-src 'self' {origins} blob: data:;" in policy
    assert "script-src 'self';" in policy


def test_without_a_build_the_bare_address_says_how_to_get_one(tmp_path: Path) -> None:
    client = gateway(tmp_path / "none")

    assert "make web" in client.get("/").text
    assert client.get("/docs").status_code == 200
    problem = client.get("/jobs")
    assert (problem.status_code, problem.json()["code"]) == (404, "not_found")
    assert "make web" in problem.json()["detail"]
