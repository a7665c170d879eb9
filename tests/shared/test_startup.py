"""What is missing or invalid is named in one sentence that contains no secret."""

from pathlib import Path

import pytest

from shared.settings import MongoSettings, ProcessSettings
from shared.startup import InvalidSettings, read_settings

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


def refusal() -> str:
    with pytest.raises(InvalidSettings) as refused:
        read_settings(ProcessSettings)
    return refused.value.detail


@pytest.mark.parametrize("missing", list(NEEDED))
def test_a_missing_variable_is_named_without_the_values_of_the_others(environment, missing):
    environment.delenv(missing)

    assert refusal().startswith(f"{missing} is not set (")
    assert "opensesame" not in refusal()


def test_all_missing_variables_are_named_at_once(environment):
    for name in NEEDED:
        environment.delenv(name)

    assert [part.split()[0] for part in refusal().split("; ")] == list(NEEDED)


def test_a_misspelled_variable_is_named_beside_the_missing_one(environment):
    environment.delenv("PHOTOCHROM_MONGO__URL")
    environment.setenv("PHOTOCHROM_MONGO_URL", "mongodb://db/")

    assert refusal() == (
        "PHOTOCHROM_MONGO__URL is not set (mongodb:// URL of the store); PHOTOCHROM_MONGO_URL is set, but unknown"
    )


def test_an_invalid_value_is_shown_unless_it_may_be_secret(environment):
    environment.setenv("PHOTOCHROM_DISPATCH__WINDOW", "many")
    environment.setenv("PHOTOCHROM_SOURCES__BUCKETS", '[{"name": "scans", "access_key_id": "opensesame"}]')

    assert "PHOTOCHROM_DISPATCH__WINDOW: Input should be a valid integer" in refusal()
    assert "not 'many'" in refusal()
    assert "opensesame" not in refusal()


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_secret_is_read_from_a_file(environment, tmp_path: Path, ending):
    secret = tmp_path / "a secret"
    secret.write_bytes(f"from a file{ending}".encode())
    environment.delenv("PHOTOCHROM_STORAGE__SECRET_ACCESS_KEY")
    environment.setenv("PHOTOCHROM_STORAGE__SECRET_ACCESS_KEY_FILE", str(secret))

    assert read_settings(ProcessSettings).storage.secret_access_key.get_secret_value() == "from a file"


def test_a_file_of_a_setting_that_the_process_does_not_read_stays_closed(environment):
    environment.setenv("PHOTOCHROM_WORKER__MODELS_FILE", "/nonexistent")

    read_settings(ProcessSettings)


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file or directory"), ("\n", "is empty"), ("x", "not both")]
)
def test_a_file_that_gives_no_value_is_refused(environment, tmp_path: Path, content, reason):
    secret = tmp_path / "secret"
    if content is not None:
        secret.write_text(content)
    if reason != "not both":
        environment.delenv("PHOTOCHROM_REDIS__URL")
    environment.setenv("PHOTOCHROM_REDIS__URL_FILE", str(secret))

    assert "PHOTOCHROM_REDIS__URL_FILE" in refusal()
    assert reason in refusal()


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("mongodb://photochrom@db:27017/?replicaSet=rs", "mongodb://photochrom:p%2F%40%3As@db:27017/?replicaSet=rs"),
        ("mongodb://photochrom@a:1,b:2/", "mongodb://photochrom:p%2F%40%3As@a:1,b:2/"),
        ("redis://queue:6379/0", "redis://:p%2F%40%3As@queue:6379/0"),
    ],
)
def test_a_password_of_its_own_is_put_into_the_url(url, full):
    assert MongoSettings.model_validate({"url": url, "password": "p/@:s"}).full_url() == full


def test_two_passwords_are_refused(environment):
    environment.setenv("PHOTOCHROM_MONGO__PASSWORD", "opensesame2")

    assert refusal() == "PHOTOCHROM_MONGO: url and password both contain a password; remove one of them"
