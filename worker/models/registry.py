"""The models of a worker: a card each in one folder, with the weights beside it or, by reference, somewhere else.

What comes from elsewhere is known by the SHA-256 that its card records and by nothing else: under that name it is kept
in a cache, where it is looked at before each use.
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
    """There is no card, or there are no weights, of that name; the message says which, and where they should be."""

    code = "model_unavailable"


class ModelRefused(PhotochromError):
    """What lies there is not what the card records, or no checkpoint that this version understands."""

    code = "model_refused"


class Models:
    """A folder of cards. What `fetched` has no reference to has its weights beside its card."""

    def __init__(self, folder: Path, fetched: "FetchedWeights | None" = None) -> None:
        self._folder = folder
        self._fetched = fetched

    def names(self) -> list[str]:
        """All that this worker is told to serve, whether it can or not."""
        lying = {path.stem for suffix in ("json", "safetensors") for path in self._folder.glob(f"*.{suffix}")}
        return sorted(lying.union(self._fetched.references if self._fetched else ()))

    def find(self, name: str) -> Path:
        """The weights of a model on this machine, with the card beside them. Blocks while they are fetched.

        Raises ModelUnavailable, ModelRefused, and StorageUnavailable: then it may work later.
        """
        weights = self._folder / f"{name}.safetensors"
        if self._fetched and name in self._fetched.references:
            return self._fetched.find(weights.with_suffix(".json"))
        if not weights.is_file():
            raise ModelUnavailable(f"This worker has no weights of a model {name!r}: there is no {weights}.")
        return weights


@dataclass(frozen=True)
class FetchedWeights:
    """What `references` (`worker/models/weights.py`), by the models' names, lead to, and a folder to keep it in."""

    references: Mapping[str, str]
    sources: WeightsSources
    cache: Path

    def find(self, card: Path) -> Path:
        """The weights of the model that the card names, a copy of the card beside them. Raises what `Models.find` does.

        Several workers may share the cache.
        """
        if not card.is_file():
            raise ModelUnavailable(f"The model {card.stem!r} has no card: there is no {card}.")
        try:
            _, recorded = read_card(card)
        except CheckpointError as error:
            raise ModelRefused(f"{error}.") from error
        weights = self.cache / recorded.sha256 / f"{card.stem}.safetensors"
        try:
            self._keep(card, recorded, weights)
        except OSError as error:
            raise ModelUnavailable(f"The weights of {card.stem!r} cannot be kept in {self.cache}: {error}") from error
        return weights

    def _keep(self, card: Path, recorded: Weights, weights: Path) -> None:
        weights.parent.mkdir(parents=True, exist_ok=True)
        if not _is_intact(weights, recorded):
            with _replacing(weights) as file:
                self._fetch(card.stem, recorded, file)
        with _replacing(weights.with_suffix(".json")) as file:
            file.write(card.read_bytes())

    def _fetch(self, name: str, recorded: Weights, file: IO[bytes]) -> None:
        reference = self.references[name]
        log.info("model.fetching", name=name, reference=reference, bytes=recorded.bytes)
        incoming = _Incoming(file)

        def take(piece: bytes) -> None:
            incoming.take(piece)
            if incoming.bytes > recorded.bytes:
                raise ModelRefused(f"{reference} is longer than the {recorded.bytes} bytes of the model {name!r}.")

        try:
            self.sources.read(reference, take)
        except (ValueError, OSError, ObjectNotFound, StorageRefused) as error:
            raise ModelUnavailable(f"The weights of {name!r} cannot be had from {reference}: {error}") from error
        if incoming.sha256 != recorded.sha256:
            raise ModelRefused(
                f"{reference} has SHA-256 {incoming.sha256}, but the card of {name!r} records {recorded.sha256}."
            )


class _Incoming:
    """Bytes on their way into a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.bytes = 0

    def take(self, piece: bytes) -> None:
        self._file.write(piece)
        self._digest.update(piece)
        self.bytes += len(piece)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def _is_intact(weights: Path, recorded: Weights) -> bool:
    try:
        with weights.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == recorded.sha256
    except FileNotFoundError:
        return False


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """Write a file that takes the other's place at the end, or not at all."""
    partial = path.with_name(f"{path.name}.{uuid4().hex}")
    try:
        with partial.open("xb") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
