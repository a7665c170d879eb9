"""A gateway without keys refuses web pages of other sites."""

import httpx
import pytest

from tests.api.stage import JPEG, Stage


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8000", "192.168.1.7", "[::2]", "", "[bad"])
def test_the_host_of_another_machine_is_refused(client: httpx.Client, host: str) -> None:
    answer = client.get("/v1/jobs", headers={"Host": host})

    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_host")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example"])
def test_a_page_of_another_site_cannot_submit(client: httpx.Client, stage: Stage, origin: str) -> None:
    answer = client.post("/v1/jobs", content=JPEG, headers={"Origin": origin, "Content-Type": "text/plain"})

    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert stage.traces()["jobs"] == []


def test_each_of_several_origins_must_be_this_machine(client: httpx.Client) -> None:
    origins = [("Origin", "http://localhost"), ("Origin", "https://evil.example")]

    assert client.get("/v1/jobs", headers=origins).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000", "127.1.2.3"])
def test_names_and_pages_of_this_machine_are_accepted(client: httpx.Client, host: str) -> None:
    answer = client.get("/v1/jobs", headers={"Host": host, "Origin": f"http://{host}"})

    assert answer.status_code == 200
