"""Settings come from the environment, by groups; what cannot work is refused at the start."""

import pytest
from pydantic import ValidationError

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
    with pytest.raises(ValidationError, match="before it is renewed"):
        LeaseSettings(seconds=3)
