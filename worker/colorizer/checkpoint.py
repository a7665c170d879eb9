"""A checkpoint: `NAME.safetensors` beside `NAME.json`, which explains it. Written here, read here, never pickled."""

import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass, field
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

LONGEST_NAME = 64  # What the option `model` of a job takes.
_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_NAME - 1}}}")


class CheckpointError(Exception):
    """The checkpoint is absent, damaged, or not one that this version understands; the message says which."""


@dataclass(frozen=True)
class CheckpointInfo:
    """The JSON beside the weights, less what is derived from the weights and the code."""

    name: str
    generator: GeneratorConfig
    input_size: int = 256  # Side of the square whose area an input has.
    calibration: Calibration = field(default_factory=Calibration)
    training: dict[str, Any] = field(default_factory=dict)  # Recipe, git revision, data hash, steps, minutes.
    metrics: dict[str, Any] = field(default_factory=dict)
    license: str = "Apache-2.0"
    notice: str = ""
    description: str = ""  # For those who choose between models.


_LATER: dict[str, Any] = {"description": ""}  # Cards written before these were thought of lack them.


@dataclass(frozen=True)
class Weights:
    """What the JSON records of the weights: by this they are known, wherever they lie."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint as read: its weights fit `generator` exactly and have the recorded `sha256`."""

    info: CheckpointInfo
    generator: Generator
    sha256: str


def save_checkpoint(folder: Path, info: CheckpointInfo, generator: Generator, *, max_bytes: int | None = None) -> Path:
    """Write both files, each in one move, weights first; returns the path of the weights.

    Raises CheckpointError, and writes nothing, if a job could not ask for a model of that name, or if the weights take
    more than `max_bytes`.
    """
    check_name(info.name)
    content = packed(generator)
    if max_bytes is not None and len(content) > max_bytes:
        raise CheckpointError(f"{info.name} takes {len(content)} bytes, more than {max_bytes}")
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
    """Raises CheckpointError unless a file can be called so, and a job can ask for it."""
    if not _NAME.fullmatch(name):
        raise CheckpointError(
            f"a model's name has letters, digits, '.', '_' and '-', at most {LONGEST_NAME}, and begins with one of the "
            f"first two, unlike {name!r}"
        )


def packed(generator: Generator) -> bytes:
    """The file of weights, the same bytes for the same weights. Kernels are kept in half precision, vectors (norms,
    biases) in single: they are small and their range is wide.
    """
    return save_tensors({key: _stored(tensor) for key, tensor in generator.state_dict().items()})


def load_checkpoint(path: Path) -> Checkpoint:
    """Read `NAME.safetensors` (or `NAME.json`) and its partner. Raises CheckpointError."""
    info, recorded = read_card(path.with_suffix(".json"))
    weights = path.with_suffix(".safetensors")
    try:
        content = weights.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{weights}: {error.strerror}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != recorded.sha256:
        raise CheckpointError(f"{weights} has SHA-256 {found}, but its JSON records {recorded.sha256}")
    generator = Generator(info.generator)
    try:
        tensors = {key: tensor.float() for key, tensor in load_tensors(content).items()}
        generator.load_state_dict(tensors, strict=True)
    except (SafetensorError, RuntimeError) as error:
        raise CheckpointError(f"{weights} does not fit the architecture in its JSON: {error}") from error
    return Checkpoint(info, generator.eval(), found)


def read_card(path: Path) -> tuple[CheckpointInfo, Weights]:
    """The JSON alone. Raises CheckpointError if it is none that this version understands."""
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise CheckpointError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise CheckpointError(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise CheckpointError(f"{path} is not a checkpoint description of format {FORMAT}")
    try:
        generator = GeneratorConfig(**_tuples(document["generator"]))
        calibration = Calibration(**document["calibration"])
        told = _LATER | document
        plain = {item.name: told[item.name] for item in dataclasses.fields(CheckpointInfo)}
        info = CheckpointInfo(**{**plain, "generator": generator, "calibration": calibration})
        recorded = Weights(int(document["weights"]["bytes"]), str(document["weights"]["sha256"]))
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"{path} lacks or misnames {error}") from error
    except ValueError as error:
        raise CheckpointError(f"{path} cannot be meant: {error}") from error
    for key, value in _derived(info.generator).items():
        if document.get(key) != value:
            raise CheckpointError(f"{path} was written for {key} {document.get(key)}, this code has {value}")
    return info, recorded


def _derived(config: GeneratorConfig) -> dict[str, Any]:
    """What the code means by the numbers that go in and come out; a mismatch must not load."""
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
