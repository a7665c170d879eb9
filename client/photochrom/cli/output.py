"""What a command prints to stdout: lines and summaries for people, or one JSON document for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

from photochrom.responses import DryRun, Failure, Item, Job, Model, Upload
from photochrom.results.download import Download
from photochrom.results.files import disk_errors, whole_file

from .formatting import duration, one_line, plural, rough, size

NAMED = 10
"""How many failed items a summary names."""

STYLES = {
    "succeeded": "green",
    "failed": "red",
    "partially_succeeded": "yellow",
    "skipped": "yellow",
    "canceled": "yellow",
    "canceling": "yellow",
    "deleting": "yellow",
}


def print_summary(job: Job, failed: Iterable[Item], download: Download | None) -> None:
    """How the job stands: its counts, where its results are, and the first of the items that failed."""
    console = _plain()
    _print_row(console, "job", job.id)
    _print_row(console, "state", _state(job), STYLES.get(job.state, ""))
    if job.error:
        _print_row(console, "error", _reason(job.error), "red")
    for state in ("succeeded", "failed", "skipped", "canceled", "pending"):
        count = getattr(job.counts, state)
        if count or state in {"succeeded", "failed", "skipped"}:
            _print_row(console, state, f"{count:,}", STYLES.get(state, "") if count else "dim")
    if download:
        _print_row(console, "results", _results(download))
    _print_named(console, "Failed", [(each.name, _reason(each.error)) for each in failed], job.counts.failed)
    if job.counts.failed > NAMED:
        console.print(f"All of them: photochrom items {job.id} --state failed", style="dim")
    if download:
        left_out = [(each.result.member, each.reason) for each in download.left_out[:NAMED]]
        _print_named(console, "Not fetched", left_out, len(download.left_out))


def print_dry_run(found: DryRun) -> None:
    """How much a job would be, and what was not looked at for it."""
    console = _plain()
    least = "" if found.complete else "at least "
    _print_row(console, "pictures", f"{least}{found.items:,}")
    _print_row(console, "skipped", f"{found.skipped:,}", STYLES["skipped"] if found.skipped else "dim")
    if found.missing:
        _print_row(console, "missing", f"{found.missing:,} of the {found.sampled:,} looked at", STYLES["failed"])
    _print_row(console, "size", "unknown" if found.bytes is None else f"{least}{size(found.bytes)}")
    pixels = "unknown" if found.megapixels is None else f"about {rough(found.megapixels)} megapixels"
    _print_row(console, "pixels", pixels)
    _print_row(console, "time", _time_needed(found))
    console.print(Text(found.basis, style="dim"))
    if not found.complete:
        console.print(Text("There is more than could be counted in time.", style="yellow"))
    if not found.items:
        console.print(Text("There is no picture in it; a job about it would fail.", style="red"))


def _time_needed(found: DryRun) -> str:
    return "unknown" if found.estimated_seconds is None else f"about {duration(found.estimated_seconds)}"


def print_items(items: Iterable[Item]) -> None:
    console = _plain()
    for item in items:
        reason = f"  {_reason(item.error)}" if item.error else ""
        console.print(
            Text(f"{item.index:>7}  "),
            Text(f"{item.state:<9}", style=STYLES.get(item.state, "")),
            Text(f"  {one_line(item.name)}"),
            Text(reason, style="dim"),
            sep="",
        )


def print_jobs(jobs: Iterable[Job], file: TextIO | None = None) -> None:
    console = _plain(file)
    for job in jobs:
        items = "" if job.items is None else f"{job.counts.finished:,}/{job.items:,}"
        console.print(
            Text(f"{job.id}  "),
            Text(f"{job.state:<19}", style=STYLES.get(job.state, "")),
            Text(f"  {items:>15}  {job.created_at:%Y-%m-%d %H:%M} UTC  {one_line(job.source.name)}"),
            sep="",
        )


def print_models(models: Sequence[Model]) -> None:
    """A line each: its name, whether it is the default and takes hints, its weights' SHA-256 in short, what it is."""
    console = _plain()
    width = max((len(one_line(model.id)) for model in models), default=0)
    for model in models:
        marks = [mark for mark, is_so in (("default", model.default), ("hints", model.hints)) if is_so]
        console.print(
            Text(f"{one_line(model.id):<{width}}  "),
            Text(f"{', '.join(marks):<14}  ", style="green" if model.default else ""),
            Text(f"{one_line(model.sha256[:12])}  ", style="dim"),
            Text(one_line(model.description)),
            sep="",
        )


def print_json(document: Any) -> None:
    print(json.dumps(document, indent=2))


def print_json_list(entries: Iterable[Item] | Iterable[Job] | Iterable[Model] | Iterable[Upload]) -> None:
    """One document, written while the pages arrive: a list may be longer than memory."""
    lead = '{"data": ['
    for entry in entries:
        print(lead, json.dumps(entry.raw), sep="\n", end="")
        lead = ","
    print(lead if lead != "," else "", "]}", sep="\n" if lead == "," else "")


def write_blocks(blocks: Iterable[bytes], output: Path | None) -> None:
    """To stdout as they are, or to a file that is there whole or not at all. Raise `TargetError`."""
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.writelines(blocks)
        return
    with disk_errors(output), whole_file(output) as file:
        file.writelines(blocks)


def job_json(job: Job, download: Download | None) -> dict[str, Any]:
    """The job as the service tells it; after a download, with what became of the results."""
    if download is None:
        return dict(job.raw)
    left_out = [
        {"index": each.item.index, "member": each.result.member, "reason": each.reason} for each in download.left_out
    ]
    told = {
        "directory": str(download.directory),
        "written": download.written,
        "kept": download.kept,
        "left_out": left_out,
    }
    return {**job.raw, "download": told}


def _plain(file: TextIO | None = None) -> Console:
    """Writes lines as they are, to stdout if no file is given."""
    return Console(file=file, highlight=False, markup=False, emoji=False, soft_wrap=True)


def _print_row(console: Console, label: str, value: str, style: str = "") -> None:
    console.print(Text(f"{label:<11}", style="dim"), Text(one_line(value), style=style), sep="")


def _print_named(console: Console, title: str, named: list[tuple[str, str]], count: int) -> None:
    if not named:
        return
    first = "" if count <= len(named) else f" (the first {len(named)} of {count:,})"
    console.print(f"\n{title}{first}:")
    for name, reason in named:
        console.print(Text(f"  {one_line(name)}  "), Text(one_line(reason), style="dim"), sep="")


def _state(job: Job) -> str:
    words = job.state.replace("_", " ")
    words += f" in run {job.run}" if job.run > 1 else ""
    if job.state == "deleting":
        return words
    if job.finished_at and job.started_at:
        return f"{words}, after {duration((job.finished_at - job.started_at).total_seconds())}"
    if job.items:
        return f"{words}, {job.progress:.0%} of {plural(job.items, 'item')}"
    return words


def _results(download: Download) -> str:
    verb = "was" if download.kept == 1 else "were"
    kept = f" ({download.kept:,} {verb} there already)" if download.kept else ""
    return f"{plural(download.written + download.kept, 'picture')} in {download.directory}{kept}"


def _reason(error: Failure | None) -> str:
    return "" if error is None else f"{error.code}: {error.detail}"
