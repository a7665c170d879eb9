"""Measure what an encoder learned about classes of things by learning to colorize.

Encoders are frozen, pictures are gray. The rows are `random` weights, every `--row` (a colorizer's encoder), and
`supervised`, the published backbone. Each stage is evaluated by a linear probe with all, 10 % and 1 % of the labels,
and by retrieval. The report also states, from the checkpoint's record, whether labels had reached an encoder before:
through a backbone, through features in a loss or in the selection of weights, or through its initial checkpoint.

Numbers are means ± standard deviations over seeds. A seed draws the random weights, the kept labels and those that
select the weight decay, and uses the next checkpoint of a row that has several.
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

Numbers = dict[str, list[float]]  # For each measure, a number per seed.
Sides = tuple[Tensor, Tensor]  # [N, D] features of `train` and of `val`.


@dataclass(frozen=True)
class Row:
    """An encoder to probe, by seed; `labels` describes how labels had reached it, empty for none."""

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
    print(f"{len(train)} training and {len(val)} validation pictures, {options.size} px, gray\n", flush=True)
    results: dict[str, Numbers] = {}
    for row in rows:
        results[row.name] = _measured(row, train, val, options.seeds)
        print(f"{row.name}: {max(_shown(results[row.name], _linear(stage, 1.0)) for stage in STAGES)}", flush=True)
    report = format_report(rows, results)
    document = {"seeds": options.seeds, "labels": {row.name: row.labels for row in rows}, "rows": results}
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "probe.json").write_text(json.dumps(document, indent=2) + "\n")
    (options.output / "probe.md").write_text(report + "\n")
    print("\n" + report)
    return 0


def _measured(row: Row, train: Labelled, val: Labelled, seeds: int) -> Numbers:
    runs, previous, stages = [], None, None
    for seed in range(seeds):
        encoder = row.encoder(seed)
        if encoder is not previous:  # Most rows have the same for all seeds, and computing features takes longest.
            previous, stages = encoder, stage_features(encoder, train, val)
        assert stages is not None
        runs.append(measure(stages, train.labels, val.labels, seed=seed))
    return {key: [run[key] for run in runs] for key in runs[0]}


def stage_features(encoder: Encoder, train: Labelled, val: Labelled) -> list[Sides]:
    """The standardized features of both splits, for each stage."""
    sides = zip(features(encoder, train.lightness), features(encoder, val.lightness), strict=True)
    return [standardized(here, there) for here, there in sides]


def measure(stages: Sequence[Sides], labels: Tensor, truth: Tensor, *, seed: int) -> dict[str, float]:
    """Accuracy and recall in percent, by stage, share of the labels, and k."""
    numbers: dict[str, float] = {}
    for stage, (train, val) in zip(STAGES, stages, strict=True):
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


def label_sources(info: CheckpointInfo) -> str:
    """How labels reached this colorizer's encoder, according to its training record; empty if they did not."""
    training: Mapping[str, Any] = info.training
    if not training:
        return "unknown: nothing recorded"
    sources = []
    if training.get("backbone"):
        sources.append(f"backbone {training['backbone']}")
    if training.get("init"):
        sources.append(f"unknown: started from {training['init']}")
    for stage in training["recipe"]["stages"]:
        if any(stage["weights"][part] for part in ("cautious_perceptual", "vivid_perceptual", "feature_adversarial")):
            sources.append(f"features in the loss of {stage['name']}")
        if stage["select"].endswith(("lpips", "frechet")):
            sources.append(f"features that selected the weights of {stage['name']}")
    return "; ".join(sources)


def format_report(rows: Sequence[Row], results: Mapping[str, Numbers]) -> str:
    """Three tables, and a line for each row that no label had reached, as Markdown."""
    stages = [f"stride {stage}" for stage in STAGES]
    linear = [[row.name, row.labels or "none", *_every_stage(results[row.name], 1.0)] for row in rows]
    fewer, nearest = [], []
    for row in rows:
        numbers = results[row.name]
        best = _best_stage(numbers)
        shares = [_shown(numbers, _linear(best, share)) for share in SHARES]
        fewer.append([row.name, f"stride {best}", *shares])
        nearby = max(STAGES, key=lambda stage: mean(numbers[_recall(stage, 1)]))
        nearest.append([row.name, f"stride {nearby}", *(_shown(numbers, _recall(nearby, k)) for k in KS)])
    return "\n\n".join(
        [
            _table(["linear probe, accuracy in %", "labels reached it by", *stages], linear),
            _table(["at its best stage", "stage", *(f"{share:.0%} of the labels" for share in SHARES)], fewer),
            _table(["nearest neighbors, in %", "stage", *(f"recall@{k}" for k in KS)], nearest),
            "\n".join(_comparison(row, results) for row in rows if row.name != RANDOM and not row.labels)
            or "No row learned to colorize without labels.",
        ]
    )


def _comparison(row: Row, results: Mapping[str, Numbers]) -> str:
    accuracy, chance = (mean(results[name][_linear(_best_stage(results[name]), 1.0)]) for name in (row.name, RANDOM))
    return f"{row.name}, trained without labels, is {accuracy - chance:+.1f} points from random weights at best."


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
        raise ValueError(f"rows need unique names, not {', '.join(row.name for row in rows)}")
    return rows


def _colorizer(argument: str) -> Row:
    """The row of an argument NAME=CHECKPOINT,CHECKPOINT…"""
    name, _, references = argument.partition("=")
    if not name or not references:
        raise ValueError(f"invalid --row {argument!r}. Give NAME=CHECKPOINT.")
    checkpoints = [load_checkpoint(local_checkpoint(reference)) for reference in references.split(",")]
    labels = sorted({label_sources(checkpoint.info) for checkpoint in checkpoints} - {""})
    return Row(name, "; ".join(labels), lambda seed: checkpoints[seed % len(checkpoints)].generator.encoder)


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
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder with train/CLASS/… and val/CLASS/…, or any source of pictures with --labels",
    )
    parser.add_argument("--labels", type=Path, help="CSV file with the columns name, split (train or val) and label")
    parser.add_argument(
        "--row", action="append", default=[], help="row to probe: NAME=CHECKPOINT[,CHECKPOINT…]; may be repeated"
    )
    parser.add_argument("--backbone", help="published weights for the row `supervised`: a file or hf://…")
    parser.add_argument(
        "--encoder", choices=sorted(ENCODERS), default="mobilenetv2", help="of the rows random and supervised"
    )
    parser.add_argument("--seeds", type=int, default=3, help="number of seeds (default: %(default)s)")
    parser.add_argument(
        "--size", type=int, default=4 * STRIDE, help="side of the squeezed pictures in pixels (default: %(default)s)"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("out/probe"),
        help="folder for probe.json and probe.md (default: %(default)s)",
    )
    parser.add_argument("--threads", type=positive, default=2)
    return parser
