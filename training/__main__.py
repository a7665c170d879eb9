"""`python -m training COMMAND`: the one entry to everything that makes, scores and publishes colorizers."""

import sys

from training.commands.catalogue import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
