"""Requests whose body is the source: what the gateway receives, and how the client handles its response."""

import errno
import io
import re

import pytest
from photochrom import Client, Hint, Refused, ServiceBusy, ServiceUnreachable, SourceError, Unauthorized

from tests.client.fake_handler import cut_after_body, cut_at_once, refuse

PICTURE = bytes(range(256)) * 4096  # Several blocks.


def test_a_file_arrives_byte_for_byte_under_its_name(client, gateway, tmp_path):
    path = tmp_path / "old photo.jpg"
    path.write_bytes(PICTURE)

    job = client.submit(path)

    [upload] = gateway.uploads
    assert upload.body == PICTURE
    assert upload.query == {"filename": "old photo.jpg"}
    assert upload.headers["Content-Length"] == str(len(PICTURE))
    assert (job.id, job.kind, job.source.bytes) == ("job_01", "bulk", len(PICTURE))


def test_options_are_query_parameters_and_omitted_ones_are_not_sent(client, gateway):
    client.submit(b"x", filename="a.png", vividness=0.5, format="jpeg", quality=90, model="base")

    assert gateway.uploads[0].query == {
        "filename": "a.png",
        "vividness": "0.5",
        "format": "jpeg",
        "quality": "90",
        "model": "base",
    }


def test_hints_are_text_in_a_query_and_a_list_in_json(client, gateway):
    hints = [Hint(0.25, 1, "#b03020"), Hint.parse("0.5,0,#8fb4d8")]

    client.submit(b"x", filename="a.png", hints=hints)
    client.submit(client.upload(b"x", filename="a.png"), hints=hints)

    assert gateway.uploads[0].query == {"filename": "a.png", "hints": "0.25,1,#b03020;0.5,0.0,#8fb4d8"}
    assert gateway.json_requests[0]["options"] == {
        "hints": [{"x": 0.25, "y": 1, "color": "#b03020"}, {"x": 0.5, "y": 0.0, "color": "#8fb4d8"}]
    }


def test_seed_and_variants_are_sent_in_both_ways_even_if_0(client, gateway):
    job = client.submit(b"x", seed=0, variants=2)
    client.submit(client.upload(b"x", filename="a.png"), seed=7, variants=None)

    assert gateway.uploads[0].query == {"seed": "0", "variants": "2"}
    assert gateway.json_requests[0]["options"] == {"seed": 7}
    assert (job.options.seed, job.options.variants) == (0, 2)


@pytest.mark.parametrize("text", ["", "0.5,0.5", "left,0.5,#b03020", "0.5,0.5,#b03020,1"])
def test_an_invalid_hint_is_rejected(text):
    with pytest.raises(ValueError, match=r"Use X,Y,#RRGGBB"):
        Hint.parse(text)


def test_bytes_have_no_file_name(client, gateway):
    client.submit(PICTURE)

    assert gateway.uploads[0].query == {}
    assert gateway.uploads[0].body == PICTURE


def test_a_file_object_is_sent_from_its_position(client, gateway):
    stream = io.BytesIO(b"skipped" + PICTURE)
    stream.seek(7)

    client.submit(stream)

    assert gateway.uploads[0].body == PICTURE


def test_a_file_object_that_cannot_seek_is_sent_without_a_length(client, gateway):
    client.submit(Pipe(PICTURE))

    assert gateway.uploads[0].body == PICTURE
    assert "Content-Length" not in gateway.uploads[0].headers


@pytest.mark.parametrize("is_seekable", [True, False])
def test_an_unreadable_file_object_is_reported_in_one_sentence(client, is_seekable):
    class Broken(io.BytesIO):
        def seekable(self) -> bool:
            return is_seekable

        def read(self, size=-1):
            raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(SourceError, match=r"Cannot read the file object: Input/output error\."):
        client.submit(Broken(PICTURE))


def test_progress_ends_at_the_total(client, tmp_path):
    reported = []

    client.submit(PICTURE, on_progress=lambda sent, total: reported.append((sent, total)))

    assert reported == sorted(reported)
    assert reported[-1] == (len(PICTURE), len(PICTURE))


def test_an_upload_whose_response_was_lost_is_retried_and_makes_one_job(client, gateway, tmp_path):
    (tmp_path / "a.jpg").write_bytes(PICTURE)
    gateway.faults += [cut_after_body, cut_at_once]

    job = client.submit(tmp_path / "a.jpg")

    assert gateway.uploads[0].body == PICTURE
    assert list(gateway.jobs) == [job.id]


def test_a_busy_service_is_retried_after_its_retry_after_with_the_same_key(gateway):
    pauses = []
    keys = []
    gateway.faults += [
        lambda handler: (keys.append(handler.headers["Idempotency-Key"]), BUSY(handler)),
        refuse(409, "idempotency_in_flight", "The first upload has not ended."),
    ]

    with Client(gateway.url, on_retry=lambda failure, pause: pauses.append((failure.code, pause))) as client:
        client.submit(PICTURE)

    assert [code for code, _ in pauses] == ["store_unavailable", "idempotency_in_flight"]
    assert pauses[0][1] == 1
    assert keys == [gateway.uploads[0].headers["Idempotency-Key"]]


def test_two_submissions_of_the_same_bytes_are_two_jobs(client):
    assert client.submit(PICTURE).id != client.submit(PICTURE).id


def test_a_service_that_stays_busy_is_given_up(gateway):
    gateway.faults += [BUSY, BUSY]

    with Client(gateway.url, patience=0.5) as client, pytest.raises(ServiceBusy) as raised:
        client.submit(PICTURE)

    assert raised.value.retry_after == 1
    assert len(gateway.requests) == 1


def test_a_body_that_cannot_be_replayed_is_not_sent_again(client, gateway):
    gateway.faults.append(cut_after_body)

    with pytest.raises(ServiceUnreachable):
        client.submit(Pipe(PICTURE))

    assert gateway.requests == ["POST /v1/jobs"]


def test_a_refusal_has_a_reason_and_a_request_id(client, gateway):
    field = {"parameter": "vividness", "detail": "must be at most 1.5"}
    gateway.faults.append(refuse(422, "invalid_option", "An option is invalid.", errors=[field]))

    with pytest.raises(Refused) as raised:
        client.submit(PICTURE)

    error = raised.value
    assert (error.status, error.code, error.request_id) == (422, "invalid_option", "req_1")
    assert str(error) == "An option is invalid. (vividness: must be at most 1.5)"


def test_an_error_response_without_a_problem_document_is_still_an_error(client, gateway):
    gateway.faults.append(lambda handler: handler.respond_bytes(403, b"<html>no</html>", "text/html"))

    with pytest.raises(Unauthorized, match="returned 403 Forbidden"):
        client.job("job_01")


def test_the_api_key_comes_from_the_environment(gateway, monkeypatch):
    monkeypatch.setenv("PHOTOCHROM_API_KEY", "pc_secret")
    monkeypatch.setenv("PHOTOCHROM_URL", gateway.url)

    with Client() as client:
        client.submit(PICTURE)

    assert gateway.uploads[0].headers["Authorization"] == "Bearer pc_secret"
    assert re.match(r"photochrom/\d", gateway.uploads[0].headers["User-Agent"])


def test_an_invalid_address_is_rejected_at_once():
    with pytest.raises(ValueError, match="Invalid service address"):
        Client("localhost:8000")


def test_text_files_and_missing_files_are_refused_before_anything_is_sent(client, gateway, tmp_path):
    with pytest.raises(SourceError, match="text mode"):
        client.submit(io.StringIO("text"))
    with pytest.raises(SourceError, match="No such file"):
        client.submit(tmp_path / "missing.jpg")

    assert gateway.requests == []


BUSY = refuse(503, "store_unavailable", "The store is away.", {"Retry-After": "1"})


class Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False
