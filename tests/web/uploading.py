"""What the tests of uploads need: files into the page, and what the page sends."""

import io
import re
import zipfile
from pathlib import Path

from playwright.sync_api import Locator, Page, Request, expect

MB = 1000**2
PART_BYTES = 8 * 1024**2
SLOW_BYTES_PER_SECOND = 5 * MB
STARTED_MS = 60_000
FINISHED_MS = 120_000


class Parts:
    """The numbers of the parts that a tab sends."""

    def __init__(self, page: Page) -> None:
        self.begun: list[int] = []
        self.arrived: list[int] = []
        page.on("request", lambda request: self._note(request, self.begun))
        page.on("requestfinished", self._finished)

    def _finished(self, request: Request) -> None:
        response = request.response()
        if response is not None and response.ok:
            self._note(request, self.arrived)

    def _note(self, request: Request, numbers: list[int]) -> None:
        if request.method == "PUT":
            match = re.search(r"/parts/(\d+)|[?&]partNumber=(\d+)", request.url)
            assert match, request.url
            numbers.append(int(match[1] or match[2]))


class Network:
    """Of a tab: slow, so that an upload is interrupted in its middle, or gone."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self.set(offline=False)

    def set(self, *, offline: bool) -> None:
        limits = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": SLOW_BYTES_PER_SECOND}
        self._session.send("Network.emulateNetworkConditions", {"offline": offline, **limits})


def press(button: Locator) -> None:
    """Without waiting until it stands still: the protocol's copies of what is sent keep the tab from painting."""
    button.dispatch_event("click")


def choose(page: Page, path: Path) -> None:
    page.get_by_label("Files to colorize").set_input_files(path)


def uploads(page: Page) -> Locator:
    return page.get_by_role("list", name="Uploads").get_by_role("listitem")


def wait_until_sent(page: Page, parts: Parts, count: int) -> None:
    while len(parts.arrived) < count:
        page.wait_for_event("requestfinished", timeout=STARTED_MS)


def results_of(page: Page) -> list[str]:
    """The names in the zip of the job that the tab shows."""
    link = page.get_by_role("link", name="All results (zip)")
    expect(link).to_be_visible(timeout=FINISHED_MS)
    with page.expect_download() as download:
        link.click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        return sorted(archive.namelist())


def drop(page: Page, path: Path) -> None:
    """As from the system's file manager. Playwright itself has no such thing."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for event in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": event, "x": 200, "y": 300, "data": data})
