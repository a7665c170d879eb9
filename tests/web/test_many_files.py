"""Many files: the tab answers while they are looked at and sent. The unit tests of web/src/upload do it with 70,000."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.web.uploading import FINISHED_MS, MB, drop, uploads

MANY = 10_000
PER_FOLDER = 1000
ANSWERS_WITHIN_MS = 200
TASK = "ThreadControllerImpl::RunTask"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many") / "Archive"
    for box in range(MANY // PER_FOLDER):
        (folder / f"box {box:02}").mkdir(parents=True)
        for number in range(PER_FOLDER):
            (folder / f"box {box:02}" / f"{number:04}.jpg").write_bytes(b"tiny")
    return folder


def test_many_files_do_not_freeze_the_tab(page: Page, browser: Browser, many: Path) -> None:
    """From the drop until all is sent, more than one part. In processor time: other processes do not count."""
    page.route("**/v1/jobs", hold)
    page.goto("/")
    session = page.context.new_cdp_session(page)
    before = session.send("Runtime.getHeapUsage")["usedSize"]
    browser.start_tracing(categories=["toplevel"])

    drop(page, many)
    expect(uploads(page)).to_contain_text("Everything is sent", timeout=FINISHED_MS)

    longest = longest_task_ms(json.loads(browser.stop_tracing()))
    expect(uploads(page)).to_contain_text(re.compile(f"{MANY:,} files"))
    grown = session.send("Runtime.getHeapUsage")["usedSize"] - before
    print(f"longest task {longest:.0f} ms, {grown / MB:.0f} MB more of heap")
    assert longest < ANSWERS_WITHIN_MS
    assert grown < 100 * MB


def hold(route: Route) -> None:
    """This is about the tab, not about a job of files that are no pictures: nobody answers its request for one."""
    if route.request.method != "POST":
        route.continue_()


def longest_task_ms(trace: dict[str, Any]) -> float:
    """Of the threads that run pages."""
    events = trace["traceEvents"]
    names = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["name"] == "thread_name"}
    tasks = [e for e in events if e["name"] == TASK and names[e["pid"], e["tid"]] == "CrRendererMain"]
    # The task that ends the trace has no length.
    longest: int = max(task["tdur"] for task in tasks if "tdur" in task)
    return longest / 1000
