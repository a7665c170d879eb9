import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from infra.admin.__main__ import main
from shared.settings import StorageSettings
from shared.storage.preparing import prepare_bucket
from tests.fixtures.ports import free_port
from tests.fixtures.storage import ACCESS_KEY, SECRET_KEY, bucket_running, bucket_settings

ORIGIN = "https://photos.example.org"


def test_a_missing_bucket_is_created_once(any_storage_settings: StorageSettings):
    settings = any_storage_settings.model_copy(update={"bucket": "prepared-once"})

    assert prepare_bucket(settings, []) is True
    assert prepare_bucket(settings, []) is False


def test_a_bucket_in_another_region_is_created_there(moto_url: str):
    settings = bucket_settings(moto_url, bucket="prepared-abroad").model_copy(update={"region": "eu-west-1"})

    assert prepare_bucket(settings, []) is True
    assert prepare_bucket(settings, []) is False


def test_pages_of_the_given_origin_may_upload_parts(moto_url: str):
    prepare_bucket(bucket_settings(moto_url, bucket="prepared-for-pages"), [ORIGIN])

    headers = preflight(f"{moto_url}/prepared-for-pages/scan", ORIGIN)

    assert headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "PUT" in headers["Access-Control-Allow-Methods"]


def test_the_command_reads_the_settings_and_says_what_it_did(
    moto_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    set_storage(monkeypatch, moto_url, "prepared-by-command")
    monkeypatch.setattr("sys.argv", ["photochrom-admin", "prepare-bucket"])

    assert [main(), main()] == [0, 0]
    assert capsys.readouterr().out == (
        "The bucket 'prepared-by-command' was created.\nThe bucket 'prepared-by-command' exists.\n"
    )


def test_the_command_waits_for_a_server_that_is_starting(
    tmp_path: Path, real_servers: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    port = free_port()
    set_storage(monkeypatch, f"http://127.0.0.1:{port}", "prepared-later")
    monkeypatch.setattr("sys.argv", ["photochrom-admin", "prepare-bucket"])
    with ThreadPoolExecutor(1) as threads:
        code = threads.submit(main)
        time.sleep(1.5)  # At least one attempt finds nobody.
        assert not code.done()
        with bucket_running(tmp_path, port):
            assert code.result(timeout=60) == 0

    assert (tmp_path / "prepared-later").is_dir()


def test_a_server_that_does_not_come_is_reported(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    set_storage(monkeypatch, f"http://127.0.0.1:{free_port()}", "prepared-never")
    monkeypatch.setattr("sys.argv", ["photochrom-admin", "prepare-bucket", "--wait", "0"])

    assert main() == 1
    assert "Object storage does not respond" in capsys.readouterr().err


def set_storage(monkeypatch: pytest.MonkeyPatch, url: str, bucket: str) -> None:
    values = {"ENDPOINT_URL": url, "BUCKET": bucket, "ACCESS_KEY_ID": ACCESS_KEY, "SECRET_ACCESS_KEY": SECRET_KEY}
    for name, value in values.items():
        monkeypatch.setenv(f"PHOTOCHROM_STORAGE__{name}", value)


def preflight(url: str, origin: str) -> dict[str, str]:
    headers = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
    with urlopen(Request(url, method="OPTIONS", headers=headers), timeout=10) as response:
        return dict(response.headers)
