"""What a worker can be told by its environment, beside the shared groups."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from worker.process.settings import ColorizeSettings


@pytest.mark.parametrize("models", ["museum=s3://weights/museum.safetensors", '["s3://weights/museum.safetensors"]'])
def test_models_that_are_no_json_object_of_references_are_refused(models: str) -> None:
    with pytest.raises(ValidationError, match=r"no JSON|valid dict"):
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
def test_fetched_weights_are_kept_in_the_users_cache(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], folder: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert ColorizeSettings().cache_dir == Path(folder)
