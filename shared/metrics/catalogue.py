"""All metrics as a list, for the documentation and for tests of what dashboards and alerts refer to."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from prometheus_client.metrics import MetricWrapperBase

from shared.metrics import gateway, reconciler, worker

PROCESSES = {"gateway": gateway, "worker": worker, "reconciler": reconciler}


@dataclass(frozen=True, slots=True)
class Metric:
    """`name` is that of the exposition; a histogram's samples have `_bucket`, `_sum` or `_count` appended."""

    process: str
    name: str
    kind: str
    labels: tuple[str, ...]
    help: str

    @property
    def samples(self) -> set[str]:
        """The names that a query may use."""
        parts = ("_bucket", "_sum", "_count") if self.kind == "histogram" else ("",)
        return {self.name + part for part in parts}


def all_metrics() -> list[Metric]:
    return [metric for process, module in PROCESSES.items() for metric in _metrics_of(process, module)]


def _metrics_of(process: str, module: ModuleType) -> Iterator[Metric]:
    for metric in vars(module).values():
        if isinstance(metric, MetricWrapperBase):
            (family,) = metric.describe()
            name = f"{family.name}_total" if family.type == "counter" else family.name
            # Public only in samples, and a metric without any still has labels.
            labels = tuple(metric._labelnames)
            yield Metric(process, name, family.type, labels, family.documentation)
