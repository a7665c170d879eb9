"""Checkpoints on disk: weights in `NAME.safetensors`, and a card in `NAME.json` that explains them. Never pickled."""

import dataclasses
import hashlib
import json
import re
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from worker.colorizer.bins import ab_bins
from worker.colorizer.calibration import Calibration
from worker.colorizer.color import AB_LIMIT, LIGHTNESS_RANGE
from worker.colorizer.network import OUTPUT_STRIDE, STRIDE, Generator, GeneratorConfig

FORMAT = 1
MAX_BYTES_IN_GIT = 16 * 2**20

LONGEST_NAME = 64  # The limit of the job option `model`.
_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_NAME - 1}}}")


class CheckpointError(Exception):
    """The checkpoint is missing, damaged, or not supported by this version; the message says which."""


@dataclass(frozen=True)
class CheckpointInfo:
    """The card, except for what is derived from the weights and the code."""

    name: str
    generator: GeneratorConfig
    _: KW_ONLY
    input_size: int = 256  # An input has the area of a square with this side.
    calibration: Calibration = field(default_factory=Calibration)
    training: dict[str, Any] = field(default_factory=dict)  # Recipe, git revision, data hash, steps, minutes.
    metrics: dict[str, Any] = field(default_factory=dict)
    license: str = "Apache-2.0"
    notice: str = ""
    description: str = ""  # Helps people to choose a model.


_LATER_FIELDS: dict[str, Any] = {"description": ""}  # Missing in older cards.


@dataclass(frozen=True)
class Weights:
    """What the card records of the weights. They are identified by this, wherever they are stored."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint as read. The weights match the generator's architecture and the recorded `sha256`."""

    info: CheckpointInfo
    generator: Generator
    sha256: str


def save_checkpoint(folder: Path, info: CheckpointInfo, generator: Generator, *, max_bytes: int | None = None) -> Path:
    """Write both files atomically, weights first, and return the path of the weights.

    Raises CheckpointError, and writes nothing, if the name is not valid for a model, or if the weights take more than
    `max_bytes`.
    """
    check_name(info.name)
    content = packed(generator)
    if max_bytes is not None and len(content) > max_bytes:
        raise CheckpointError(f"The weights of {info.name} take {len(content)} bytes, more than {max_bytes}.")
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / f"{info.name}.safetensors"
    document = {"format": FORMAT, **dataclasses.asdict(info), **_derived(info.generator)}
    document["weights"] = {
        "file": weights.name,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    _replace(weights, content)
    _replace(weights.with_suffix(".json"), (json.dumps(document, indent=2) + "\n").encode())
    return weights


def check_name(name: str) -> None:
    """Raises CheckpointError unless the name is valid for a file and for the job option `model`."""
    if not _NAME.fullmatch(name):
        raise CheckpointError(
            f"Invalid model name {name!r}. Use at most {LONGEST_NAME} letters, digits, '.', '_' and '-', and begin "
            "with a letter or digit."
        )


def packed(generator: Generator) -> bytes:
    """The weights as a safetensors file, the same bytes for the same weights.

    Kernels are stored in half precision; vectors (norms, biases) in single: they are small and their range is wide.
    """
    return save_tensors({key: _stored(tensor) for key, tensor in generator.state_dict().items()})


def load_checkpoint(path: Path) -> Checkpoint:
    """Read both files, given the path of either. Raises CheckpointError."""
    info, recorded = read_card(path.with_suffix(".json"))
    weights = path.with_suffix(".safetensors")
    try:
        content = weights.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{weights}: {error.strerror}") from error
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != recorded.sha256:
        raise CheckpointError(f"{weights} has SHA-256 {sha256}, but its JSON records {recorded.sha256}.")
    generator = Generator(info.generator)
    try:
        tensors = {key: tensor.float() for key, tensor in load_tensors(content).items()}
        generator.load_state_dict(tensors, strict=True)
    except (SafetensorError, RuntimeError) as error:
        raise CheckpointError(f"{weights} does not fit the architecture in its JSON: {error}") from error
    return Checkpoint(info, generator.eval(), sha256)


def read_card(path: Path) -> tuple[CheckpointInfo, Weights]:
    """The card alone. Raises CheckpointError if this version does not support it."""
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise CheckpointError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise CheckpointError(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise CheckpointError(f"{path} is not a checkpoint card of format {FORMAT}.")
    try:
        generator = GeneratorConfig(**_tuples(document["generator"]))
        calibration = Calibration(**document["calibration"])
        values = _LATER_FIELDS | document
        plain = {item.name: values[item.name] for item in dataclasses.fields(CheckpointInfo)}
        info = CheckpointInfo(**{**plain, "generator": generator, "calibration": calibration})
        recorded = Weights(int(document["weights"]["bytes"]), str(document["weights"]["sha256"]))
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"{path} has a missing or unknown field: {error}") from error
    except ValueError as error:
        raise CheckpointError(f"{path} has an invalid value: {error}") from error
    for key, value in _derived(info.generator).items():
        if document.get(key) != value:
            raise CheckpointError(f"{path} was written for {key} {document.get(key)}, but this version has {value}.")
    return info, recorded


def _derived(config: GeneratorConfig) -> dict[str, Any]:
    """How this code interprets inputs and outputs. A checkpoint written for another interpretation must not load."""
    bins = ab_bins(config.bin_grid)
    return {
        "lightness_range": list(LIGHTNESS_RANGE),
        "ab_limit": AB_LIMIT,
        "stride": STRIDE,
        "output_stride": OUTPUT_STRIDE,
        "bins": {"count": len(bins), "sha256": hashlib.sha256(bins.tobytes()).hexdigest()},
    }


def _stored(tensor: Tensor) -> Tensor:
    kept = tensor.half() if tensor.dim() > 1 else tensor
    return kept.detach().to("cpu", memory_format=torch.contiguous_format).contiguous()


def _tuples(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_suffix(path.suffix + ".partial")
    partial.write_bytes(content)
    partial.replace(path)
