"""Weights from where they lie – a path, a bucket, Hugging Face – known by the SHA-256 in their card."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
import torch

from shared.settings import BucketSettings, SourcesSettings, StorageSettings
from shared.storage.errors import StorageUnavailable
from shared.storage.s3 import S3Storage
from tests.fixtures.hub import COMMIT, hub_snapshot
from tests.fixtures.stack import free_port
from worker.colorizer import Colorizer
from worker.colorizer.checkpoint import CheckpointInfo, save_checkpoint
from worker.colorizer.network import Generator, GeneratorConfig
from worker.models.inference import Colorizers
from worker.models.registry import FetchedWeights, ModelRefused, Models, ModelUnavailable
from worker.models.weights import WeightsSources

__all__ = ["hub_snapshot"]

BUCKET = "weights"

Find = Callable[..., Path]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights of a model `museum`, as training leaves them: beside their card."""
    torch.manual_seed(0)
    config = GeneratorConfig(decoder_channels=(16, 16, 16, 16))
    return save_checkpoint(tmp_path_factory.mktemp("trained"), CheckpointInfo("museum", config), Generator(config))


@pytest.fixture
def cards(trained: Path, tmp_path: Path) -> Path:
    """A folder in which the model has its card, and nothing else."""
    folder = tmp_path / "cards"
    folder.mkdir()
    shutil.copy(trained.with_suffix(".json"), folder)
    return folder


@pytest.fixture
def find(cards: Path, tmp_path: Path, storage_settings: StorageSettings) -> Find:
    """`find("s3://…")`: what a worker finds that was told so."""

    def found(
        reference: str, *, name: str = "museum", storage: StorageSettings = storage_settings, **sources: object
    ) -> Path:
        own = WeightsSources(storage, SourcesSettings.model_validate(sources))
        return Models(cards, FetchedWeights({name: reference}, own, tmp_path / "cache")).find(name)

    return found


@pytest.fixture(scope="module")
def in_bucket(trained: Path, storage_settings: StorageSettings) -> str:
    """Where the weights lie in a bucket that is not the service's own."""
    bucket, content = S3Storage(storage_settings.model_copy(update={"bucket": BUCKET})), trained.read_bytes()

    async def fill() -> None:
        await bucket.ensure_bucket()
        await bucket.put("2026/museum.safetensors", content, "application/octet-stream")

    anyio.run(fill)
    bucket.close()
    return f"s3://{BUCKET}/2026/museum.safetensors"


def changed(trained: Path, folder: Path) -> Path:
    """The same number of bytes, one of them another."""
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


def test_a_bucket_that_the_operator_described_is_reached_as_described(
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


def test_what_was_fetched_once_is_not_fetched_again(find: Find, trained: Path, tmp_path: Path) -> None:
    lent = Path(shutil.copy(trained, tmp_path))
    first = find(str(lent))
    lent.unlink()

    assert find(str(lent)) == first
    assert first.read_bytes() == trained.read_bytes()


def test_what_was_damaged_in_the_cache_is_fetched_again(find: Find, trained: Path) -> None:
    find(str(trained)).write_bytes(b"no weights")

    assert find(str(trained)).read_bytes() == trained.read_bytes()


def test_a_new_card_counts_although_the_weights_are_the_same(find: Find, trained: Path, cards: Path) -> None:
    find(str(trained))
    card = cards / "museum.json"
    document = json.loads(card.read_text())
    document["input_size"] = 512
    card.write_text(json.dumps(document))

    assert Colorizer.load(find(str(trained))).input_size == 512


def test_weights_other_than_the_card_says_are_refused_and_not_kept(find: Find, trained: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match=r"has SHA-256 .*, but the card of 'museum' records"):
        find(str(changed(trained, tmp_path)))

    assert [name for _, _, names in os.walk(tmp_path / "cache") for name in names] == []


def test_no_more_is_taken_than_the_card_says(find: Find, trained: Path, tmp_path: Path) -> None:
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
def test_weights_that_cannot_be_had_are_named_with_the_reason(find: Find, reference: str, reason: str) -> None:
    with pytest.raises(ModelUnavailable, match=f"(?i)'museum' cannot be had from {reference}: .*({reason})"):
        find(reference)


def test_a_cache_that_cannot_be_written_is_named(find: Find, trained: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("A file where the folder should be.")

    with pytest.raises(ModelUnavailable, match=f"'museum' cannot be kept in {tmp_path / 'cache'}: "):
        find(str(trained))


def test_a_storage_that_is_away_is_said_to_be(find: Find, storage_settings: StorageSettings) -> None:
    away = storage_settings.model_copy(
        update={"endpoint_url": f"http://127.0.0.1:{free_port()}", "timeout_seconds": 0.5}
    )

    with pytest.raises(StorageUnavailable):
        find("s3://weights/museum.safetensors", storage=away)


def test_weights_without_a_card_are_not_served(find: Find, trained: Path) -> None:
    with pytest.raises(ModelUnavailable, match="'family' has no card"):
        find(str(trained), name="family")


def test_a_card_that_means_nothing_here_is_refused(find: Find, trained: Path, cards: Path) -> None:
    (cards / "museum.json").write_text('{"format": 99}')

    with pytest.raises(ModelRefused, match="format"):
        find(str(trained))


def test_several_models_are_served_side_by_side(
    cards: Path, trained: Path, tmp_path: Path, storage_settings: StorageSettings
) -> None:
    config = GeneratorConfig(decoder_channels=(16, 16, 16, 16))
    save_checkpoint(cards, CheckpointInfo("base", config), Generator(config))
    sources = WeightsSources(storage_settings, SourcesSettings())
    models = Models(cards, FetchedWeights({"museum": str(trained)}, sources, tmp_path / "cache"))
    colorizers = Colorizers(models, Colorizer.load, "cpu")

    colorizers.get_all()

    assert models.names() == ["base", "museum"]
    assert [colorizers.get(name).name for name in models.names()] == ["base", "museum"]
    assert colorizers.get("base").sha256 != colorizers.get("museum").sha256


def test_a_card_whose_weights_are_nowhere_keeps_a_worker_from_starting(cards: Path) -> None:
    with pytest.raises(ModelUnavailable, match=f"'museum': there is no {cards / 'museum.safetensors'}"):
        Colorizers(Models(cards), Colorizer.load, "cpu").get_all()


def test_damaged_weights_beside_their_card_are_refused(cards: Path, trained: Path, tmp_path: Path) -> None:
    shutil.copy(changed(trained, tmp_path), cards / "museum.safetensors")

    with pytest.raises(ModelRefused, match="SHA-256"):
        Colorizers(Models(cards), Colorizer.load, "cpu").get("museum")
