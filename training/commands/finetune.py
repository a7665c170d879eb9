"""Train a checkpoint further on an archive's own photographs: `train` with the recipe `finetune` and `--init`."""

from training.commands import train


def main(arguments: list[str] | None = None) -> int:
    return train.main(arguments, command="finetune", recipe="finetune", needs_init=True)
