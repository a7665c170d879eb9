"""Check this machine and the servers, before the first start and whenever something is wrong.

One line for each check: ok, warning or error, what is the case, and what to do. The exit status is 1 if there is an
error. Nothing is changed.
"""

import argparse
import sys
from collections.abc import AsyncIterator

import anyio

from infra.admin.doctor.examination import examine_machine, examine_servers
from infra.admin.doctor.findings import Finding, as_json, is_well


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of lines")


def run(arguments: argparse.Namespace) -> int:
    findings = anyio.run(_collect, arguments)
    if arguments.json:
        sys.stdout.write(as_json(findings) + "\n")
    return 0 if is_well(findings) else 1


async def _collect(arguments: argparse.Namespace) -> list[Finding]:
    """Each is printed at once: some checks take a while."""
    findings = []
    async for finding in _examine():
        findings.append(finding)
        if not arguments.json:
            print(finding.line(), flush=True)
    return findings


async def _examine() -> AsyncIterator[Finding]:
    async for finding in examine_machine():
        yield finding
    async for finding in examine_servers():
        yield finding
