"""`python -m worker --role ingest|interactive|bulk`: a worker process that consumes the queue of its role."""

import argparse
import sys

from shared.environment import log_unknown_variables
from shared.errors import PhotochromError
from shared.log import configure_logging
from shared.queue import Queue
from shared.startup import process_parser, read_settings
from worker.process.app import serve
from worker.process.runtime import leave
from worker.process.settings import WorkerSettings

DESCRIPTION = """\
A worker: takes tasks from the queue of its role until it is stopped. Start any number of each role, on any machine that
reaches the database, the queue and the storage. SIGTERM stops it; another worker continues what it leaves.

roles:
  ingest       lists the pictures of archives; needs no torch and no GPU
  interactive  colorizes single pictures, so that they never wait behind an archive
  bulk         colorizes archives; add these to be faster
"""
EXAMPLES = ("python -m worker --role bulk", "PHOTOCHROM_WORKER__DEVICE=cuda:1 python -m worker --role bulk")
OFTEN_SET = (
    "PHOTOCHROM_WORKER__DEVICE",
    "PHOTOCHROM_WORKER__MINIBATCH",
    "PHOTOCHROM_WORKER__DECODERS",
    "PHOTOCHROM_WORKER__CACHE_DIR",
    "PHOTOCHROM_CONCURRENCY",
)


def main() -> int:
    role = parser().parse_args().role
    try:
        settings = read_settings(WorkerSettings)
        configure_logging(f"worker-{role}", settings.log_format)
        log_unknown_variables(WorkerSettings)
        return serve(role, settings)
    except PhotochromError as error:
        sys.stderr.write(f"{error.code}: {error.detail}\n")
    return 2


def parser() -> argparse.ArgumentParser:
    parser = process_parser("python -m worker", DESCRIPTION, WorkerSettings, examples=EXAMPLES, often_set=OFTEN_SET)
    parser.add_argument("--role", type=Queue, choices=list(Queue), required=True, help="the queue to consume")
    return parser


if __name__ == "__main__":
    leave(main())
