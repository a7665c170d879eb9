"""The processor time of running processes. It depends less on what else the machine does than the time on a clock."""

import os
from collections.abc import Iterable
from pathlib import Path

from benchmarks.memory import process_tree


def processor_seconds(pids: Iterable[int]) -> float:
    """What these processes and their descendants have used so far: fields 14 and 15 of /proc/PID/stat (proc(5))."""
    trees = {pid for root in pids for pid in process_tree(root)}
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in trees]
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")
