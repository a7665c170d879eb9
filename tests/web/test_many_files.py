"""Many files: the tab answers while they are looked at and sent. MANY_FILES=70000 takes twenty minutes."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.web.uploading import FINISHED_MS, MB, drop, uploads

MANY = int(os.environ.get("MANY_FILES", "10000"))
PER_FOLDER = 1000
ANSWERS_WITHIN_MS = 200
MOST_HEAP_BYTES = 100 * MB
ALL_SENT_MS = FINISHED_MS * max(1, MANY // 10_000)
TASK = "ThreadControllerImpl::RunTask"
# Before it, the browser itself makes the list of files.
ARRIVAL = "files arrive"
MARK_ARRIVAL = f"""
for (const kind of ["change", "drop"]) addEventListener(kind, () => performance.mark("{ARRIVAL}"), true);
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many") / "Archive"
    for box in range(MANY // PER_FOLDER):
        (folder / f"box {box:02}").mkdir(parents=True)
        for number in range(PER_FOLDER):
            (folder / f"box {box:02}" / f"{box:02}-{number:04}.jpg").write_bytes(b"tiny")
    return folder


@pytest.mark.timeout(180 + ALL_SENT_MS // 1000)
@pytest.mark.parametrize("way", ["dropped", "chosen", "chosen as a folder"])
def test_many_files_do_not_freeze_the_tab(page: Page, browser: Browser, many: Path, way: str) -> None:
    """From their arrival until all is sent, more than one part. In processor time: other processes do not count."""
    page.add_init_script(MARK_ARRIVAL)
    page.route("**/v1/jobs", hold)
    page.goto("/")
    session = page.context.new_cdp_session(page)
    before = session.send("Runtime.getHeapUsage")["usedSize"]
    browser.start_tracing(categories=["toplevel", "blink.user_timing"])

    if way == "dropped":
        drop(page, many)
    elif way == "chosen":
        page.get_by_label("Files to colorize").set_input_files(sorted(many.rglob("*.jpg")))
    else:
        page.get_by_label("Folder to colorize").set_input_files(many)
    expect(uploads(page)).to_contain_text("Everything is sent", timeout=ALL_SENT_MS)

    browsers, ours = longest_tasks_ms(json.loads(browser.stop_tracing()))
    expect(uploads(page)).to_contain_text(re.compile(f"{MANY:,} files"))
    grown = session.send("Runtime.getHeapUsage")["usedSize"] - before
    print(f"{MANY:,} {way}: longest task {ours:.0f} ms, {grown / MB:.0f} MB more of heap; before {browsers:.0f} ms")
    assert ours < ANSWERS_WITHIN_MS
    assert grown < MOST_HEAP_BYTES


def hold(route: Route) -> None:
    """This is about the tab, not about a job of files that are no pictures: nobody answers its request for one."""
    if route.request.method != "POST":
        route.continue_()


def longest_tasks_ms(trace: dict[str, Any]) -> tuple[float, float]:
    """Of the thread that runs the page: before the files arrive, and from then on. A task may be partly both."""
    events = trace["traceEvents"]
    (arrival,) = (event for event in events if event["name"] == ARRIVAL)
    here = [event for event in events if (event["pid"], event["tid"]) == (arrival["pid"], arrival["tid"])]
    # The task that ends the trace has no length.
    tasks = [event for event in here if event["name"] == TASK and "tdur" in event]
    times = [(task["tts"] - arrival["tts"], task["tts"] + task["tdur"] - arrival["tts"]) for task in tasks]
    before = max((min(stop, 0) - start for start, stop in times if start < 0), default=0)
    after = max(stop - max(start, 0) for start, stop in times if stop > 0)
    return before / 1000, after / 1000
