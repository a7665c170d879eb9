"""`python -m training COMMAND`: the one entry point for training, scoring and publishing colorizers."""

import sys

from training.commands.cli import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
