"""A stage for fault tests: the real servers, the service's processes with a saboteur in each, a client with a ledger.

One stage serves many scenarios, in sequence or in parallel: jobs are independent, and each failpoint affects one job.
"""

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import anyio
import boto3
from botocore.config import Config
from pymongo import MongoClient
from pymongo.database import Database
from redis import Redis

from migrations.runner import upgrade
from shared.mongo import open_database
from shared.settings import MongoSettings
from tests.api.stage import write_cards
from tests.faults import archives
from tests.faults.archives import Submission
from tests.faults.client import RetryingClient, Watcher, client_and_watcher
from tests.faults.failpoints import Armory, Failpoint
from tests.faults.ledger import Ledger, sha256
from tests.faults.processes import Processes, Program, processes_running
from tests.faults.score import Score, scores
from tests.faults.servers import Servers, servers_running
from tests.faults.trace import TraceReader
from tests.fixtures.ports import free_port
from tests.fixtures.stack import START_SECONDS, wait_until

Answer = TypeVar("Answer")

LEASE_SECONDS = 3.0
GRACE_SECONDS = 4.0
RESEND_SECONDS = 1.0
UPLOAD_SECONDS = 3.0
CHUNK_ITEMS = 4
MODEL = "zoo"

GATEWAY = Program("gateway", "api", ready="gateway.listening")
INGEST = Program("ingest", "worker", ("--role", "ingest"))
INTERACTIVE = Program("interactive", "worker", ("--role", "interactive"))
BULK = Program("bulk", "worker", ("--role", "bulk"))
RECONCILER = Program("reconciler", "worker.reconcile", ready="reconcile.ready")
ORDINARY = (GATEWAY, INGEST, INTERACTIVE, BULK, RECONCILER)

SHORT = {
    "PHOTOCHROM_LEASE__SECONDS": str(LEASE_SECONDS),
    "PHOTOCHROM_LEASE__RENEW_SECONDS": "1",
    "PHOTOCHROM_LEASE__GRACE_SECONDS": str(GRACE_SECONDS),
    "PHOTOCHROM_DISPATCH__CHUNK_ITEMS": str(CHUNK_ITEMS),
    "PHOTOCHROM_RECONCILE__INTERVAL_SECONDS": "0.3",
    "PHOTOCHROM_RECONCILE__RESEND_SECONDS": str(RESEND_SECONDS),
    "PHOTOCHROM_RECONCILE__UPLOAD_SECONDS": str(UPLOAD_SECONDS),
    "PHOTOCHROM_RECONCILE__ORPHANS_SECONDS": "1",
    "PHOTOCHROM_WORKER__COLORIZER": "tests.faults.colorizer:load",
    "PHOTOCHROM_WORKER__DECODERS": "1",
    # Every picture is recorded separately: that makes more windows, and the same ones in every run.
    "PHOTOCHROM_WORKER__MINIBATCH": "1",
    "PHOTOCHROM_WORKER__RECORD_SECONDS": "0",
    "PHOTOCHROM_DEFAULT_MODEL": MODEL,
}


@dataclass
class Stage:
    folder: Path
    environment: dict[str, str]
    servers: Servers
    processes: Processes
    armory: Armory
    trace: TraceReader
    ledger: Ledger
    client: RetryingClient
    watcher: Watcher
    mongo: "Database[dict[str, Any]]"
    redis: "Redis[bytes]"
    s3: Any
    bucket: str
    score: Score = field(default_factory=Score)
    # The SHA-256 of each photograph's variants, in order, by the SHA-256 of its source.
    results: dict[str, list[str]] = field(default_factory=dict)
    # How long one variant of a picture takes on this machine, undisturbed.
    picture_seconds: float = 0.0

    def arm(self, failpoint: Failpoint) -> str:
        self.ledger.write("armed", failpoint=str(failpoint), tag=failpoint.tag)
        return self.armory.arm(failpoint)

    def wait_until_fired(self, name: str, seconds: float = START_SECONDS) -> int:
        """Returns the id of the process in which the failpoint fired."""
        wait_until(lambda: self.armory.fired(name) is not None, seconds)
        pid = self.armory.fired(name)
        assert pid is not None
        return pid

    @contextmanager
    def held(self, failpoint: Failpoint) -> Iterator[str]:
        """Arm the failpoint, whose action is `HOLD`, and release it at the end of the block."""
        name = self.arm(failpoint)
        try:
            yield name
        finally:
            self.armory.release(name)

    def in_background(self, act: Callable[[], Answer]) -> "Future[Answer]":
        """Run in a thread. The future's `result` waits for it."""
        pool = ThreadPoolExecutor(1)
        future = pool.submit(act)
        pool.shutdown(wait=False)
        return future

    def is_active(self, pid: int) -> bool:
        """Whether this process has made a call to the outside within the last second."""
        calls = self.trace.calls()
        return any(call.pid == pid for call in reversed(calls) if call.at > time.monotonic() - 1)

    def wait_until_logged(self, process: str, event: str, seconds: float = START_SECONDS) -> None:
        """Wait until the process has logged the event."""
        wait_until(lambda: event in self.processes.log(process), seconds, lambda: self.processes.log(process))

    def submit(self, submission: Submission, seconds: float = 60.0) -> str:
        """Returns when the job is acknowledged. From then on the watcher records its states."""
        job = self.client.submit(submission, seconds)
        self.watcher.watch(job)
        return job

    def recovery_seconds(self, pictures: int) -> float:
        """The limit from the end of all faults until all jobs have ended: three leases, plus the work itself."""
        return 3 * LEASE_SECONDS + 2 * self.picture_seconds * pictures

    def jobs_of(self, submission: Submission) -> set[str]:
        """The job ids in the acknowledgments. More than one would be a bug."""
        return {event["job"] for event in self.ledger.events("acknowledged", tag=submission.tag)}

    def learn(self) -> None:
        """Record the results of each photograph in an undisturbed run. All later results must have the same bytes."""
        submission = archives.all_photographs()
        begun = time.monotonic()
        job = self.submit(submission)
        self.client.wait_until_over(job, START_SECONDS)
        self.picture_seconds = (time.monotonic() - begun) / len(submission.entries) / submission.variants
        for entry, item in zip(submission.entries, self.client.items(job), strict=True):
            self.results[sha256(entry.content)] = [result["sha256"] for result in item["results"]]

    @contextmanager
    def without(self, *names: str) -> Iterator[None]:
        """End these processes for the duration of the block."""
        programs = [self.processes.end(name) for name in names]
        try:
            yield
        finally:
            self.processes.start(*programs)

    @contextmanager
    def beside(self, *programs: Program) -> Iterator[None]:
        """Run additional processes for the duration of the block."""
        self.processes.start(*programs)
        try:
            yield
        finally:
            for program in programs:
                self.processes.end(program.name, signal.SIGKILL)

    def objects(self, job: str) -> dict[str, bytes]:
        """The objects under a job's prefix."""
        keys = self.keys(f"jobs/{job}/")
        return {key: self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read() for key in keys}

    def keys(self, prefix: str) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def documents(self, job: str) -> dict[str, list[dict[str, Any]]]:
        """The documents of a job, by collection."""
        of_job = {"jobs": {"_id": job}, "chunks": {"job": job}, "uploads": {"_id": job}}
        return {name: list(self.mongo[name].find(criteria)) for name, criteria in of_job.items()}


@contextmanager
def stage_running(
    folder: Path,
    *,
    programs: tuple[Program, ...] = ORDINARY,
    through: Callable[[Servers], Mapping[str, str]] = lambda _: {},
    **environment: str,
) -> Iterator[Stage]:
    """`through` may put something between the processes and the servers. It returns the addresses to use instead."""
    with ExitStack() as stack:
        servers = stack.enter_context(servers_running(folder / "home"))
        port = free_port()
        models = write_cards(folder / "models", MODEL)
        (models / f"{MODEL}.safetensors").touch()
        environment = {
            **servers.environment,
            **SHORT,
            "PHOTOCHROM_MONGO__DATABASE": "faults",
            "PHOTOCHROM_MODELS_DIR": str(models),
            "PHOTOCHROM_WORKER__MODELS_DIR": str(models),
            "PHOTOCHROM_PORT": str(port),
            "NO_PROXY": "127.0.0.1",
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        mongo: MongoClient[dict[str, Any]] = stack.enter_context(MongoClient(environment["PHOTOCHROM_MONGO__URL"]))
        anyio.run(_migrate, environment)
        processes = stack.enter_context(processes_running(folder, {**environment, **through(servers)}))
        processes.start(*programs)
        ledger = stack.enter_context(closing(Ledger(folder / "ledger.jsonl")))
        client, watcher = stack.enter_context(client_and_watcher(f"http://127.0.0.1:{port}", ledger))
        stage = Stage(
            folder=folder,
            environment=environment,
            servers=servers,
            processes=processes,
            armory=Armory(folder),
            trace=TraceReader(folder / "trace.jsonl"),
            ledger=ledger,
            client=client,
            watcher=watcher,
            mongo=mongo[environment["PHOTOCHROM_MONGO__DATABASE"]],
            redis=stack.enter_context(closing(Redis.from_url(environment["PHOTOCHROM_REDIS__URL"]))),
            s3=stack.enter_context(closing(_s3(environment))),
            bucket=environment["PHOTOCHROM_STORAGE__BUCKET"],
        )
        scores[folder] = stage.score
        try:
            yield stage
        finally:
            stage.score.actions = stage.armory.actions()
            stage.score.random_kills, stage.score.server_kills = processes.kills, servers.kills


async def _migrate(environment: dict[str, str]) -> None:
    settings = MongoSettings.model_validate(
        {"url": environment["PHOTOCHROM_MONGO__URL"], "database": environment["PHOTOCHROM_MONGO__DATABASE"]}
    )
    async with open_database(settings) as database:
        await upgrade(database)


def _s3(environment: dict[str, str]) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=environment["PHOTOCHROM_STORAGE__ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=environment["PHOTOCHROM_STORAGE__ACCESS_KEY_ID"],
        aws_secret_access_key=environment["PHOTOCHROM_STORAGE__SECRET_ACCESS_KEY"],
        config=Config(s3={"addressing_style": "path"}, proxies={}),
    )
