"""`python -m training finetune`: `train` with the recipe for an archive's own photographs; it needs --init."""

from training.commands import train


def main(arguments: list[str] | None = None) -> int:
    return train.main(arguments, command="finetune", recipe="finetune")
