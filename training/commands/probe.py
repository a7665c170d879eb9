"""`python -m training probe`: what an encoder that learned to colorize knows of things it was never told about.

Encoders are frozen, pictures are gray. Rows: `random` weights, every `--row` (a colorizer's encoder), and
`supervised`, the published backbone. Each is read out per stage by a linear probe with all, 10 % and 1 % of the
labels, and by retrieval. Whether a label reached an encoder before is read from its checkpoint and printed: from a
backbone, from features that a loss or the choice of weights looked at, or from the checkpoint it started from.

Every number is a mean ± deviation over seeds. A seed draws the random weights, the labels that are kept and those that
choose the weight decay, and takes the next of a row's checkpoints, if it has several.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import torch
from torch import Tensor

from training.commands.options import positive
from training.data.labelled import Labelled, read_labelled
from training.networks.backbone import load_backbone
from training.networks.weight_references import local_checkpoint, local_weights
from training.scores.probing import STAGES, features, fit_norms, linear_accuracy, recalls, split, standardized
from worker.colorizer import CheckpointError
from worker.colorizer.checkpoint import CheckpointInfo, load_checkpoint
from worker.colorizer.encoder import Encoder
from worker.colorizer.encoders import ENCODERS
from worker.colorizer.network import STRIDE

SHARES = (0.01, 0.1, 1.0)
KS = (1, 5, 10)
RANDOM = "random"

Numbers = dict[str, list[float]]  # By what was measured, a number per seed.
Sides = tuple[Tensor, Tensor]  # [N, D] features of `train` and of `val`.


@dataclass(frozen=True)
class Row:
    """An encoder to probe; `encoder` gives that of a seed. `labels` says which reached it, empty for none."""

    name: str
    labels: str
    encoder: Callable[[int], Encoder]


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        train, val = read_labelled(options.data, options.labels, size=options.size)
        rows = _rows(options, train)
    except (CheckpointError, OSError, ValueError) as error:
        print(f"probe: {error}", file=sys.stderr)
        return 2
    print(f"{len(train)} pictures to learn from, {len(val)} to be asked about, {options.size} px, gray\n", flush=True)
    found: dict[str, Numbers] = {}
    for row in rows:
        found[row.name] = _measured(row, train, val, options.seeds)
        print(f"{row.name}: {max(_shown(found[row.name], _linear(stage, 1.0)) for stage in STAGES)}", flush=True)
    report = format_report(rows, found)
    document = {"seeds": options.seeds, "labels": {row.name: row.labels for row in rows}, "rows": found}
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "probe.json").write_text(json.dumps(document, indent=2) + "\n")
    (options.output / "probe.md").write_text(report + "\n")
    print("\n" + report)
    return 0


def _measured(row: Row, train: Labelled, val: Labelled, seeds: int) -> Numbers:
    runs, asked, seen = [], None, None
    for seed in range(seeds):
        encoder = row.encoder(seed)
        if encoder is not asked:  # Most rows have the same for all seeds, and looking takes the longest.
            asked, seen = encoder, look(encoder, train, val)
        assert seen is not None
        runs.append(measure(seen, train.labels, val.labels, seed=seed))
    return {key: [run[key] for run in runs] for key in runs[0]}


def look(encoder: Encoder, train: Labelled, val: Labelled) -> list[Sides]:
    """For each stage the standardized features of both splits."""
    sides = zip(features(encoder, train.lightness), features(encoder, val.lightness), strict=True)
    return [standardized(here, there) for here, there in sides]


def measure(seen: Sequence[Sides], labels: Tensor, truth: Tensor, *, seed: int) -> dict[str, float]:
    """Accuracies and recalls in percent, by stage, share of the labels, and k."""
    numbers: dict[str, float] = {}
    for stage, (train, val) in zip(STAGES, seen, strict=True):
        for k, recall in recalls(train, labels, val, truth, KS).items():
            numbers[_recall(stage, k)] = 100 * recall
        for share in SHARES:
            random = torch.Generator().manual_seed(seed)
            kept = torch.arange(len(labels))
            if share < 1:
                _, kept = split(labels, kept, share, random)
            accuracy = linear_accuracy(train, labels, val, truth, kept=kept, random=random)
            numbers[_linear(stage, share)] = 100 * accuracy
    return numbers


def labels_seen(info: CheckpointInfo) -> str:
    """How labels reached this colorizer's encoder, by what its training recorded; empty if they did not."""
    told: Mapping[str, Any] = info.training
    if not told:
        return "unknown: nothing recorded"
    ways = []
    if told.get("backbone"):
        ways.append(f"backbone {told['backbone']}")
    if told.get("init"):
        ways.append(f"unknown: started from {told['init']}")
    for stage in told["recipe"]["stages"]:
        if any(stage["weights"][part] for part in ("cautious_perceptual", "vivid_perceptual", "feature_adversarial")):
            ways.append(f"features in the loss of {stage['name']}")
        if stage["select"].endswith(("lpips", "frechet")):
            ways.append(f"features that chose the weights of {stage['name']}")
    return "; ".join(ways)


def format_report(rows: Sequence[Row], found: Mapping[str, Numbers]) -> str:
    """Three tables and a line for each row that saw no label, as Markdown."""
    stages = [f"stride {stage}" for stage in STAGES]
    linear = [[row.name, row.labels or "none", *_every_stage(found[row.name], 1.0)] for row in rows]
    fewer, nearest = [], []
    for row in rows:
        numbers = found[row.name]
        best = _best_stage(numbers)
        shares = [_shown(numbers, _linear(best, share)) for share in SHARES]
        fewer.append([row.name, f"stride {best}", *shares])
        nearby = max(STAGES, key=lambda stage: mean(numbers[_recall(stage, 1)]))
        nearest.append([row.name, f"stride {nearby}", *(_shown(numbers, _recall(nearby, k)) for k in KS)])
    return "\n\n".join(
        [
            _table(["linear probe, accuracy in %", "labels seen before", *stages], linear),
            _table(["at its best stage", "stage", *(f"{share:.0%} of the labels" for share in SHARES)], fewer),
            _table(["nearest neighbors, in %", "stage", *(f"recall@{k}" for k in KS)], nearest),
            "\n".join(_verdict(row, found) for row in rows if row.name != RANDOM and not row.labels)
            or "No row learned to colorize without labels.",
        ]
    )


def _verdict(row: Row, found: Mapping[str, Numbers]) -> str:
    own, chance = (mean(found[name][_linear(_best_stage(found[name]), 1.0)]) for name in (row.name, RANDOM))
    return f"{row.name}, which no label reached, is at its best stage {own - chance:+.1f} points from random weights."


def _rows(options: argparse.Namespace, train: Labelled) -> list[Row]:
    kind = ENCODERS[options.encoder]

    def random_weights(seed: int) -> Encoder:
        torch.manual_seed(seed)
        encoder = kind()
        fit_norms(encoder, train.lightness)
        return encoder

    rows = [Row(RANDOM, "", random_weights), *map(_colorizer, options.row)]
    if options.backbone:
        supervised = kind()
        load_backbone(supervised, local_weights(options.backbone))
        rows.append(Row("supervised", f"backbone {Path(options.backbone).stem}", lambda seed: supervised))
    if len({row.name for row in rows}) < len(rows):
        raise ValueError("rows need names of their own")
    return rows


def _colorizer(told: str) -> Row:
    """From NAME=CHECKPOINT,CHECKPOINT…"""
    name, _, references = told.partition("=")
    if not name or not references:
        raise ValueError(f"{told} is not NAME=CHECKPOINT")
    checkpoints = [load_checkpoint(local_checkpoint(reference)) for reference in references.split(",")]
    seen = sorted({labels_seen(checkpoint.info) for checkpoint in checkpoints} - {""})
    return Row(name, "; ".join(seen), lambda seed: checkpoints[seed % len(checkpoints)].generator.encoder)


def _best_stage(numbers: Numbers) -> int:
    return max(STAGES, key=lambda stage: mean(numbers[_linear(stage, 1.0)]))


def _every_stage(numbers: Numbers, share: float) -> list[str]:
    return [_shown(numbers, _linear(stage, share)) for stage in STAGES]


def _linear(stage: int, share: float) -> str:
    return f"linear stride {stage} labels {share:g}"


def _recall(stage: int, k: int) -> str:
    return f"recall stride {stage} k {k}"


def _shown(numbers: Numbers, key: str) -> str:
    values = numbers[key]
    return f"{mean(values):.1f}" + (f" ± {stdev(values):.1f}" if len(values) > 1 else "")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training probe", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="train/CLASS/… and val/CLASS/…, or with --labels any")
    parser.add_argument("--labels", type=Path, help="CSV with the columns name, split (train or val) and label")
    parser.add_argument("--row", action="append", default=[], help="NAME=CHECKPOINT[,CHECKPOINT…]; may be repeated")
    parser.add_argument("--backbone", help="published weights for the row `supervised`: a file or hf://…")
    parser.add_argument("--encoder", choices=sorted(ENCODERS), default="mobilenetv2", help="of random and supervised")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--size", type=int, default=4 * STRIDE, help="side of the squeezed pictures")
    parser.add_argument("--output", type=Path, default=Path("out/probe"), help="probe.json, probe.md")
    parser.add_argument("--threads", type=positive, default=2)
    return parser
