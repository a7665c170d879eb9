"""Runs attacks on a stack and measures their effects: outcomes, memory, processes, and files written elsewhere."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from photochrom import Client, Job, Refused

from tests.fixtures.stack import REPOSITORY, RunningStack
from tests.hostile.attacks import Attack
from tests.hostile.names import SLIPPED

TEMPORARY = tempfile.gettempdir()
PROCESSES = ("gateway", "worker-ingest", "worker-interactive", "worker-bulk", "reconciler")
AT_ONCE = 4


@dataclass
class Siege:
    """Measures from its creation on. Submits attacks through `answer` and `answers`."""

    stack: RunningStack
    client: Client
    jobs: list[Job] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pids = self.running()
        self._stored = set(self._bucket.rglob("*"))
        self._resident = {}
        for name, pid in self.pids.items():
            # Reset the process's peak memory: `man 5 proc`, clear_refs.
            Path(f"/proc/{pid}/clear_refs").write_text("5")
            self._resident[name] = memory_of(pid, "VmRSS")

    def running(self) -> dict[str, int]:
        return {name: self.stack.processes[name].pid for name in PROCESSES}

    def answers(self, attacks: list[Attack]) -> dict[str, tuple[str, ...]]:
        """The outcome of each attack, by its name. Several are submitted in parallel."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            answers = threads.map(lambda attack: self.answer(attack.make()), attacks)
            return dict(zip(map(str, attacks), answers, strict=True))

    def answer(self, content: bytes) -> tuple[str, ...]:
        try:
            job = self.client.submit(content, filename="attack")
        except Refused as refusal:
            return (f"refused {refusal.code}",)
        job = self.client.wait(job, timeout=200)
        self.jobs.append(job)
        # The failure of a single picture is reported by the job and by its item. Count it once.
        failed = [f"job {job.error.code}"] if job.error and job.kind == "bulk" else []
        items = [f"{item.state} {item.error.code if item.error else ''}".strip() for item in self.client.items(job)]
        return (*failed, *items)

    def grown(self) -> dict[str, int]:
        """How many MiB each process had grown at its peak, even if it has freed them since."""
        peaks = {name: memory_of(pid, "VmHWM") for name, pid in self.pids.items()}
        return {name: (peak - self._resident[name]) // 1024**2 for name, peak in peaks.items()}

    def strays(self) -> list[str]:
        """What it left behind: objects that belong to no job, files with names that lead outside, open files."""
        return [*self._foreign_objects(), *_slipped(self.stack.home), *self._files_held()]

    @property
    def _bucket(self) -> Path:
        """The bucket server's folder, in which each object is a file."""
        return self.stack.home / "bucket"

    def _foreign_objects(self) -> list[str]:
        known = {job.id for job in self.client.jobs()}
        new = [path for path in self._bucket.rglob("*") if path not in self._stored and path.is_file()]
        return [str(path) for path in new if not _is_below_job(path.relative_to(self._bucket), known)]

    def _files_held(self) -> list[str]:
        """Temporary files other than logs, including deleted ones, that a process of the stack has open."""
        links = [link for pid in self.pids.values() for link in Path(f"/proc/{pid}/fd").iterdir()]
        targets = [str(link.readlink()) for link in links if link.is_symlink()]
        logs = str(self.stack.home / "logs")
        return [target for target in targets if target.startswith(TEMPORARY) and not target.startswith(logs)]


def _is_below_job(key: Path, jobs: set[str]) -> bool:
    """The path is `photochrom/jobs/{id}/…`, beginning with the bucket's name."""
    return key.parts[1:2] == ("jobs",) and key.parts[2] in jobs


def memory_of(pid: int, field: str) -> int:
    """In bytes: `VmRSS` is the current use, `VmHWM` its peak."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))


def _slipped(home: Path) -> list[str]:
    """Files to which the names in `names.py` lead, from every folder in which extraction might start."""
    name = SLIPPED.decode()
    starts = [Path(TEMPORARY), Path("/tmp"), Path.cwd(), REPOSITORY, home]
    folders = {folder for start in starts for folder in (start, *start.parents)}
    beside = [path for folder in folders for path in folder.iterdir() if path.name.startswith(name)]
    return [str(path) for path in (*beside, *home.rglob(f"*{name}*"))]
