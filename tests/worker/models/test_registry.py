"""Weights by reference (a path, a bucket, Hugging Face), identified by the SHA-256 in their card."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.settings import BucketSettings, SourcesSettings, StorageSettings
from shared.storage.errors import StorageUnavailable
from tests.fixtures.hub import COMMIT, hub_snapshot
from tests.fixtures.ports import free_port
from tests.fixtures.weights import BUCKET
from worker.colorizer import Colorizer
from worker.colorizer.checkpoint import CheckpointInfo, save_checkpoint
from worker.colorizer.network import Generator, GeneratorConfig
from worker.models.inference import Colorizers
from worker.models.registry import ModelRefused, ModelRegistry, ModelUnavailable, WeightsCache
from worker.models.weights import WeightsSources

__all__ = ["hub_snapshot"]

Find = Callable[..., Path]


@pytest.fixture
def cards(trained: Path, tmp_path: Path) -> Path:
    """A folder with the model's card and nothing else."""
    folder = tmp_path / "cards"
    folder.mkdir()
    shutil.copy(trained.with_suffix(".json"), folder)
    return folder


@pytest.fixture
def find(cards: Path, tmp_path: Path, storage_settings: StorageSettings) -> Find:
    """`find("s3://…")`: the local path of the weights at that reference."""

    def find_weights(
        reference: str, *, name: str = "museum", storage: StorageSettings = storage_settings, **sources: object
    ) -> Path:
        weights = WeightsSources(storage, SourcesSettings.model_validate(sources))
        return ModelRegistry(cards, WeightsCache({name: reference}, weights, tmp_path / "cache")).find(name)

    return find_weights


def with_changed_byte(trained: Path, folder: Path) -> Path:
    """Weights of the same length with one byte changed."""
    content = bytearray(trained.read_bytes())
    content[-1] ^= 1
    other = folder / "other.safetensors"
    other.write_bytes(content)
    return other


def test_weights_at_a_path_are_loaded_with_the_card_from_the_folder(find: Find, trained: Path) -> None:
    weights = find(str(trained))

    assert weights.read_bytes() == trained.read_bytes()
    assert Colorizer.load(weights).name == "museum"


def test_weights_in_a_bucket_are_loaded(find: Find, trained: Path, in_bucket: str) -> None:
    assert Colorizer.load(find(in_bucket)).sha256 == Colorizer.load(trained).sha256


def test_a_bucket_described_in_the_settings_is_reached_as_described(
    find: Find, trained: Path, in_bucket: str, storage_settings: StorageSettings
) -> None:
    nowhere = storage_settings.model_copy(update={"endpoint_url": f"http://127.0.0.1:{free_port()}"})
    described = BucketSettings(
        name=BUCKET,
        endpoint_url=storage_settings.endpoint_url,
        access_key_id=storage_settings.access_key_id,
        secret_access_key=storage_settings.secret_access_key,
    )

    assert find(in_bucket, storage=nowhere, buckets=[described]).read_bytes() == trained.read_bytes()


@pytest.mark.parametrize("repository", ["colors", "colors@main", f"colors@{COMMIT}"])
def test_weights_on_hugging_face_are_loaded(find: Find, trained: Path, hub_snapshot: Path, repository: str) -> None:
    shutil.copy(trained, hub_snapshot)

    assert Colorizer.load(find(f"hf://museum/{repository}/museum.safetensors")).name == "museum"


def test_cached_weights_are_not_downloaded_again(find: Find, trained: Path, tmp_path: Path) -> None:
    source = Path(shutil.copy(trained, tmp_path))
    first = find(str(source))
    source.unlink()

    assert find(str(source)) == first
    assert first.read_bytes() == trained.read_bytes()


def test_damaged_weights_in_the_cache_are_downloaded_again(find: Find, trained: Path) -> None:
    find(str(trained)).write_bytes(b"no weights")

    assert find(str(trained)).read_bytes() == trained.read_bytes()


def test_a_changed_card_takes_effect_although_the_weights_are_cached(find: Find, trained: Path, cards: Path) -> None:
    find(str(trained))
    card = cards / "museum.json"
    document = json.loads(card.read_text())
    document["input_size"] = 512
    card.write_text(json.dumps(document))

    assert Colorizer.load(find(str(trained))).input_size == 512


def test_weights_other_than_the_card_says_are_refused_and_not_kept(find: Find, trained: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match=r"has SHA-256 .*, but the card of 'museum' records"):
        find(str(with_changed_byte(trained, tmp_path)))

    assert [name for _, _, names in os.walk(tmp_path / "cache") for name in names] == []


def test_a_download_longer_than_the_card_records_is_refused(find: Find, trained: Path, tmp_path: Path) -> None:
    longer = tmp_path / "longer.safetensors"
    longer.write_bytes(trained.read_bytes() + b"\0")

    with pytest.raises(ModelRefused, match=f"longer than the {trained.stat().st_size} bytes"):
        find(str(longer))


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("/nowhere/museum.safetensors", "No such file"),
        (f"s3://{BUCKET}/nowhere", "nothing|no object"),
        ("s3://no-such-bucket/museum.safetensors", "bucket|refused"),
        ("s3://weights", "is not s3://BUCKET/KEY"),
        ("https://example.org/museum.safetensors", "it is neither a path nor s3://"),
        ("hf://museum/colors", "is not hf://OWNER/REPOSITORY/FILE"),
        ("hf://museum/colors/other.safetensors", "offline|cache|find"),
    ],
)
@pytest.mark.usefixtures("hub_snapshot", "in_bucket")
def test_unreadable_weights_are_reported_with_the_reason(find: Find, reference: str, reason: str) -> None:
    with pytest.raises(ModelUnavailable, match=f"(?i)'museum' cannot be read from {reference}: .*({reason})"):
        find(reference)


def test_a_cache_that_cannot_be_written_is_reported(find: Find, trained: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("A file where the folder should be.")

    with pytest.raises(ModelUnavailable, match=f"'museum' cannot be kept in {tmp_path / 'cache'}: "):
        find(str(trained))


def test_an_unavailable_storage_is_reported_as_such(find: Find, storage_settings: StorageSettings) -> None:
    unavailable = storage_settings.model_copy(
        update={"endpoint_url": f"http://127.0.0.1:{free_port()}", "timeout_seconds": 0.5}
    )

    with pytest.raises(StorageUnavailable):
        find("s3://weights/museum.safetensors", storage=unavailable)


def test_weights_without_a_card_are_not_served(find: Find, trained: Path) -> None:
    with pytest.raises(ModelUnavailable, match="'family' has no card"):
        find(str(trained), name="family")


def test_a_card_of_an_unknown_format_is_refused(find: Find, trained: Path, cards: Path) -> None:
    (cards / "museum.json").write_text('{"format": 99}')

    with pytest.raises(ModelRefused, match="format"):
        find(str(trained))


def test_several_models_are_served_side_by_side(
    cards: Path, trained: Path, tmp_path: Path, storage_settings: StorageSettings
) -> None:
    config = GeneratorConfig(decoder_channels=(16, 16, 16, 16))
    save_checkpoint(cards, CheckpointInfo("base", config), Generator(config))
    sources = WeightsSources(storage_settings, SourcesSettings())
    registry = ModelRegistry(cards, WeightsCache({"museum": str(trained)}, sources, tmp_path / "cache"))
    colorizers = Colorizers(registry, Colorizer.load, "cpu")

    colorizers.load_all()

    assert registry.names() == ["base", "museum"]
    assert [colorizers.get(name).name for name in registry.names()] == ["base", "museum"]
    assert colorizers.get("base").sha256 != colorizers.get("museum").sha256


def test_a_card_without_weights_keeps_a_worker_from_starting(cards: Path) -> None:
    with pytest.raises(ModelUnavailable, match=f"'museum': there is no {cards / 'museum.safetensors'}"):
        Colorizers(ModelRegistry(cards), Colorizer.load, "cpu").load_all()


def test_damaged_weights_beside_their_card_are_refused(cards: Path, trained: Path, tmp_path: Path) -> None:
    shutil.copy(with_changed_byte(trained, tmp_path), cards / "museum.safetensors")

    with pytest.raises(ModelRefused, match="SHA-256"):
        Colorizers(ModelRegistry(cards), Colorizer.load, "cpu").get("museum")
