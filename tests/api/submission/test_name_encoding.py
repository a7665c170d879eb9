"""The option `name_encoding`: how it is sent, and what is no encoding."""

import httpx
import pytest

from shared.jobs.options import Options
from tests.api.archives import zip_of
from tests.api.sources import only, submit
from tests.api.stage import JPEG
from tests.api.uploading import uploaded


def test_it_is_recorded_however_it_is_sent(client: httpx.Client) -> None:
    options = {"name_encoding": "Shift_JIS"}

    raw = client.post("/v1/jobs", params=options, content=zip_of(a=JPEG))
    form = client.post("/v1/jobs", data=options, files={"file": ("a.zip", zip_of(a=JPEG))})
    source = submit(client, only(uploaded(client, JPEG, "a.jpg")), options=options)
    neither = client.post("/v1/jobs", content=JPEG)

    for answer in (raw, form, source):
        assert answer.status_code == 202, answer.text
        assert answer.json()["options"]["name_encoding"] == "Shift_JIS"
    assert neither.json()["options"]["name_encoding"] is None


@pytest.mark.parametrize("encoding", ["klingon", "hex", "", "x" * 40])
def test_an_unknown_encoding_is_refused(client: httpx.Client, encoding: str) -> None:
    answer = client.post("/v1/jobs", params={"name_encoding": encoding}, content=zip_of(a=JPEG))

    assert answer.status_code == 422
    assert "name_encoding" in answer.text


def test_a_job_without_the_option_stays_readable() -> None:
    assert Options.model_validate({"model": "base", "variants": 1}).name_codec is None
