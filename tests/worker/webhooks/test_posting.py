"""One attempt, against real servers: what it reports, and where it refuses to connect."""

import time
from pathlib import Path

import pytest

from shared.webhooks.policy import WebhookSettings
from tests.fixtures.certificates import self_signed
from tests.fixtures.ports import free_port
from tests.fixtures.receiver import Receiver, receiving
from worker.webhooks.posting import Outcome, Poster

pytestmark = pytest.mark.anyio

LOCAL = WebhookSettings(hosts=["127.0.0.1", "hooks.example", "localhost"], timeout_seconds=5)


async def to_this_machine(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


async def post(url: str, settings: WebhookSettings = LOCAL, **parts: object) -> Outcome:
    return await Poster(settings, **parts).post(url, {"webhook-id": "msg_1"}, b"{}")  # type: ignore[arg-type]


async def test_a_message_arrives_as_it_was_signed(receiver: Receiver) -> None:
    outcome = await post(receiver.url("/hook?token=1"))

    (request,) = receiver.received
    assert (outcome, outcome.is_accepted) == (Outcome(status=204), True)
    assert (request.path, request.body, request.id) == ("/hook?token=1", b"{}", "msg_1")
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 410, 500, 503])
async def test_anything_but_success_is_a_failure_and_no_redirect_is_followed(receiver: Receiver, status: int) -> None:
    receiver.answers, receiver.answer_headers = [status], {"location": receiver.url("/elsewhere")}

    outcome = await post(receiver.url())

    assert (outcome.status, outcome.is_accepted) == (status, False)
    assert [request.path for request in receiver.received] == ["/hook"]


@pytest.mark.parametrize(
    ("host", "settings"),
    [
        ("127.0.0.1", WebhookSettings()),
        ("127.0.0.1", WebhookSettings(private_networks=True)),
        ("2130706433", LOCAL),
        ("0x7f.1", LOCAL),
        ("[::ffff:127.0.0.1]", LOCAL),
        ("localhost", WebhookSettings(hosts=["127.0.0.1"])),
    ],
)
async def test_this_machine_is_reached_by_a_listed_host_only(
    receiver: Receiver, host: str, settings: WebhookSettings
) -> None:
    assert await post(receiver.url(host=host), settings) == Outcome(error="address_forbidden")
    assert receiver.received == []


async def test_a_name_is_resolved_once_and_connected_to_by_what_was_checked(receiver: Receiver) -> None:
    """A second resolution could give another address than the one that was checked."""
    answers = [["169.254.169.254", "127.0.0.1"], ["127.0.0.1"]]

    async def resolve(host: str, port: int) -> list[str]:
        return answers.pop(0)

    assert await post(receiver.url(host="rebinding.example"), resolve=resolve) == Outcome(error="address_forbidden")
    assert (len(answers), receiver.received) == (1, [])


async def test_the_host_of_the_url_is_stated_although_an_address_is_connected_to(receiver: Receiver) -> None:
    assert (await post(receiver.url(host="hooks.example"), resolve=to_this_machine)).is_accepted
    assert receiver.received[0].headers["host"] == f"hooks.example:{receiver.port}"


async def test_the_next_address_is_tried_if_one_refuses(receiver: Receiver) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    assert (await post(receiver.url(host="hooks.example"), resolve=resolve)).is_accepted


async def test_tls_is_verified_for_the_host_of_the_url(
    real_servers: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = self_signed(tmp_path, "127.0.0.1")
    with receiving(certificate=certificate) as receiver:
        url = receiver.url(scheme="https")
        assert await post(url) == Outcome(error="tls_failed")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        assert (await post(url)).is_accepted
        other = receiver.url(host="hooks.example", scheme="https")
        assert await post(other, resolve=to_this_machine) == Outcome(error="tls_failed")


async def test_no_server_no_name_and_no_http_are_reported(receiver: Receiver) -> None:
    assert await post(f"http://127.0.0.1:{free_port()}/") == Outcome(error="connection_failed")
    assert await post("http://no-such-host.invalid/") == Outcome(error="name_unresolved")
    with receiving() as garbled:
        garbled.answer_headers = {"bad header": "x"}
        assert await post(garbled.url()) == Outcome(error="invalid_response")


async def test_a_receiver_that_does_not_answer_is_given_up_after_the_timeout(receiver: Receiver) -> None:
    receiver.before = lambda: time.sleep(1.5)
    begun = time.monotonic()

    outcome = await post(receiver.url(), LOCAL.model_copy(update={"timeout_seconds": 0.5}))

    assert outcome == Outcome(error="timeout")
    assert time.monotonic() - begun < 1.4


async def test_a_long_response_is_not_read_to_its_end(receiver: Receiver) -> None:
    receiver.content = bytes(50_000_000)

    assert (await post(receiver.url())).is_accepted


async def test_no_proxy_of_the_environment_is_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")

    assert (await post(receiver.url())).is_accepted


@pytest.mark.parametrize(("text", "seconds"), [("120", 120.0), ("soon", None), ("", None)])
async def test_retry_after_is_read(receiver: Receiver, text: str, seconds: float | None) -> None:
    receiver.answers, receiver.answer_headers = [429], {"retry-after": text}

    assert (await post(receiver.url())).retry_after == seconds
