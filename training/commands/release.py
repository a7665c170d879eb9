"""`python -m training release`: a run's checkpoint under the name, calibration and scores it is shipped with.

Scores are scores of weights under a calibration: those that a card has from before are kept only where both stay.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from training.networks.weight_references import local_checkpoint
from worker.colorizer.calibration import Calibration
from worker.colorizer.checkpoint import (
    MAX_BYTES_IN_GIT,
    CheckpointError,
    CheckpointInfo,
    check_name,
    load_checkpoint,
    packed,
    read_card,
    save_checkpoint,
)

_SHOWN = 12  # So many digits of a SHA-256 tell models apart for people.

Metrics = dict[str, Any]


@dataclass(frozen=True)
class _Card:
    """What is known of a model, and the SHA-256 of its weights."""

    info: CheckpointInfo
    sha256: str


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        for line in _release(options):
            print(line)
    except (CheckpointError, OSError, ValueError) as error:
        print(f"release: {error}", file=sys.stderr)
        return 2
    return 0


def _release(options: argparse.Namespace) -> Iterator[str]:
    """Do it, and say what was done and what comes next."""
    check_name(options.name)
    checkpoint = load_checkpoint(local_checkpoint(options.checkpoint))
    earlier = _replaced(options.to / f"{options.name}.json", may_replace=options.replace)
    # Weights that another program wrote may not be packed as ours are.
    weights = {checkpoint.sha256, hashlib.sha256(packed(checkpoint.generator)).hexdigest()}
    known = [_Card(checkpoint.info, checkpoint.sha256)]
    if earlier and earlier.sha256 in weights:
        known.insert(0, earlier)
    given = {path.resolve().parent.name: _read_scores(path, weights) for path in options.scores}
    calibration = _calibration(options, checkpoint.info.calibration)
    metrics = _kept(known, calibration) | given
    info = replace(
        checkpoint.info,
        name=options.name,
        calibration=calibration,
        metrics=metrics,
        description=options.description if options.description is not None else _description(known),
    )
    path = save_checkpoint(options.to, info, checkpoint.generator, max_bytes=MAX_BYTES_IN_GIT)
    _, written = read_card(path.with_suffix(".json"))
    yield f"{path}: {written.bytes / 2**20:.1f} MiB, SHA-256 {written.sha256[:_SHOWN]}…"
    before = earlier.info.calibration if earlier else calibration
    yield f"calibration: {_in_words(calibration)}" + (f" (was: {_in_words(before)})" if before != calibration else "")
    yield from _said_of_scores(path, metrics, [earlier, *known], calibration, given)
    yield from _next_steps(options.to, options.name)


def _replaced(card: Path, *, may_replace: bool) -> _Card | None:
    """What is there under that name; None if nothing is, or nothing readable. Raises FileExistsError."""
    if not (card.exists() or card.with_suffix(".safetensors").exists()):
        return None
    try:
        info, weights = read_card(card)
        found, what = _Card(info, weights.sha256), f"with SHA-256 {weights.sha256[:_SHOWN]}…"
    except CheckpointError as error:
        found, what = None, f"that cannot be read: {error}"
    if not may_replace:
        raise FileExistsError(f"{card.with_suffix('')} is there already, {what}; --replace puts this one in its place")
    return found


def _read_scores(path: Path, weights: set[str]) -> Any:
    """Raises ValueError if it is no scores.json, or one of other weights."""
    try:
        scored = json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f"{path} is no scores.json of training evaluate: {error}") from error
    if not _is_scores(scored):
        raise ValueError(f"{path} is no scores.json of training evaluate")
    # Up to the release that compares several there was one checkpoint, or none.
    compared = scored.get("checkpoints", {scored.get("name"): scored.get("checkpoint")})
    own = [name for name, sha256 in compared.items() if sha256 in weights]
    if len(own) != 1:
        found = ", ".join(f"{name} (SHA-256 {str(sha256)[:_SHOWN]}…)" for name, sha256 in compared.items())
        these = " or ".join(sorted(f"{each[:_SHOWN]}…" for each in weights))
        raise ValueError(f"{path} has to score these weights, {these}, once, and scores {found or 'no checkpoint'}")
    return _of_one(scored, own[0], compared) if len(compared) > 1 else scored


def _of_one(scored: Metrics, name: str, compared: Metrics) -> Metrics:
    """Its part of a comparison, as if it had been scored alone."""
    others = tuple(f"{each} " for each in compared if each != name)
    rows = {
        row.removeprefix(f"{name} "): scores for row, scores in scored["rows"].items() if not row.startswith(others)
    }
    return scored | {"name": name, "checkpoint": compared[name], "checkpoints": {name: compared[name]}, "rows": rows}


def _is_scores(metric: Any) -> bool:
    """Those of `training evaluate`, not what validation saw while training."""
    return isinstance(metric, dict) and "rows" in metric


def _kept(known: list[_Card], calibration: Calibration) -> Metrics:
    """What earlier cards of these weights record, less scores taken under another calibration."""
    return {
        name: metric
        for card in known
        for name, metric in card.info.metrics.items()
        if card.info.calibration == calibration or not _is_scores(metric)
    }


def _description(known: list[_Card]) -> str:
    told = known[-1].info.training
    on = f" on {told['photographs']:,} photographs" if told.get("photographs") else ""
    origin = f"Finetuned from {told['init']}{on}." if told.get("init") else ""
    return next((card.info.description for card in reversed(known) if card.info.description), origin)


def _said_of_scores(
    path: Path, metrics: Metrics, cards: list[_Card | None], calibration: Calibration, given: Metrics
) -> Iterator[str]:
    again = f"score {path}, and release it again with --scores and --replace"
    had = {name for card in cards if card for name, metric in card.info.metrics.items() if _is_scores(metric)}
    if lost := sorted(had - set(metrics)):
        yield f"Scores of other weights or another calibration, not kept: {', '.join(lost)}. To have new ones, {again}."
    if given and not any(card and card.info.calibration == calibration for card in cards):
        yield f"The scores are true of it only if they were taken with this calibration; if not, {again}."


def _next_steps(folder: Path, name: str) -> Iterator[str]:
    """The service reads its folder of models at start; which one is the default is the gateway's to say."""
    names = sorted(path.stem for path in folder.glob("*.json"))
    others = [each for each in names if each != name]
    if names[0] == name and others:
        yield (
            f"Jobs that name no model now get {name}, the first by name of {', '.join(names)}. "
            f"PHOTOCHROM_DEFAULT_MODEL={others[0]} for the gateway gives them {others[0]}."
        )
    elif others:
        yield (
            f"Jobs that name no model get {names[0]}, the first by name of {', '.join(names)}. "
            f"PHOTOCHROM_DEFAULT_MODEL={name} for the gateway gives them {name}."
        )
    yield f"Next: start gateway and workers anew (make down, make up), then photochrom submit FILE --model {name}"


def _in_words(calibration: Calibration) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in asdict(calibration).items())


def _calibration(options: argparse.Namespace, known: Calibration) -> Calibration:
    given = {key: getattr(options, key) for key in ("temperature", "share", "gain", "least_share")}
    return replace(known, **{key: value for key, value in given.items() if value is not None})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training release", description=__doc__)
    parser.add_argument("checkpoint", help="a path, or hf://OWNER/REPOSITORY/FILE")
    parser.add_argument("--name", required=True, help="by which jobs ask for it")
    parser.add_argument("--to", type=Path, default=Path("models"))
    parser.add_argument("--replace", action="store_true", help="a model of that name that is there")
    parser.add_argument(
        "--description", help="for those who choose between models; of a finetuned one, made up if not given"
    )
    parser.add_argument("--temperature", type=float, help="of the annealed mean at vividness 1")
    parser.add_argument("--share", type=float, help="of the annealed mean in the mix at vividness 1")
    parser.add_argument("--gain", type=float, help="of the mix at vividness 1")
    parser.add_argument("--least-share", type=float, help="of the annealed mean in the mix at vividness 0")
    parser.add_argument(
        "--scores",
        type=Path,
        nargs="*",
        default=[],
        help="scores.json files of training evaluate, by their folder",
    )
    return parser
