"""Options and photographs of the commands that run on a sample of photographs."""

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from training.commands.options import positive
from training.data.names import read_names
from training.data.originals import Original, nothing_left, read_originals
from training.data.photographs import read_files

CHECKPOINT_HELP = "NAME.safetensors with NAME.json beside it, such as best.safetensors in a run's folder; or hf://…"


def sample_parser(command: str, description: str | None, *, most: int) -> argparse.ArgumentParser:
    """A parser for a checkpoint and the options of `add_sample_options`."""
    parser = argparse.ArgumentParser(prog=f"python -m training {command}", description=description)
    parser.add_argument("checkpoint", help=CHECKPOINT_HELP)
    add_sample_options(parser, most=most)
    parser.add_argument("--threads", type=positive, default=2)
    return parser


def add_sample_options(parser: argparse.ArgumentParser, *, most: int) -> None:
    """Without `--every`, a command takes at most `most` photographs, evenly spread over the list or the folder."""
    parser.add_argument("--data", type=Path, required=True, help="folder of photographs or of tar shards, or a list")
    add_names_option(parser)
    nth = f"take every Nth photograph (default: the smallest N that takes at most {most})"
    parser.add_argument("--every", type=int, metavar="N", help=nth)
    parser.set_defaults(most=most)


def add_names_option(parser: argparse.ArgumentParser) -> None:
    names = "list of the photographs to take: UTF-8 text with one path relative to --data a line (default: all)"
    parser.add_argument("--names", type=Path, help=names)


def sampled_originals(options: argparse.Namespace) -> Iterator[Original]:
    """The photographs that the options select. Raises OSError, or ValueError if none is left or the list is invalid."""
    names = read_names(options.names) if options.names else [name for name, _ in read_files(options.data)]
    every = options.every if options.every is not None else max(1, -(-len(names) // options.most))
    if every < 1:
        raise ValueError(f"--every must be at least 1, not {every}")
    left_out: Counter[str] = Counter()
    original = None
    for original in read_originals(options.data, set(names[::every]), left_out=left_out):
        yield original
    if original is None:
        raise nothing_left(options.data, left_out)
