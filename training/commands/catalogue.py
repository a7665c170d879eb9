"""The commands of `python -m training`, a line on each. A command's module is imported when it is called."""

import importlib
import sys
from collections.abc import Sequence

SUMMARIES = {
    "train": "Train a colorizer from a recipe and a folder of photographs",
    "finetune": "Train a checkpoint further on an archive's own photographs",
    "evaluate": "Score checkpoints, or other methods' pictures, on unseen photographs",
    "evaluate-draws": "Measure how diverse and how plausible a checkpoint's variants are",
    "evaluate-hints": "Measure how much a checkpoint gains from hints",
    "samples": "Draw a sheet of what a checkpoint makes of photographs",
    "probe": "Probe what an encoder learned, on other tasks",
    "ablation": "Measure what each part of the method is worth",
    "calibrate": "Choose what vividness 0 and 1 mean for a checkpoint",
    "export": "Write a checkpoint as ONNX, in float32 and int8",
    "release": "Give a checkpoint the name, calibration and scores that it ships with",
    "publish": "Lay a checkpoint out as a repository of the Hugging Face Hub",
}


def run(arguments: Sequence[str]) -> int:
    """Run the command that the first argument names. Returns the exit status: 2 if there is no such command."""
    command, *rest = arguments or ["--help"]
    if command in ("-h", "--help"):
        print(_usage())
        return 0
    if command not in SUMMARIES:
        print(f"Unknown command {command!r}. Choose one of: {', '.join(SUMMARIES)}.", file=sys.stderr)
        return 2
    module = importlib.import_module(f"training.commands.{command.replace('-', '_')}")
    status: int = module.main(rest)
    return status


def _usage() -> str:
    lines = [f"  {name:<15} {summary}" for name, summary in SUMMARIES.items()]
    return "\n".join(
        ["usage: python -m training COMMAND …", "", *lines, "", "python -m training COMMAND --help lists its options."]
    )
