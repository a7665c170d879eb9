"""Output of the commands: lines and summaries for people, or a single JSON document for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

from photochrom.responses import DryRun, Failure, Item, Job, Model, Note, Upload
from photochrom.results.download import Download
from photochrom.results.files import disk_errors, whole_file

from .formatting import counts_by_state, duration, plural, rough, single_line, size

MOST_LISTED = 10
"""A summary lists this many failed, skipped and renamed items, and missing results."""

STYLES = {
    "succeeded": "green",
    "failed": "red",
    "partially_succeeded": "yellow",
    "skipped": "yellow",
    "renamed": "yellow",
    "canceled": "yellow",
    "expired": "red",
    "expiring": "yellow",
    "canceling": "yellow",
    "deleting": "yellow",
    "deleted": "dim",
}


def print_summary(job: Job, failed: Iterable[Item], skipped: Iterable[Item], download: Download | None) -> None:
    """Print the job's state and counts, where its results are, and the first failed, skipped and renamed items."""
    console = _plain()
    _print_row(console, "job", job.id)
    if job.labels:
        _print_row(console, "labels", ", ".join(job.labels))
    if job.waiting_for:
        _print_row(console, "waiting", f"for {job.waiting_for}", "yellow")
    if job.deadline and not job.is_terminal:
        _print_row(console, "deadline", f"{job.deadline:%Y-%m-%d %H:%M} UTC")
    _print_row(console, "state", _state(job), STYLES.get(job.state, ""))
    if job.expires_at and job.is_kept:
        _print_row(console, "kept until", f"{job.expires_at:%Y-%m-%d %H:%M} UTC")
    if job.deletion:
        _print_row(console, "reason", f"{job.deletion.detail} It had ended as {job.deletion.state.replace('_', ' ')}.")
    if job.error:
        _print_row(console, "error", _reason(job.error), "red")
    for state in ("succeeded", "failed", "skipped", "expired", "canceled", "pending"):
        count = getattr(job.counts, state)
        if count or state in {"succeeded", "failed", "skipped"}:
            reasons = _skip_reasons(job) if state == "skipped" else ""
            _print_row(console, state, f"{count:,}{reasons}", STYLES.get(state, "") if count else "dim")
    if job.renamed:
        _print_row(console, "renamed", f"{job.renamed:,}", STYLES["renamed"])
    if download:
        _print_row(console, "results", _results(download))
    _print_list(console, "Failed", [(item.name, _reason(item.error)) for item in failed], job.counts.failed)
    if job.counts.failed > MOST_LISTED:
        console.print(f"List all: photochrom items {job.id} --state failed", style="dim")
    entries = [(item.name, _reason(item.error)) for item in skipped]
    _print_list(console, "Skipped", entries, job.counts.skipped)
    if job.counts.skipped > len(entries):
        console.print(f"List all: photochrom items {job.id} --state skipped", style="dim")
    renamed = [(renaming.name, f"-> {renaming.member}") for renaming in job.first_renamed]
    _print_list(console, "Renamed, because the name is taken or is not safe", renamed, job.renamed)
    if download:
        left_out = [(fetched.result.member, fetched.reason) for fetched in download.left_out[:MOST_LISTED]]
        _print_list(console, "Not downloaded", left_out, len(download.left_out))


def print_dry_run(estimate: DryRun) -> None:
    """Print the size and duration that a job would have, and what the estimate does not cover."""
    console = _plain()
    least = "" if estimate.complete else "at least "
    _print_row(console, "pictures", f"{least}{estimate.items:,}")
    _print_row(console, "skipped", f"{estimate.skipped:,}", STYLES["skipped"] if estimate.skipped else "dim")
    if estimate.missing:
        _print_row(console, "missing", f"{estimate.missing:,} of the {estimate.sampled:,} sampled", STYLES["failed"])
    _print_row(console, "size", "unknown" if estimate.bytes is None else f"{least}{size(estimate.bytes)}")
    pixels = "unknown" if estimate.megapixels is None else f"about {rough(estimate.megapixels)} megapixels"
    _print_row(console, "pixels", pixels)
    _print_row(console, "time", _time_needed(estimate))
    console.print(Text(estimate.basis, style="dim"))
    if not estimate.complete:
        console.print(Text("Counting stopped at the time limit; the source has more.", style="yellow"))
    if not estimate.items:
        console.print(Text("The source contains no pictures; a job for it would fail.", style="red"))


def _time_needed(estimate: DryRun) -> str:
    return "unknown" if estimate.estimated_seconds is None else f"about {duration(estimate.estimated_seconds)}"


def print_items(items: Iterable[Item]) -> None:
    console = _plain()
    for item in items:
        reasons = [item.error] if item.error else item.notes
        reason = "".join(f"  {_reason(each)}" for each in reasons)
        console.print(
            Text(f"{item.index:>7}  "),
            Text(f"{item.state:<9}", style=STYLES.get(item.state, "")),
            Text(f"  {single_line(item.name)}"),
            Text(reason, style="dim"),
            sep="",
        )


def print_jobs(jobs: Iterable[Job], file: TextIO | None = None) -> None:
    console = _plain(file)
    for job in jobs:
        console.print(
            Text(f"{job.id}  "),
            Text(f"{job.state:<19}", style=STYLES.get(job.state, "")),
            Text(f"  {counts_by_state(job):<27}  {job.created_at:%Y-%m-%d %H:%M} UTC  {single_line(job.source.name)}"),
            sep="",
        )


def print_models(models: Sequence[Model]) -> None:
    """Print a line per model: id, whether it is the default and takes hints, short SHA-256, description."""
    console = _plain()
    width = max((len(single_line(model.id)) for model in models), default=0)
    for model in models:
        marks = [mark for mark, applies in (("default", model.default), ("hints", model.hints)) if applies]
        console.print(
            Text(f"{single_line(model.id):<{width}}  "),
            Text(f"{', '.join(marks):<14}  ", style="green" if model.default else ""),
            Text(f"{single_line(model.sha256[:12])}  ", style="dim"),
            Text(single_line(model.description)),
            sep="",
        )


def print_json(document: Any) -> None:
    print(json.dumps(document, indent=2))


def print_json_list(entries: Iterable[Item] | Iterable[Job] | Iterable[Model] | Iterable[Upload]) -> None:
    """Print one document while the pages arrive, because a list may be larger than memory."""
    separator = '{"data": ['
    for entry in entries:
        print(separator, json.dumps(entry.raw), sep="\n", end="")
        separator = ","
    print("\n]}" if separator == "," else f"{separator}]}}")


def json_document(lines: Iterable[bytes]) -> Iterator[bytes]:
    """JSON lines, in blocks of any size, as a single document."""
    yield b'{"data": ['
    separator, rest = b"\n", b""
    for block in lines:
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield separator + line
            separator = b",\n"
    yield (separator + rest if rest else b"") + b"\n]}\n"


def write_blocks(blocks: Iterable[bytes], output: Path | None) -> None:
    """Write to stdout, or atomically to a file. Raise `TargetError`."""
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.writelines(blocks)
        return
    with disk_errors(output), whole_file(output) as file:
        file.writelines(blocks)


def job_json(job: Job, download: Download | None) -> dict[str, Any]:
    """The service's document of the job; after a download, with the outcome of the download."""
    if download is None:
        return dict(job.raw)
    left_out = [
        {"index": fetched.item.index, "member": fetched.result.member, "reason": fetched.reason}
        for fetched in download.left_out
    ]
    outcome = {
        "directory": str(download.directory),
        "written": download.written,
        "kept": download.kept,
        "left_out": left_out,
    }
    return {**job.raw, "download": outcome}


def _plain(file: TextIO | None = None) -> Console:
    """A console without markup or wrapping, on stdout by default."""
    return Console(file=file, highlight=False, markup=False, emoji=False, soft_wrap=True)


def _print_row(console: Console, label: str, value: str, style: str = "") -> None:
    console.print(Text(f"{label:<11}", style="dim"), Text(single_line(value), style=style), sep="")


def _print_list(console: Console, title: str, entries: list[tuple[str, str]], count: int) -> None:
    if not entries:
        return
    first = "" if count <= len(entries) else f" (the first {len(entries)} of {count:,})"
    console.print(f"\n{title}{first}:")
    for name, reason in entries:
        console.print(Text(f"  {single_line(name)}  "), Text(single_line(reason), style="dim"), sep="")


def _state(job: Job) -> str:
    words = job.state.replace("_", " ")
    words += f" in run {job.run}" if job.run > 1 else ""
    if job.deletion and job.deletion.at:
        return f"{words} on {job.deletion.at:%Y-%m-%d}"
    if not job.is_kept:
        return words
    if job.finished_at and job.started_at:
        return f"{words}, after {duration((job.finished_at - job.started_at).total_seconds())}"
    if job.items:
        return f"{words}, {job.progress:.0%} of {plural(job.items, 'item')}"
    return words


def _skip_reasons(job: Job) -> str:
    """` (4 not_an_image, 2 system_file)`, the most frequent first. Empty if the service does not tell."""
    by_count = sorted(job.skip_reasons.items(), key=lambda entry: -entry[1])
    return f" ({', '.join(f'{count:,} {code}' for code, count in by_count)})" if by_count else ""


def _results(download: Download) -> str:
    kept = f" ({download.kept:,} already present)" if download.kept else ""
    return f"{plural(download.written + download.kept, 'picture')} in {download.directory}{kept}"


def _reason(error: Failure | Note | None) -> str:
    return "" if error is None else f"{error.code}: {error.detail}"
