"""Scales worker processes as KEDA and Kubernetes scale pods: by what Prometheus answers to the query of a ScaledObject.

The rules are those of KEDA's documentation; times are shorter, so that a test can wait for them.
"""

import math
import subprocess
import time
from dataclasses import dataclass, field
from typing import Any

from tests.fixtures.prometheus import Prometheus
from tests.fixtures.stack import wait_until
from tests.fixtures.unstaffed import UnstaffedStack

# Instead of minutes: until the fleet goes to zero, and for which the largest number counts.
COOLDOWN_SECONDS = 4.0
STABILIZATION_SECONDS = 4.0


def value(prometheus: Prometheus, query: str) -> float | None:
    """None: no element, which is an error for a trigger with `ignoreNullValues: false`."""
    result = prometheus.query(query)
    assert len(result) <= 1, "a trigger takes one element"
    return float(result[0]["value"][1]) if result else None


@dataclass
class Autoscaler:
    """The workers of one role. `most` is what the machine bears, below the maximum of the ScaledObject."""

    stack: UnstaffedStack
    prometheus: Prometheus
    role: str
    spec: dict[str, Any]
    most: int
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)
    started: int = 0
    _active_at: float = 0.0
    _recent: list[tuple[float, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.trigger,) = [each["metadata"] for each in self.spec["triggers"]]

    def value(self) -> float | None:
        return value(self.prometheus, self.trigger["query"])

    def desired(self) -> int:
        """The replicas for what Prometheus answers now."""
        value = self.value()
        if value is None:
            assert self.trigger["ignoreNullValues"] == "false"
            assert self.spec["fallback"]["behavior"] == "currentReplicasIfHigher"
            return max(self.spec["fallback"]["replicas"], len(self.workers))
        if value <= float(self.trigger["activationThreshold"]):
            return int(self.spec["minReplicaCount"])
        return min(max(math.ceil(value / float(self.trigger["threshold"])), 1), self.spec["maxReplicaCount"], self.most)

    def step(self) -> None:
        """One poll."""
        now, desired = time.monotonic(), self.desired()
        self._recent = [(at, number) for at, number in self._recent if at > now - STABILIZATION_SECONDS]
        self._recent.append((now, desired))
        if desired:
            self._active_at = now
            self.scale(max(number for _, number in self._recent) if desired < len(self.workers) else desired)
        elif now > self._active_at + COOLDOWN_SECONDS:
            self.scale(0)

    def scale(self, number: int) -> None:
        while len(self.workers) < number:
            self.started += 1
            name = f"{self.role}-{self.started}"
            self.workers.append(self.stack.start(name, "worker", "--role", self.role))
        while len(self.workers) > number:
            assert self.stack.stop(self.workers.pop()) == 0


def step_until(scalers: list[Autoscaler], condition: Any, seconds: float = 150.0) -> None:
    def stepped() -> Any:
        for scaler in scalers:
            scaler.step()
        return condition()

    wait_until(stepped, seconds, lambda: str({each.role: (each.value(), len(each.workers)) for each in scalers}))
