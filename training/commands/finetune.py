"""`python -m training finetune`: as `train`, by the recipe `finetune` and from a checkpoint, which it requires."""

from training.commands import train


def main(arguments: list[str] | None = None) -> int:
    return train.main(arguments, command="finetune", recipe="finetune", needs_init=True)
