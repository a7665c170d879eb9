"""The settings of a worker, in addition to the shared groups."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from worker.process.settings import ColorizeSettings


@pytest.mark.parametrize("models", ["museum=s3://weights/museum.safetensors", '["s3://weights/museum.safetensors"]'])
def test_models_must_be_a_json_object_of_references(models: str) -> None:
    with pytest.raises(ValidationError, match=r"invalid JSON|valid dict"):
        ColorizeSettings.model_validate({"models": models})


def test_models_are_references_by_name() -> None:
    settings = ColorizeSettings.model_validate({"models": '{"museum": "s3://weights/museum.safetensors"}'})

    assert settings.models == {"museum": "s3://weights/museum.safetensors"}


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"XDG_CACHE_HOME": "/var/cache/us", "HOME": "/home/us"}, "/var/cache/us/photochrom/models"),
        ({"XDG_CACHE_HOME": "", "HOME": "/home/us"}, "/home/us/.cache/photochrom/models"),
    ],
)
def test_downloaded_weights_are_kept_in_the_users_cache(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], folder: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert ColorizeSettings().cache_dir == Path(folder)
