"""One run of schemathesis, as a process of its own, with a configuration that names what exists on the gateway."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HOOKS = Path(__file__).with_name("hooks.py")
# Statuses for valid data that `hooks.py` looks at more closely.
REFUSALS = '["2xx", "3xx", 401, 403, 404, 406, 409, 413, 415, 416, 422, 429, "5xx"]'


@dataclass(frozen=True, kw_only=True)
class Known:
    """Ids that requests use half of the time: with made-up ids alone, every answer would be 404."""

    jobs: Sequence[str]
    uploads: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Fuzzing:
    """What a run did, and its output for the message of a failed test."""

    cases: int
    passed: bool
    output: str


def configuration(known: Known) -> str:
    """`hooks.py` checks the use of what was deleted. The schema of a report is that of a line, and it may have none."""
    return f"""
suppress-health-check = ["all"]
continue-on-failure = true
request-timeout = 60
[dictionaries]
jobs = {{ values = {json.dumps(known.jobs)} }}
uploads = {{ values = {json.dumps(known.uploads)} }}
[parameters]
"path.job_id" = {{ dictionary = "jobs", probability = 0.5 }}
"path.upload_id" = {{ dictionary = "uploads", probability = 0.5 }}
[checks.positive_data_acceptance]
expected-statuses = {REFUSALS}
[checks.use_after_free]
enabled = false
[[operations]]
include-operation-id = ["get_report"]
checks.response_schema_conformance.enabled = false
"""


def fuzz(url: str, folder: Path, *, known: Known, seed: int, options: Sequence[str], key: str | None = None) -> Fuzzing:
    """`key` authenticates every request. `options` are those of `schemathesis run`."""
    (folder / "schemathesis.toml").write_text(configuration(known))
    report = folder / "report.json"
    command = [Path(sys.executable).with_name("schemathesis"), "--config-file", folder / "schemathesis.toml"]
    common = ["--checks", "all", "--seed", str(seed), "--report-json-path", report, "--no-color", "--no-shrink"]
    # Until there is a key, the gateway needs none.
    access = ["--header", f"Authorization: Bearer {key}"] if key else ["--exclude-checks", "ignored_auth"]
    ran = subprocess.run(
        [*command, "run", f"{url}/openapi.json", *common, *access, *options],
        cwd=folder,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(HOOKS)},
        capture_output=True,
        text=True,
        check=False,
    )
    output = f"{ran.stdout}{ran.stderr}"
    assert report.exists(), output
    cases = int(json.loads(report.read_text())["test_cases"]["generated"])
    return Fuzzing(cases=cases, passed=ran.returncode == 0, output=output)
