"""What commands that look at a sample of listed photographs have in common: their options, and the photographs."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from training.names import read_names
from training.originals import Original, read_originals


def sample_parser(command: str, description: str | None, *, every: int) -> argparse.ArgumentParser:
    """Takes a checkpoint, a list of names and which of them: unless told, every `every`th."""
    parser = argparse.ArgumentParser(prog=f"python -m training.{command}", description=description)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of photographs or of tar shards")
    parser.add_argument("--names", type=Path, default=Path(__file__).parent / "validation.txt")
    parser.add_argument("--every", type=int, default=every, help="take every so-manieth of the listed photographs")
    parser.add_argument("--threads", type=int, default=2)
    return parser


def sampled_originals(options: argparse.Namespace) -> Iterator[Original]:
    """The photographs that such options mean. Raises OSError, and ValueError if the list is no text."""
    return read_originals(options.data, set(read_names(options.names)[:: options.every]))
