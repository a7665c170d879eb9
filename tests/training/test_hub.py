"""By the real loading code, from a cache as Hugging Face's client leaves it; nothing here reaches the network."""

import pytest
from huggingface_hub import constants

from training.hub import local_checkpoint, local_weights

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    snapshot = tmp_path / "models--museum--colors" / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    for name in ("base.safetensors", "base.json"):
        (snapshot / name).write_text(name)
    references = snapshot.parents[1] / "refs"
    references.mkdir()
    (references / "main").write_text(COMMIT)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return snapshot


def test_a_checkpoint_on_the_hub_is_found_with_its_description(cache):
    found = local_checkpoint("hf://museum/colors/base.safetensors")

    assert found.read_text() == "base.safetensors"
    assert found.with_suffix(".json").read_text() == "base.json"


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("revision", ["main", COMMIT])
def test_a_revision_can_be_named(revision):
    assert local_weights(f"hf://museum/colors@{revision}/base.safetensors").exists()


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("reference", ["hf://museum/colors/large.safetensors", "hf://museum/other/base.safetensors"])
def test_what_cannot_be_had_is_an_error_of_the_file_system(reference):
    with pytest.raises(OSError, match=r"offline|cache|find"):
        local_checkpoint(reference)


@pytest.mark.parametrize("reference", ["hf://museum", "hf://museum/colors", "hf:///colors/base.safetensors"])
def test_half_a_reference_is_refused(reference):
    with pytest.raises(ValueError, match="OWNER/REPOSITORY/FILE"):
        local_weights(reference)


def test_a_path_is_taken_as_it_is(tmp_path):
    assert local_weights(str(tmp_path / "base.safetensors")) == tmp_path / "base.safetensors"
