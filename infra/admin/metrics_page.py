"""The table of metrics in docs/monitoring.md, between two marks. The rest of the page is written by hand."""

from itertools import groupby

from shared.metrics.catalogue import Metric, all_metrics

BEGIN = "<!-- Written by `photochrom-admin metrics --write docs/monitoring.md`. -->\n"
END = "<!-- The end of what is written. -->\n"
COLUMNS = "| metric | type | labels | what it is |\n|---|---|---|---|\n"


def with_table(page: str) -> str:
    """The page with the present table."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + metrics_table() + END + after


def metrics_table() -> str:
    groups = groupby(all_metrics(), key=lambda metric: metric.process)
    tables = (f"\n### {process.capitalize()}\n\n{COLUMNS}{''.join(map(_row, group))}" for process, group in groups)
    return "".join(tables) + "\n"


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "—"
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} |\n"
