"""Uploads of the page: folders, interruptions of every kind, and what is kept over them."""

import os
import re
import signal
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Page, expect

from benchmarks.archives import photographs
from tests.fixtures.stack import RunningStack
from tests.web.axe import findings_of
from tests.web.conftest import ARGUMENTS, CHROMIUM, watch_errors
from tests.web.uploading import (
    FINISHED_MS,
    MB,
    PART_BYTES,
    Network,
    Parts,
    choose,
    press,
    results_of,
    uploads,
    wait_until_sent,
)

ONLY_PICTURE = "1931/a.bmp"


@pytest.fixture(scope="session")
def big_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_archive(tmp_path_factory.mktemp("big") / "scans.zip", 300)


@pytest.fixture(scope="session")
def smaller_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a few parts: large enough to be interrupted."""
    return write_archive(tmp_path_factory.mktemp("smaller") / "scans.zip", 80)


def write_archive(path: Path, megabytes: int) -> Path:
    """With a single picture, so that its job is short."""
    with zipfile.ZipFile(path, "w") as archive:
        (picture,) = photographs(1)
        archive.writestr(ONLY_PICTURE, picture.content)
        with archive.open("backup.iso", "w") as padding:
            for _ in range(megabytes):
                padding.write(os.urandom(MB))
    return path


def part_count(path: Path) -> int:
    return -(-path.stat().st_size // PART_BYTES)


@contextmanager
def profile_opened(chromium: BrowserType, profile: Path, stack: RunningStack) -> Iterator[BrowserContext]:
    """A browser that keeps what pages store, as people's browsers do."""
    context = chromium.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=ARGUMENTS, base_url=stack.url, locale="en-US", reduced_motion="reduce"
    )
    yield context
    context.close()


def kill_browser(profile: Path) -> None:
    """As a crash, or the system when memory is short."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_text().split("\0")
        except OSError:
            continue  # It has ended meanwhile.
        if f"--user-data-dir={profile}" in arguments and not any(each.startswith("--type=") for each in arguments):
            os.kill(int(process.name), signal.SIGKILL)


def test_a_killed_browser_loses_nothing(
    chromium: BrowserType, page_stack: RunningStack, big_zip: Path, tmp_path: Path
) -> None:
    """It is reopened, and given the same file again: only the parts that had not arrived are sent."""
    profile = tmp_path / "profile"
    with profile_opened(chromium, profile, page_stack) as context:
        before = context.new_page()
        first = Parts(before)
        before.goto("/")
        Network(before)
        choose(before, big_zip)
        wait_until_sent(before, first, 10)
        kill_browser(profile)

    errors: list[str] = []
    with profile_opened(chromium, profile, page_stack) as context:
        page = context.new_page()
        watch_errors(page, errors)
        second = Parts(page)
        page.goto("/")
        row = uploads(page)
        expect(row).to_contain_text("are safe; what was under way when the page was closed is sent again")
        for width in (1280, 390):
            for theme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": 800})
                page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                assert findings_of(page) == []
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

        with page.expect_file_chooser() as chooser:
            row.get_by_role("button", name="Choose it again").click()
        chooser.value.set_files(big_zip)

        row.get_by_role("link", name="Watch it").click(timeout=FINISHED_MS)
        assert results_of(page) == [ONLY_PICTURE]

    assert errors == []
    total = part_count(big_zip)
    assert set(first.arrived) | set(second.arrived) == set(range(1, total + 1))
    # What arrived in the very moment of the kill may not have been noted.
    assert len(set(first.arrived) & set(second.arrived)) <= 3
    assert len(second.begun) == len(second.arrived) <= total - len(first.arrived) + 3


def test_a_pause_a_reload_and_giving_up(page: Page, smaller_zip: Path) -> None:
    parts = Parts(page)
    page.goto("/")
    Network(page)
    choose(page, smaller_zip)
    wait_until_sent(page, parts, 4)
    row = uploads(page)
    expect(row).to_contain_text(re.compile(r"of 80.* MB sent, .* per second, .* left"))

    press(row.get_by_role("button", name="Pause"))
    expect(row).to_contain_text("Paused.")
    arrived, begun = sorted(parts.arrived), len(parts.begun)
    page.reload()
    expect(row).to_contain_text("Paused.")
    assert len(parts.begun) == begun

    row.get_by_role("button", name="Continue").click()
    expect(row).to_contain_text("Choose or drop the same again")
    Network(page)
    choose(page, smaller_zip)  # As for a new upload; it is recognized.
    with page.expect_request(lambda request: request.method == "PUT") as request:
        pass
    upload = re.search(r"upl_\w+", request.value.url)
    wait_until_sent(page, parts, len(arrived) + 2)
    assert len(set(parts.arrived)) == len(parts.arrived)

    press(row.get_by_role("button", name="Cancel"))
    page.get_by_role("dialog", name="Give up this upload?").get_by_role("button", name="Give it up").click()
    expect(row).to_have_count(0)
    assert upload is not None
    assert page.request.get(f"/v1/uploads/{upload[0]}").status == 404
    page.reload()
    expect(page.get_by_role("button", name="Choose files")).to_be_visible()
    expect(row).to_have_count(0)


def test_a_lost_connection_is_waited_for(page: Page, smaller_zip: Path) -> None:
    parts = Parts(page)
    page.goto("/")
    network = Network(page)
    choose(page, smaller_zip)
    wait_until_sent(page, parts, 3)

    network.set(offline=True)
    expect(uploads(page)).to_contain_text("The connection is lost; this goes on by itself")
    network.set(offline=False)

    page.wait_for_url("**/jobs/job_*", timeout=FINISHED_MS)
    assert len(set(parts.arrived)) == len(parts.arrived) == part_count(smaller_zip)


def test_a_file_with_a_handle_goes_on_by_itself_after_a_reload(page: Page, smaller_zip: Path) -> None:
    """The handle is one of the page's own file system: with one of the disk, the browser may ask before."""
    page.add_init_script(PICKER)
    parts = Parts(page)
    page.goto("/")
    page.evaluate("document.body.append(Object.assign(document.createElement('input'), {type: 'file', id: 'given'}))")
    page.locator("#given").set_input_files(smaller_zip)
    page.evaluate(KEEP)
    Network(page)
    page.get_by_role("button", name="Choose files").click()
    wait_until_sent(page, parts, 3)

    page.reload()

    expect(uploads(page)).to_contain_text("The job has started.", timeout=FINISHED_MS)
    assert len(set(parts.arrived)) == len(parts.arrived) == part_count(smaller_zip)


PICKER = """
window.showOpenFilePicker = async () => [await (await navigator.storage.getDirectory()).getFileHandle("scans.zip")];
"""
KEEP = """async () => {
    const handle = await (await navigator.storage.getDirectory()).getFileHandle("scans.zip", {create: true});
    const file = await handle.createWritable();
    await file.write(document.getElementById("given").files[0]);
    await file.close();
}"""


def test_two_tabs_do_not_send_the_same(page: Page, smaller_zip: Path) -> None:
    parts = Parts(page)
    page.goto("/")
    Network(page)
    choose(page, smaller_zip)
    wait_until_sent(page, parts, 3)
    other = page.context.new_page()
    others = Parts(other)

    other.goto("/")

    expect(uploads(other)).to_contain_text("Another tab has this upload.")
    page.close()
    expect(uploads(other)).to_contain_text("Choose or drop the same again")
    assert others.begun == []
    uploads(other).get_by_role("button", name="Discard").click()
    other.get_by_role("button", name="Give it up").click()
    expect(uploads(other)).to_have_count(0)


def test_a_pasted_picture_survives_a_reload(page: Page) -> None:
    page.goto("/")
    page.route("**/parts/*", lambda route: None)
    with page.expect_request("**/parts/*"):
        page.evaluate(PASTE)
    page.unroute("**/parts/*")

    page.reload()

    uploads(page).get_by_role("link", name="Watch it").click(timeout=FINISHED_MS)
    expect(page.get_by_role("heading", level=1)).to_have_text("image.png")


PASTE = """async () => {
    const picture = new OffscreenCanvas(40, 30);
    picture.getContext("2d").fillRect(0, 0, 20, 30);
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([await picture.convertToBlob()], "image.png", {type: "image/png"}));
    window.dispatchEvent(new ClipboardEvent("paste", {clipboardData}));
}"""
