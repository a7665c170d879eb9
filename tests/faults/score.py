"""The totals of a run, shown at its end (`conftest.py`)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.failpoints import KILL, STALL_AND_KILL, STOP


@dataclass(frozen=True)
class Tally:
    """Jepsen's counts of a queue, applied to items. `worker_lost` counts items wrongly blamed for killing a worker."""

    attempts: int = 0
    acknowledged: int = 0
    ok: int = 0
    lost: int = 0
    duplicated: int = 0
    unexpected: int = 0
    worker_lost: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(mine + others for mine, others in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass
class Score:
    """The totals of one stage."""

    # By the job's tag, because some jobs are checked twice.
    tallies: dict[str, Tally] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    windows: int = 0
    # How often failpoints took each action; then kills without a failpoint.
    actions: Counter[str] = field(default_factory=Counter)
    random_kills: int = 0
    server_kills: int = 0
    # Seconds from the last kill until every job had ended, and the limit, for each time that was measured.
    recoveries: list[tuple[float, float]] = field(default_factory=list)

    def __add__(self, other: "Score") -> "Score":
        return Score(
            # Tags are unique within a run.
            self.tallies | other.tallies,
            self.broken | other.broken,
            self.windows + other.windows,
            self.actions + other.actions,
            self.random_kills + other.random_kills,
            self.server_kills + other.server_kills,
            self.recoveries + other.recoveries,
        )

    @property
    def total(self) -> Tally:
        return sum(self.tallies.values(), Tally())

    def lines(self) -> Iterator[str]:
        total, actions = self.total, self.actions
        in_windows = actions[KILL] + actions[STALL_AND_KILL]
        others = actions.total() - in_windows - actions[STOP]
        yield (
            f"{in_windows + self.random_kills} processes killed: {in_windows} at a failpoint, {self.random_kills} at "
            f"random times; {actions[STOP]} stopped and continued; {self.server_kills} servers killed"
        )
        yield f"{self.windows} windows covered; {others} calls held, delayed, failed, or their responses lost"
        yield (
            f"{len(self.tallies)} jobs, {total.acknowledged} items acknowledged: {total.lost} lost, "
            f"{total.duplicated} duplicated, {total.unexpected} invented, {total.worker_lost} wrongly worker_lost"
        )
        yield f"{len(self.broken)} jobs with a broken promise"
        for seconds, allowed in self.recoveries:
            yield f"all jobs ended {seconds:.1f} s after the last kill; limit (three leases and work): {allowed:.1f} s"


# The score of every stage of this run, by the folder with its history.
scores: dict[Path, Score] = {}
