"""These tests use the real loading code and a cache as Hugging Face's client writes it; none reaches the network."""

import sys

import pytest

from tests.fixtures.hub import COMMIT, hub_snapshot
from training.networks.weight_references import local_checkpoint, local_weights, recorded
from worker.colorizer import CheckpointError

__all__ = ["hub_snapshot"]


@pytest.fixture
def cache(hub_snapshot):
    for name in ("base.safetensors", "base.json"):
        (hub_snapshot / name).write_text(name)


@pytest.mark.usefixtures("cache")
def test_a_checkpoint_on_the_hub_is_found_with_its_description():
    weights = local_checkpoint("hf://museum/colors/base.safetensors")

    assert weights.read_text() == "base.safetensors"
    assert weights.with_suffix(".json").read_text() == "base.json"


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("revision", ["main", COMMIT])
def test_a_revision_can_be_named(revision):
    assert local_weights(f"hf://museum/colors@{revision}/base.safetensors").exists()


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("reference", ["hf://museum/colors/large.safetensors", "hf://museum/other/base.safetensors"])
def test_a_file_that_is_not_on_the_hub_raises_an_os_error(reference):
    with pytest.raises(OSError, match=r"offline|cache|find"):
        local_checkpoint(reference)


@pytest.mark.parametrize("reference", ["hf://museum", "hf://museum/colors", "hf:///colors/base.safetensors"])
def test_an_incomplete_reference_is_refused(reference):
    with pytest.raises(ValueError, match="OWNER/REPOSITORY/FILE"):
        local_weights(reference)


def test_a_missing_client_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)

    with pytest.raises(OSError, match="needs the package huggingface_hub"):
        local_weights("hf://museum/colors/base.safetensors")


def test_a_folder_is_refused_with_the_checkpoints_in_it(tiny):
    with pytest.raises(CheckpointError, match=r" is a folder, not a checkpoint\. Give .*: tiny\.safetensors$"):
        local_checkpoint(str(tiny.parent))


def test_a_misspelled_checkpoint_is_refused_with_the_others_of_its_folder(tiny):
    with pytest.raises(
        CheckpointError, match=r"no checkpoint .*tinny\.safetensors with tinny\.json .*: tiny\.safetensors$"
    ):
        local_checkpoint(str(tiny.with_stem("tinny")))


def test_a_folder_without_checkpoints_is_refused(tmp_path):
    (tmp_path / "weights.safetensors").touch()

    with pytest.raises(CheckpointError, match=r": none$"):
        local_checkpoint(str(tmp_path))


def test_a_checkpoint_is_loaded_by_either_of_its_files_or_without_a_suffix(tiny):
    for path in (tiny, tiny.with_suffix(".json"), tiny.with_suffix("")):
        assert local_checkpoint(str(path)) == path


def test_a_path_is_returned_unchanged(tmp_path):
    assert local_weights(str(tmp_path / "base.safetensors")) == tmp_path / "base.safetensors"


@pytest.mark.parametrize(
    ("reference", "known_as"),
    [(None, None), ("/home/me/models/base.safetensors", "base"), ("hf://museum/colors@v2/base.safetensors",) * 2],
)
def test_a_run_records_references_without_local_folders(reference, known_as):
    assert recorded(reference) == known_as
