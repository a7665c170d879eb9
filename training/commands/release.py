"""Save a run's checkpoint under the name, with the calibration and the scores that it ships with.

Scores are valid for the weights and the calibration they were measured with. An existing card's scores are kept only if
neither changes.
"""

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
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

_SHOWN = 12  # This many digits of a SHA-256 are enough for people to tell models apart.

Metrics = dict[str, Any]


@dataclass(frozen=True)
class _Card:
    """A model's description, and the SHA-256 of its weights."""

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
    """Save the model. Yields lines on what was done and what to do next."""
    check_name(options.name)
    checkpoint = load_checkpoint(local_checkpoint(options.checkpoint))
    earlier = _replaced(options.to / f"{options.name}.json", may_replace=options.replace)
    # Weights written by another program may have other bytes than the same weights saved here.
    weights = {checkpoint.sha256, hashlib.sha256(packed(checkpoint.generator)).hexdigest()}
    cards = [_Card(checkpoint.info, checkpoint.sha256)]
    if earlier and earlier.sha256 in weights:
        cards.insert(0, earlier)
    given = {path.resolve().parent.name: _read_scores(path, weights) for path in options.scores}
    calibration = _calibration(options, checkpoint.info.calibration)
    metrics = _kept_metrics(cards, calibration) | given
    info = replace(
        checkpoint.info,
        name=options.name,
        calibration=calibration,
        metrics=metrics,
        description=options.description if options.description is not None else _description(cards),
    )
    if earlier and earlier.sha256 not in weights:
        yield _keep_replaced(options.to / f"{options.name}.json", earlier.sha256)
    path = save_checkpoint(options.to, info, checkpoint.generator, max_bytes=MAX_BYTES_IN_GIT)
    _, written = read_card(path.with_suffix(".json"))
    yield f"{path}: {written.bytes / 2**20:.1f} MiB, SHA-256 {written.sha256[:_SHOWN]}…"
    before = earlier.info.calibration if earlier else calibration
    yield f"calibration: {_in_words(calibration)}" + (f" (was: {_in_words(before)})" if before != calibration else "")
    yield from _score_notes(path, metrics, [earlier, *cards], calibration, given)
    yield from _next_steps(options.to, options.name)


def _replaced(card: Path, *, may_replace: bool) -> _Card | None:
    """The existing model of that name; None if there is none, or none readable. Raises FileExistsError."""
    if not (card.exists() or card.with_suffix(".safetensors").exists()):
        return None
    try:
        info, weights = read_card(card)
        existing, detail = _Card(info, weights.sha256), f"with SHA-256 {weights.sha256[:_SHOWN]}…"
    except CheckpointError as error:
        existing, detail = None, f"but is not readable: {error}"
    if not may_replace:
        raise FileExistsError(f"{card.with_suffix('')} already exists, {detail}. Give --replace to overwrite it.")
    return existing


def _keep_replaced(card: Path, sha256: str) -> str:
    """Jobs that were accepted with these weights may still run or be retried: workers find them by their hash."""
    kept = card.parent / "replaced" / sha256[:_SHOWN]
    kept.mkdir(parents=True, exist_ok=True)
    for path in (card, card.with_suffix(".safetensors")):
        shutil.copyfile(path, kept / path.name)
    return f"the earlier weights are kept in {kept} for jobs that were accepted with them"


def _read_scores(path: Path, weights: set[str]) -> Any:
    """The scores of these weights. Raises ValueError if the file is no scores.json, or one of other weights."""
    try:
        scored = json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f"{path} is not a scores.json of training evaluate: {error}") from error
    if not _is_scores(scored):
        raise ValueError(f"{path} is not a scores.json of training evaluate")
    # Older files have a single checkpoint, or none.
    compared = scored.get("checkpoints", {scored.get("name"): scored.get("checkpoint")})
    matches = [name for name, sha256 in compared.items() if sha256 in weights]
    if len(matches) != 1:
        others = ", ".join(f"{name} (SHA-256 {str(sha256)[:_SHOWN]}…)" for name, sha256 in compared.items())
        these = " or ".join(sorted(f"{sha256[:_SHOWN]}…" for sha256 in weights))
        raise ValueError(f"{path} must score the weights {these} exactly once, but scores {others or 'no checkpoint'}")
    return _part_of_comparison(scored, matches[0], compared) if len(compared) > 1 else scored


def _part_of_comparison(scored: Metrics, name: str, compared: Metrics) -> Metrics:
    """The checkpoint's part of a comparison, as if it had been scored alone."""
    others = tuple(f"{each} " for each in compared if each != name)
    rows = {
        row.removeprefix(f"{name} "): scores for row, scores in scored["rows"].items() if not row.startswith(others)
    }
    return scored | {"name": name, "checkpoint": compared[name], "checkpoints": {name: compared[name]}, "rows": rows}


def _is_scores(metric: Any) -> bool:
    """Whether these are scores of `training evaluate` rather than validation scores from training."""
    return isinstance(metric, dict) and "rows" in metric


def _kept_metrics(cards: list[_Card], calibration: Calibration) -> Metrics:
    """The metrics of earlier cards of these weights, without scores measured with another calibration."""
    return {
        name: metric
        for card in cards
        for name, metric in card.info.metrics.items()
        if card.info.calibration == calibration or not _is_scores(metric)
    }


def _description(cards: list[_Card]) -> str:
    training = cards[-1].info.training
    data = f" on {training['photographs']:,} photographs" if training.get("photographs") else ""
    origin = f"Finetuned from {training['init']}{data}." if training.get("init") else ""
    return next((card.info.description for card in reversed(cards) if card.info.description), origin)


def _score_notes(
    path: Path, metrics: Metrics, cards: list[_Card | None], calibration: Calibration, given: Metrics
) -> Iterator[str]:
    again = f"score {path} and release it again with --scores and --replace"
    earlier = {name for card in cards if card for name, metric in card.info.metrics.items() if _is_scores(metric)}
    if lost := sorted(earlier - set(metrics)):
        yield f"Dropped scores of other weights or another calibration: {', '.join(lost)}. To renew them, {again}."
    if given and not any(card and card.info.calibration == calibration for card in cards):
        yield f"The scores are valid only if they were measured with this calibration. If not, {again}."


def _next_steps(folder: Path, name: str) -> Iterator[str]:
    """The service reads its models folder at start, and the gateway decides which model is the default."""
    names = sorted(path.stem for path in folder.glob("*.json"))
    others = [other for other in names if other != name]
    if names[0] == name and others:
        yield (
            f"Jobs that name no model now use {name}, the first by name of {', '.join(names)}. "
            f"Set PHOTOCHROM_DEFAULT_MODEL={others[0]} for the gateway to use {others[0]} instead."
        )
    elif others:
        yield (
            f"Jobs that name no model use {names[0]}, the first by name of {', '.join(names)}. "
            f"Set PHOTOCHROM_DEFAULT_MODEL={name} for the gateway to use {name} instead."
        )
    yield f"Next: restart gateway and workers (make down up), then run photochrom submit FILE --model {name}"


def _in_words(calibration: Calibration) -> str:
    given = {name: value for name, value in asdict(calibration).items() if value is not None}
    return ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in given.items())


def _calibration(options: argparse.Namespace, known: Calibration) -> Calibration:
    given = {field.name: getattr(options, field.name) for field in fields(Calibration)}
    if options.gain is not None:  # The earlier gain beyond it was chosen with the earlier one.
        known = replace(known, most_gain=None)
    return replace(known, **{key: value for key, value in given.items() if value is not None})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training release", description=__doc__)
    parser.add_argument("checkpoint", help="a path, or hf://OWNER/REPOSITORY/FILE")
    parser.add_argument("--name", required=True, help="name by which jobs select the model")
    parser.add_argument("--to", type=Path, default=Path("models"), help="models folder (default: %(default)s)")
    parser.add_argument("--replace", action="store_true", help="overwrite an existing model of that name")
    parser.add_argument(
        "--description",
        help="shown to users who choose a model (default for a finetuned one: what it was finetuned from)",
    )
    parser.add_argument("--temperature", type=float, help="temperature of the annealed mean at vividness 1")
    parser.add_argument("--share", type=float, help="share of the annealed mean in the mix at vividness 1")
    parser.add_argument("--gain", type=float, help="gain of the mix at vividness 1")
    parser.add_argument("--least-share", type=float, help="share of the annealed mean in the mix at vividness 0")
    parser.add_argument("--most-gain", type=float, help="gain of the mix at vividness 1.5")
    parser.add_argument(
        "--scores",
        type=Path,
        nargs="*",
        default=[],
        help="scores.json files of training evaluate; each is named after its folder",
    )
    return parser
