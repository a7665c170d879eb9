"""A job is watched, judged and retried on the page; a selection of it is taken home."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.archives import photographs
from tests.fixtures.stack import RunningStack
from tests.web.axe import findings_of
from tests.web.conftest import BROKEN, FEW, PICTURES, tab
from tests.web.dropped import FINISHED_MS, drop, zip_link

# From the first paint of the running job on. 0.1 is what Lighthouse takes for good.
MOST_SHIFT = 0.02
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
# Collects what moves without anybody having touched the page.
WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const { hadRecentInput, value, sources } of list.getEntries())
    if (!hadRecentInput) shifts.push([value, sources.map(({ node }) => node?.className ?? node?.nodeName).join(" ")]);
}).observe({ type: "layout-shift" });
"""


@pytest.fixture(scope="session")
def long_job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of so many pictures that a fast machine, too, shows the first ones long before the last."""
    path = tmp_path_factory.mktemp("long") / "long.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(BROKEN, b"\xff\xd8\xff\xe0" + bytes(900))
        for entry in photographs(4 * PICTURES, seed=4, longest=600):
            archive.writestr(entry.name, entry.content)
    return path


@pytest.fixture
def job(page: Page, few: Path) -> str:
    """The path of a job of `few` that has just ended, in the tab that watched it."""
    path = drop(page, few)
    expect(zip_link(page)).to_be_visible(timeout=FINISHED_MS)
    return path


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_results_appear_while_the_job_runs_and_nothing_moves(page: Page, long_job: Path, size: dict[str, int]) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    with page.expect_request("**/events"):
        path = drop(page, long_job)
    newest = page.get_by_role("region", name="Newest results")
    expect(newest.locator("img").first).to_be_visible(timeout=FINISHED_MS)
    page.evaluate(WATCH_SHIFTS)

    assert page.request.get(f"/v1{path}").json()["state"] == "running"
    expect(newest.locator("img").nth(5)).to_be_visible(timeout=FINISHED_MS)
    assert page.request.get(f"/v1{path}").json()["state"] == "running"
    expect(page.get_by_text(re.compile(r"^\d+ done, (1 failed, )?\d+ to go$"))).to_be_visible()
    expect(page.get_by_text("pictures a second")).to_be_visible()
    shifts = page.evaluate("shifts")
    expect(zip_link(page)).to_be_visible(timeout=FINISHED_MS)

    assert sum(value for value, _ in shifts) <= MOST_SHIFT, shifts
    fetched = page.evaluate("performance.getEntries().map(({ name }) => name)")
    assert [url for url in fetched if url.endswith("/result")] == []


def test_a_reload_in_the_middle_goes_on(page: Page, scans: Path) -> None:
    drop(page, scans)
    expect(page.get_by_role("region", name="Newest results").locator("img").first).to_be_visible(timeout=FINISHED_MS)

    page.reload()

    expect(page.get_by_text(f"{PICTURES - 1} done, 1 failed", exact=True)).to_be_visible(timeout=FINISHED_MS)
    expect(page.get_by_role("button", name="1 picture failed")).to_be_visible()


def test_without_events_the_job_is_polled(page: Page, few: Path) -> None:
    page.route("**/events", lambda route: route.fulfill(status=204))

    drop(page, few)

    expect(page.get_by_text(f"{FEW - 1} done, 1 failed", exact=True)).to_be_visible(timeout=FINISHED_MS)


def test_a_running_job_is_canceled(page: Page, scans: Path) -> None:
    drop(page, scans)
    page.get_by_role("button", name="Cancel scans.zip").click()

    expect(page.get_by_text(re.compile(r"\d+ canceled"))).to_be_visible(timeout=FINISHED_MS)
    expect(page.get_by_role("button", name="Colorize the rest")).to_be_visible()


def test_results_are_judged_by_keys_and_the_accepted_are_taken_home(page: Page, job: str) -> None:
    page.get_by_role("link", name="Review", exact=True).click()
    expect(page).to_have_url(re.compile(r"at=0$"))
    expect(page.get_by_role("article")).to_be_visible()
    sums = page.get_by_role("group", name="Show")

    press(page, "a", at="1")
    press(page, "r", at="3")  # The second is broken: it has no result.
    press(page, "u", at="1")
    press(page, "a", at="3")
    press(page, "Space", at="4")
    press(page, "f", at="end")
    page.get_by_role("button", name="Review the rest").click()
    expect(page).to_have_url(re.compile(r"at=3$"))
    press(page, "r", at="end")
    expect(page.get_by_text("All results are reviewed")).to_be_visible()
    expect(sums).to_contain_text("Accepted 2")

    names = members_of(page, lambda: page.get_by_role("link", name="Accepted results (zip)").click())
    shown = page.request.get(f"/v1{job}/items").json()["data"]
    assert [item["verdict"] for item in shown] == ["accepted", "accepted", None, "rejected", "flagged"]
    assert names == [item["member"] for item in shown if item["verdict"] == "accepted"]


def test_a_review_goes_back_and_forth_as_it_was_walked_and_undoes_at_its_end(page: Page, job: str) -> None:
    page.goto(f"{job}/review?at=0")
    expect(page.get_by_role("article")).to_be_visible()
    press(page, "a", at="1")
    press(page, "r", at="3")
    press(page, "Space", at="4")
    press(page, "u", at="1")
    press(page, "ArrowLeft", at="0")
    press(page, "ArrowRight", at="1")
    press(page, "ArrowRight", at="3")
    press(page, "ArrowRight", at="4")
    press(page, "f", at="end")

    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(re.compile("at=4$"))
    expect(page.get_by_role("button", name="Flag", exact=True)).to_have_attribute("aria-pressed", "false")
    press(page, "f", at="end")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("at=4$"))


def test_a_review_uses_the_window(page: Page, job: str) -> None:
    """On a wide screen the scan is beside the result; elsewhere it is not even asked for."""
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    page.goto(f"{job}/review?at=0")
    scan, result = page.get_by_role("article").get_by_alt_text("Original"), page.get_by_alt_text("Colorized")
    before, after = scan.bounding_box(), result.bounding_box()
    assert before
    assert after
    assert before["x"] + before["width"] <= after["x"]
    assert before["width"] == pytest.approx(after["width"], abs=1)
    assert after["width"] > 560 or after["height"] > 400
    expect(page.get_by_role("button", name="Skip")).to_be_in_viewport(ratio=1)

    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    expect(scan).not_to_be_visible()
    page.get_by_role("button", name="Show original").click()
    expect(page.get_by_alt_text("Original").last).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_grid_is_walked_and_judged_by_keys(page: Page, job: str) -> None:
    tiles = page.get_by_role("region", name="Pictures").get_by_role("listitem")
    page.locator("[data-position='0'] a").focus()

    page.keyboard.press("a")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("f")

    expect(tiles.nth(0).get_by_text("Accepted")).to_be_attached()
    expect(tiles.nth(1).get_by_text("Flagged")).to_be_attached()
    with page.expect_response(lambda answer: answer.request.post_data_json == {"verdict": None}):
        page.keyboard.press("Control+z")
    expect(tiles.nth(1).get_by_text("Flagged")).not_to_be_attached()
    page.get_by_role("button", name="Accepted 1").click()
    expect(tiles).to_have_count(1)
    page.reload()
    expect(tiles).to_have_count(1)
    verdicts = [item["verdict"] for item in page.request.get(f"/v1{job}/items").json()["data"]]
    assert verdicts == ["accepted", None, None, None, None]


def test_a_verdict_that_cannot_be_stored_is_taken_back(browser: Browser, page_stack: RunningStack, few: Path) -> None:
    with tab(browser, page_stack, expected="net::ERR_FAILED") as page:
        drop(page, few)
        expect(zip_link(page)).to_be_visible(timeout=FINISHED_MS)
        page.route("**/items/0", lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
        page.locator("[data-position='0'] a").focus()

        page.keyboard.press("a")

        expect(page.get_by_role("alert")).to_contain_text("The verdict was not stored.")
        expect(page.locator("[data-position='0']").get_by_text("Accepted")).not_to_be_attached()
        expect(page.get_by_role("button", name="Accepted")).not_to_be_attached()


def test_a_selection_is_taken_home(page: Page, job: str) -> None:
    page.locator("[data-position='0'] a").focus()
    page.keyboard.press("Space")
    page.keyboard.press("End")
    page.keyboard.press("Shift+Space")
    expect(page.get_by_text(f"{FEW} pictures selected")).to_be_visible()
    page.get_by_label(f"Select {BROKEN}").uncheck()
    page.get_by_label(re.compile("Select .*0000")).uncheck()

    names = members_of(page, lambda: page.get_by_role("link", name="Download these results (zip)").click())

    shown = page.request.get(f"/v1{job}/items").json()["data"]
    assert names == [shown[index]["member"] for index in (1, 3, 4)]


def test_a_selection_is_colored_anew(page: Page, job: str) -> None:
    page.get_by_label("Select all").check()
    page.get_by_label(f"Select {BROKEN}").uncheck()
    page.get_by_role("button", name="Recolor these").click()
    dialog = page.get_by_role("dialog", name="Recolor pictures")
    dialog.get_by_label("Vividness").press("End")

    dialog.get_by_role("button", name="Recolor").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("few.zip, recolored", timeout=FINISHED_MS)
    expect(page.get_by_text(f"{FEW - 1} done", exact=True)).to_be_visible(timeout=FINISHED_MS)
    anew = page.request.get("/v1/jobs?limit=1").json()["data"][0]
    assert (anew["options"]["vividness"], anew["source"]["items"]) == (1.5, [0, 1, 3, 4])
    assert anew["source"]["job"] == job.split("/")[-1]


def test_some_of_a_canceled_job_cannot_be_retried(page: Page, scans: Path) -> None:
    drop(page, scans)
    page.get_by_role("button", name="Cancel scans.zip").click()
    expect(page.get_by_role("button", name="Colorize the rest")).to_be_visible(timeout=FINISHED_MS)

    page.get_by_label("Select all").check()

    selected = page.get_by_role("group", name="Selected pictures")
    expect(selected.get_by_role("button", name="Retry", exact=True)).to_be_disabled()
    expect(selected).to_contain_text("ended before all of its pictures were tried")


def test_jobs_are_found_by_label_and_their_storage_is_counted(page: Page, job: str) -> None:
    page.goto("/jobs?label=nobody")
    expect(page.get_by_text("No job has the label “nobody”")).to_be_visible()
    page.goto("/jobs")
    expect(page.get_by_role("link", name="few.zip").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"^[\d.]+ [kMG]B stored$"))).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_no_view_of_a_job_has_a_finding_of_axe(page: Page, job: str, size: dict[str, int], theme: str) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.get_by_role("button", name="1 picture failed").click()
    page.get_by_label("Select all").check()
    page.locator("[data-position='0'] a").focus()
    page.keyboard.press("f")
    check(page, "the job with a selection")
    page.get_by_role("button", name="Recolor these").click()
    check(page, "the dialog")
    for view in ("?show=failed", "?show=rejected", "/review", "/review?at=2", "/review?at=end"):
        page.goto(job + view)
        check(page, view)


def check(page: Page, view: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert findings_of(page) == [], view
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view


def press(page: Page, key: str, at: str) -> None:
    """And wait for where it leads."""
    page.keyboard.press(key)
    expect(page).to_have_url(re.compile(f"at={at}$"))


def members_of(page: Page, download: Callable[[], None]) -> list[str]:
    """The names in the zip that this downloads, which must be intact."""
    with page.expect_download() as downloaded:
        download()
    with zipfile.ZipFile(io.BytesIO(downloaded.value.path().read_bytes())) as archive:
        assert archive.testzip() is None
        return archive.namelist()
