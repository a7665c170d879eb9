"""`python -m worker --role ingest|interactive|bulk`: a worker process that consumes the queue of its role."""

import argparse
import sys

from shared.environment import log_unknown_variables
from shared.errors import PhotochromError
from shared.log import configure_logging
from shared.queue import Queue
from shared.startup import read_settings
from worker.process.app import serve
from worker.process.runtime import leave
from worker.process.settings import WorkerSettings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m worker", description=__doc__)
    parser.add_argument("--role", type=Queue, choices=list(Queue), required=True, help="the queue to consume")
    role = parser.parse_args().role
    try:
        settings = read_settings(WorkerSettings)
        configure_logging(f"worker-{role}", settings.log_format)
        log_unknown_variables(WorkerSettings)
        return serve(role, settings)
    except PhotochromError as error:
        sys.stderr.write(f"{error.code}: {error.detail}\n")
    return 2


if __name__ == "__main__":
    leave(main())
