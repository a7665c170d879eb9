"""Settings come from the environment, in groups; invalid ones are refused at the start."""

import json

import pytest
from pydantic import SecretStr, ValidationError

from shared.settings import LeaseSettings, ProcessSettings

NEEDED = {
    "PHOTOCHROM_MONGO__URL": "mongodb://user:opensesame@db/",
    "PHOTOCHROM_REDIS__URL": "redis://:opensesame@queue/0",
    "PHOTOCHROM_STORAGE__ACCESS_KEY_ID": "id",
    "PHOTOCHROM_STORAGE__SECRET_ACCESS_KEY": "opensesame",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_a_group_is_read_from_variables_with_its_prefix(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PHOTOCHROM_DISPATCH__WINDOW", "7")

    settings = ProcessSettings()  # type: ignore[call-arg]

    assert settings.dispatch.window == 7
    assert settings.mongo.url.get_secret_value() == NEEDED["PHOTOCHROM_MONGO__URL"]


def test_printed_settings_show_no_secret(environment: pytest.MonkeyPatch) -> None:
    assert "opensesame" not in repr(ProcessSettings())  # type: ignore[call-arg]


@pytest.mark.parametrize("missing", list(NEEDED))
def test_a_missing_server_or_key_is_refused(environment: pytest.MonkeyPatch, missing: str) -> None:
    environment.delenv(missing)

    with pytest.raises(ValidationError):
        ProcessSettings()  # type: ignore[call-arg]


def test_a_lease_that_cannot_be_renewed_in_time_is_refused() -> None:
    with pytest.raises(ValidationError, match="expire before they are renewed"):
        LeaseSettings(seconds=3)


def test_a_bucket_is_allowed_by_name_or_with_its_own_endpoint(environment: pytest.MonkeyPatch) -> None:
    elsewhere = {"name": "theirs", "endpoint_url": "https://s3.example", "access_key_id": "a", "secret_access_key": "b"}
    environment.setenv("PHOTOCHROM_STORAGE__ENDPOINT_URL", "http://ours")
    environment.setenv("PHOTOCHROM_SOURCES__BUCKETS", json.dumps(["scans", elsewhere]))

    settings = ProcessSettings()  # type: ignore[call-arg]
    near, far = (bucket.storage(settings.storage) for bucket in settings.sources.buckets)

    assert near == settings.storage.model_copy(update={"bucket": "scans"})
    assert (far.bucket, far.endpoint_url, far.access_key_id) == ("theirs", "https://s3.example", SecretStr("a"))


@pytest.mark.parametrize(
    ("buckets", "reason"),
    [
        ('["photochrom"]', "must not contain the service's bucket"),
        ('["scans", "scans"]', "listed more than once"),
        ('[{"name": "scans", "endpoint_url": "https://s3.example"}]', "never sent to another server"),
        ('[{"name": "scans", "access_key_id": "a"}]', "set both"),
        ('[{"name": "scans", "endpoint": "https://s3.example"}]', "Extra inputs"),
        ("scans", "not JSON"),
    ],
)
def test_an_invalid_list_of_buckets_is_refused(environment: pytest.MonkeyPatch, buckets: str, reason: str) -> None:
    environment.setenv("PHOTOCHROM_SOURCES__BUCKETS", buckets)

    with pytest.raises(ValidationError, match=reason):
        ProcessSettings()  # type: ignore[call-arg]
