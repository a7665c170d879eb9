"""The models that a worker serves: a folder of cards, with the weights beside each card or, by reference, elsewhere.

Weights from elsewhere are identified by the SHA-256 that their card records and by nothing else. A cache keeps them
under that hash, and checks them against it before each use.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import uuid4

import structlog

from shared.errors import PhotochromError
from shared.storage.errors import ObjectNotFound, StorageRefused
from worker.colorizer.checkpoint import CheckpointError, Weights, read_card
from worker.models.weights import WeightsSources

log = structlog.get_logger()


class ModelUnavailable(PhotochromError):
    """A model has no card, or its weights cannot be read. The message names the model and where they should be."""

    code = "model_unavailable"


class ModelReplaced(ModelUnavailable):
    """The weights that a job was accepted with are gone: the worker has others under the model's name, or none."""

    code = "model_replaced"


class ModelRefused(PhotochromError):
    """The weights are not those that the card records, or not a checkpoint that this version understands."""

    code = "model_refused"


class ModelRegistry:
    """A folder of cards. A model without a reference in `cache` has its weights beside its card.

    Folders below it hold weights that were replaced. They are no models, and are found only by their SHA-256.
    """

    def __init__(self, folder: Path, cache: "WeightsCache | None" = None) -> None:
        self._folder = folder
        self._cache = cache

    def names(self) -> list[str]:
        """All models that this worker is configured to serve, including those that cannot be loaded."""
        in_folder = {path.stem for suffix in ("json", "safetensors") for path in self._folder.glob(f"*.{suffix}")}
        return sorted(in_folder.union(self._cache.references if self._cache else ()))

    def find(self, name: str) -> Path:
        """The local path of a model's weights, with the card beside them. Blocks while they are downloaded.

        Raises ModelUnavailable, ModelRefused, and StorageUnavailable, after which a later call may succeed.
        """
        weights = self._folder / f"{name}.safetensors"
        if self._cache and name in self._cache.references:
            return self._cache.find(weights.with_suffix(".json"))
        if not weights.is_file():
            raise ModelUnavailable(f"This worker has no weights for the model {name!r}: there is no {weights}.")
        return weights

    def find_weights(self, name: str, sha256: str) -> Path:
        """The local path of these weights: those of the model, or else some that were replaced, under whatever name.

        Raises what `find` does, and ModelReplaced.
        """
        if _recorded_sha256(self._folder / f"{name}.json") == sha256:
            return self.find(name)
        kept: list[Path] = [*sorted(self._folder.rglob("*.json")), *(self._cache.kept(sha256) if self._cache else ())]
        for card in kept:
            weights = card.with_suffix(".safetensors")
            if _recorded_sha256(card) == sha256 and weights.is_file():
                return weights
        raise ModelReplaced(
            f"The model {name!r} has other weights than {sha256}, and there are none of these below {self._folder}. "
            f"Put them and their card into {self._folder / 'replaced'}, then retry the job."
        )


@dataclass(frozen=True)
class WeightsCache:
    """Weights that are downloaded from `references` (`worker/models/weights.py`), which are keyed by model name, and
    kept in `folder`. Several workers may share the folder.
    """

    references: Mapping[str, str]
    sources: WeightsSources
    folder: Path

    def find(self, card: Path) -> Path:
        """The weights of the model that the card describes, with a copy of the card beside them.

        Raises what `ModelRegistry.find` does.
        """
        if not card.is_file():
            raise ModelUnavailable(f"The model {card.stem!r} has no card: there is no {card}.")
        try:
            _, recorded = read_card(card)
        except CheckpointError as error:
            raise ModelRefused(f"{error}.") from error
        weights = self.folder / recorded.sha256 / f"{card.stem}.safetensors"
        try:
            self._keep(card, recorded, weights)
        except OSError as error:
            raise ModelUnavailable(f"The weights of {card.stem!r} cannot be kept in {self.folder}: {error}") from error
        return weights

    def kept(self, sha256: str) -> list[Path]:
        """The cards of weights that were downloaded at some time."""
        return sorted((self.folder / sha256).glob("*.json"))

    def _keep(self, card: Path, recorded: Weights, weights: Path) -> None:
        weights.parent.mkdir(parents=True, exist_ok=True)
        if not _is_intact(weights, recorded):
            with _atomically_replaced(weights) as file:
                self._download(card.stem, recorded, file)
        with _atomically_replaced(weights.with_suffix(".json")) as file:
            file.write(card.read_bytes())

    def _download(self, name: str, recorded: Weights, file: IO[bytes]) -> None:
        reference = self.references[name]
        log.info("model.downloading", name=name, reference=reference, bytes=recorded.bytes)
        download = _Download(file)

        def write(piece: bytes) -> None:
            download.write(piece)
            if download.bytes > recorded.bytes:
                raise ModelRefused(f"{reference} is longer than the {recorded.bytes} bytes of the model {name!r}.")

        try:
            self.sources.read(reference, write)
        except (ValueError, OSError, ObjectNotFound, StorageRefused) as error:
            raise ModelUnavailable(f"The weights of {name!r} cannot be read from {reference}: {error}") from error
        if download.sha256 != recorded.sha256:
            raise ModelRefused(
                f"{reference} has SHA-256 {download.sha256}, but the card of {name!r} records {recorded.sha256}."
            )


class _Download:
    """A file being written, with the length and the hash of what was written so far."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.bytes = 0

    def write(self, piece: bytes) -> None:
        self._file.write(piece)
        self._digest.update(piece)
        self.bytes += len(piece)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def _recorded_sha256(card: Path) -> str | None:
    """None if there is no such card, or this version does not support it."""
    try:
        return read_card(card)[1].sha256
    except CheckpointError:
        return None


def _is_intact(weights: Path, recorded: Weights) -> bool:
    try:
        with weights.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == recorded.sha256
    except FileNotFoundError:
        return False


@contextmanager
def _atomically_replaced(path: Path) -> Iterator[IO[bytes]]:
    """Write a new file that replaces the old one when the block ends without an error."""
    partial = path.with_name(f"{path.name}.{uuid4().hex}")
    try:
        with partial.open("xb") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
