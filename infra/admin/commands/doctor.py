"""Check this machine and the servers and, with --objects, whether database and storage agree.

One line for each check: ok, warning or error, what is the case, and what to do. The exit status is 1 if there is an
error. Nothing is changed without --repair, which may be used while the service runs: it removes objects that nothing
refers to, and records lost results of jobs that have ended as failed, so that they can be retried.
"""

import argparse
import sys
from collections.abc import AsyncIterator
from datetime import timedelta

import anyio

from infra.admin.doctor.agreement import Agreement
from infra.admin.doctor.examination import examine_machine, examine_servers, is_configured
from infra.admin.doctor.findings import Finding, as_json, is_well
from infra.admin.wording import duration


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document, with all keys, instead of lines")
    parser.add_argument("--objects", action="store_true", help="compare the jobs in the database with the bucket, too")
    parser.add_argument("--sums", action="store_true", help="also read every result and compare its SHA-256")
    parser.add_argument("--repair", action="store_true", help="do what is safe about it, and print what was done")
    parser.add_argument(
        "--grace",
        type=duration,
        default=timedelta(days=1),
        metavar="TIME",
        help="leave alone what is younger, as it may belong to what is under way (default 1d)",
    )


def run(arguments: argparse.Namespace) -> int:
    findings = anyio.run(_collect, arguments)
    if arguments.json:
        sys.stdout.write(as_json(findings) + "\n")
    return 0 if is_well(findings) else 1


async def _collect(arguments: argparse.Namespace) -> list[Finding]:
    """Each is printed at once: some checks take a while."""
    findings = []
    async for finding in _examine(arguments):
        findings.append(finding)
        if not arguments.json:
            print(finding.line(), flush=True)
    return findings


async def _examine(arguments: argparse.Namespace) -> AsyncIterator[Finding]:
    async for finding in examine_machine():
        yield finding
    async for finding in examine_servers():
        yield finding
    if (arguments.objects or arguments.sums or arguments.repair) and is_configured():
        agreement = Agreement(arguments.grace, arguments.sums, arguments.repair)
        async for finding in agreement.examine():
            yield finding
