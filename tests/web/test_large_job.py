"""A job of 100,000 pictures is scrolled to its end and back: the tab does not hold what it has shown."""

import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, CDPSession, Page, expect
from pymongo import MongoClient

from shared.ids import new_job_id
from tests.fixtures.stack import RunningStack, wait_until
from tests.web.conftest import ARGUMENTS, CHROMIUM, tab
from tests.web.dropped import FINISHED_MS, drop, zip_link

MANY = 100_000
STEPS = 100
# 100 screens have thousands of items; held, they would take tens of megabytes. The cache forgets after 10 seconds.
MOST_GROWTH_BYTES = 6e6
FORGOTTEN_SECONDS = 25.0
MOST_NODES = 4_000
MOST_FRAME_MS = 1_000
# To the other end of the page in steps, each after the one before has been painted. The longest time between frames.
SCROLL = """
async ({ from, to, steps }) => {
  const frame = () => new Promise(requestAnimationFrame);
  const end = document.documentElement.scrollHeight - innerHeight;
  let longest = 0;
  for (let step = 0; step <= steps; step += 1) {
    scrollTo(0, end * (from + ((to - from) * step) / steps));
    const until = performance.now() + 50;
    for (let before = performance.now(); before < until; ) {
      const now = await frame();
      longest = Math.max(longest, now - before);
      before = now;
    }
  }
  return longest;
}
"""
# How far the pictures in sight are from where the document is scrolled to, as shares of the whole; 1 while none is.
OFF = """
(count) => {
  const tiles = [...document.querySelectorAll("[data-position]")];
  const tile = tiles.find((each) => each.getBoundingClientRect().bottom > innerHeight / 2);
  if (!tile) return 1;
  const grid = tile.parentElement.getBoundingClientRect();
  return Math.abs(tile.dataset.position / count - (innerHeight / 2 - grid.top) / grid.height);
}
"""


@pytest.fixture(scope="module")
def large_job(browser: Browser, page_stack: RunningStack, few: Path) -> str:
    """The path of a job with 100,000 copies of one result."""
    with tab(browser, page_stack) as page:
        small = drop(page, few).split("/")[-1]
        expect(zip_link(page)).to_be_visible(timeout=FINISHED_MS)
    with MongoClient[dict[str, Any]](page_stack.environment["PHOTOCHROM_MONGO__URL"]) as client:
        database = client["photochrom"]
        job = database["jobs"].find_one({"_id": small})
        chunk = database["chunks"].find_one({"job": small})
        assert job is not None
        assert chunk is not None
        size = job["chunk_items"]
        starts = range(0, MANY, size)
        job |= {"_id": new_job_id(), "chunks": len(starts), "latest": []}
        job["counts"] = job["progress"] = {**dict.fromkeys(job["counts"], 0), "succeeded": MANY}
        job["totals"]["items"] = MANY
        del job["idempotency"]
        for no, start in enumerate(starts):
            items = [copied(chunk["items"][0], index) for index in range(start, min(MANY, start + size))]
            copy = {**chunk, "_id": f"{job['_id']}:{no}", "job": job["_id"], "no": no, "items": items}
            database["chunks"].insert_one(copy)
        database["jobs"].insert_one(job)
    return f"/jobs/{job['_id']}"


def copied(item: dict[str, Any], index: int) -> dict[str, Any]:
    return {**item, "index": index, "name": f"{index}.jpg"}


class Meter:
    """What the tab takes, after what is garbage has been collected."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Performance.enable")

    def __call__(self) -> tuple[float, float]:
        """Bytes of the heap, and nodes, also those that are in no document."""
        self._session.send("HeapProfiler.collectGarbage")
        metrics = {each["name"]: each["value"] for each in self._session.send("Performance.getMetrics")["metrics"]}
        return metrics["JSHeapUsedSize"], metrics["Nodes"]

    def least(self, target: float) -> tuple[float, float]:
        """Once the heap is below that, or at last."""
        end = time.monotonic() + FORGOTTEN_SECONDS
        while (measured := self())[0] > target and time.monotonic() < end:
            time.sleep(1)
        return measured


def test_scrolling_to_the_end_and_back_keeps_memory_flat(page: Page, large_job: str) -> None:
    page.goto(large_job)
    expect_picture(page, 0)
    measure = Meter(page)
    page.evaluate(SCROLL, {"from": 0, "to": 0.01, "steps": 10})
    heap, _ = measure()
    limit = heap + MOST_GROWTH_BYTES

    down = page.evaluate(SCROLL, {"from": 0, "to": 1, "steps": STEPS})
    expect_picture(page, MANY - 1)
    at_end = measure.least(limit)
    up = page.evaluate(SCROLL, {"from": 1, "to": 0, "steps": STEPS})
    expect_picture(page, 0)
    at_start = measure.least(limit)

    print(f"heap {heap / 1e6:.1f} MB, then {at_end}, {at_start}; longest frames {down:.0f} and {up:.0f} ms")
    assert max(at_end[0], at_start[0]) <= limit
    assert max(at_end[1], at_start[1]) <= MOST_NODES
    assert max(down, up) <= MOST_FRAME_MS


def test_a_phone_reaches_the_last_picture(chromium: BrowserType, page_stack: RunningStack, large_job: str) -> None:
    """With so many pixels that the grid is higher than Chrome lays out. Emulated pixels do not count there."""
    dense = ["--force-device-scale-factor=4", "--window-size=500,800"]
    browser = chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *dense])
    with browser, tab(browser, page_stack, no_viewport=True) as page:
        page.goto(large_job)
        expect_picture(page, 0)
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        expect_picture(page, MANY - 1)
        page.locator(f"[data-position='{MANY - 2}'] a").focus()

        page.keyboard.press("ArrowUp")
        expect_picture(page, MANY - 4)
        page.keyboard.press("Home")
        expect_picture(page, 0)
        page.keyboard.press("End")
        expect_picture(page, MANY - 1)
        expect(page.locator(f"[data-position='{MANY - 1}'] a")).to_be_focused()
        rows = [page.locator(f"[data-position='{MANY - back}']").bounding_box() for back in (3, 1)]
        assert rows[0] is not None
        assert rows[1] is not None
        assert rows[0]["y"] + rows[0]["height"] <= rows[1]["y"]


def test_a_phone_that_is_turned_shows_the_pictures_it_is_scrolled_to(phone: Page, large_job: str) -> None:
    """Upright its grid is scaled, on its side it is not."""
    phone.goto(large_job)
    expect_picture(phone, 0)
    phone.evaluate("scrollTo(0, document.documentElement.scrollHeight / 5)")  # Within both heights: it stays.

    for width, height in ((390, 844), (844, 390), (390, 844)):
        phone.set_viewport_size({"width": width, "height": height})
        wait_until(lambda size=[width, height]: phone.evaluate("[innerWidth, innerHeight]") == size)
        wait_until(lambda: phone.evaluate(OFF, MANY) < 0.001)


def expect_picture(page: Page, position: int) -> None:
    """In sight, with its preview."""
    picture = page.locator(f"[data-position='{position}'] img")
    expect(picture).to_be_in_viewport(timeout=FINISHED_MS)
    expect(picture).to_have_js_property("complete", True)
