"""The commands of `python -m training`, with a line of help each. A command's module is imported when it is run."""

import importlib
import sys
from collections.abc import Sequence

SUMMARIES = {
    "train": "Train a colorizer from a recipe and a folder of photographs",
    "finetune": "Train a checkpoint further on an archive's own photographs",
    "evaluate": "Score checkpoints, or another method's pictures, on unseen photographs",
    "evaluate-draws": "Measure how diverse and how plausible a checkpoint's variants are",
    "evaluate-hints": "Measure how much a checkpoint gains from hints",
    "colorize": "Colorize photographs with one or more checkpoints, to compare them",
    "study": "Ask people which colors they prefer, and analyze their answers",
    "samples": "Draw a contact sheet of photographs colorized by a checkpoint",
    "probe": "Measure what an encoder learned, on classification and retrieval",
    "ablation": "Measure what each part of the method contributes",
    "average": "Average the weights of checkpoints that share a beginning",
    "calibrate": "Choose what vividness 0 and 1 mean for a checkpoint",
    "export": "Export a checkpoint to ONNX, in float32 and int8",
    "release": "Save a checkpoint under the name, calibration and scores it ships with",
    "publish": "Prepare a checkpoint as a Hugging Face Hub repository, and upload it",
}

_PROGRAM = "python -m training"


def run(arguments: Sequence[str]) -> int:
    """Run the command named by the first argument. Returns its exit status: 2 if there is no such command."""
    if not arguments:
        print(_help(), file=sys.stderr)
        return 2
    name, *rest = arguments
    if name in ("-h", "--help"):
        print(_help())
        return 0
    if name not in SUMMARIES:
        print(f"Unknown command {name!r}. Choose one of: {', '.join(SUMMARIES)}.", file=sys.stderr)
        return 2
    status: int = importlib.import_module(_module(name)).main(rest)
    return status


def _module(command: str) -> str:
    return f"{__package__}.{command.replace('-', '_')}"


def _help() -> str:
    width = max(map(len, SUMMARIES))
    commands = [f"  {name:<{width}}  {summary}" for name, summary in SUMMARIES.items()]
    return "\n".join(
        [
            f"usage: {_PROGRAM} COMMAND [OPTIONS]",
            "",
            "Train, score and publish colorizers.",
            "",
            "commands:",
            *commands,
            "",
            f"Run '{_PROGRAM} COMMAND --help' for a command's options.",
        ]
    )
