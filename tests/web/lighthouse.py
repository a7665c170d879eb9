"""Lighthouse's scores of the page's views: `python -m tests.web.lighthouse`. npm fetches Lighthouse."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.web.conftest import CHROMIUM
from tests.web.showcase import showcase

LIGHTHOUSE = "lighthouse@12.2.3"  # Of the versions for Node 20.
CATEGORIES = ("performance", "accessibility", "best-practices")
VIEWS = ("/", "/jobs", "/jobs/{job}", "/jobs/{job}/pictures/3", "/jobs/{job}/review", "/settings")
GOOD = 95
ATTEMPTS = 3  # A trace that begins too late on a busy machine has to be recorded again.
PASSED = 0.9


def main() -> None:
    print("  ".join(CATEGORIES))
    with showcase() as (url, job):
        for view in VIEWS:
            show(view, measure(url + view.format(job=job)))


def measure(url: str) -> dict[str, Any]:
    """Lighthouse's report. A desktop, as its throttled phone measures the machine that simulates it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = ["npm", "exec", "--yes", f"--package={LIGHTHOUSE}", "--", "lighthouse", url, "--quiet"]
        options = ["--preset=desktop", f"--only-categories={','.join(CATEGORIES)}", "--output=json"]
        flags = ["--chrome-flags=--headless=new --no-sandbox", f"--output-path={report}"]
        environment = os.environ | {"CHROME_PATH": CHROMIUM or "chromium"}
        for _ in range(ATTEMPTS):
            if subprocess.run([*command, *options, *flags], check=False, env=environment).returncode == 0:
                return json.loads(report.read_text())  # type: ignore[no-any-return]
    raise SystemExit(f"Lighthouse measured nothing at {url} in {ATTEMPTS} attempts; it says why above.")


def show(view: str, report: dict[str, Any]) -> None:
    scores = {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}
    print("  ".join(f"{scores[name]:{len(name)}d}" for name in CATEGORIES), "", view, flush=True)
    if min(scores.values()) < GOOD:
        for audit in report["audits"].values():
            if audit["score"] is not None and audit["score"] < PASSED:
                print(f"      {audit['title']}: {audit.get('displayValue', '')}")


if __name__ == "__main__":
    main()
