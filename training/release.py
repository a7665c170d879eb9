"""`python -m training.release`: a run's checkpoint under the name, calibration and scores it is shipped with."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from worker.colorizer.checkpoint import (
    MAX_BYTES_IN_GIT,
    Calibration,
    CheckpointError,
    load_checkpoint,
    save_checkpoint,
)


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        checkpoint = load_checkpoint(options.checkpoint)
        scores = {path.parent.name: json.loads(path.read_text()) for path in options.scores}
        info = replace(
            checkpoint.info,
            name=options.name,
            calibration=_calibration(options, checkpoint.info.calibration),
            metrics=checkpoint.info.metrics | scores,
        )
        weights = save_checkpoint(options.to, info, checkpoint.generator, max_bytes=MAX_BYTES_IN_GIT)
    except (CheckpointError, OSError, ValueError) as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    print(f"{weights}: {weights.stat().st_size / 2**20:.1f} MiB")
    return 0


def _calibration(options: argparse.Namespace, known: Calibration) -> Calibration:
    given = {key: getattr(options, key) for key in ("temperature", "share", "gain", "least_share")}
    return replace(known, **{key: value for key, value in given.items() if value is not None})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.release", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--to", type=Path, default=Path("models"))
    parser.add_argument("--temperature", type=float, help="of the annealed mean at vividness 1")
    parser.add_argument("--share", type=float, help="of the annealed mean in the mix at vividness 1")
    parser.add_argument("--gain", type=float, help="of the mix at vividness 1")
    parser.add_argument("--least-share", type=float, help="of the annealed mean in the mix at vividness 0")
    parser.add_argument(
        "--scores",
        type=Path,
        nargs="*",
        default=[],
        help="scores.json files of training.evaluate, by their folder",
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
