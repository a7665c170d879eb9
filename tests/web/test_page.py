"""The page as a volunteer uses it: an archive is dropped, watched, compared and taken home."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.axe import findings_of
from tests.web.conftest import BROKEN, PICTURES
from tests.web.dropped import FINISHED_MS, drop, zip_link


@pytest.fixture
def job_path(page: Page, scans: Path, finished_jobs: dict[str, str]) -> str:
    """The path of a finished job of `scans`, which the first test that needs it drops on the page."""
    if "path" not in finished_jobs:
        finished_jobs["path"] = drop(page, scans)
        expect(zip_link(page)).to_be_visible(timeout=FINISHED_MS)
    return finished_jobs["path"]


@pytest.fixture(scope="module")
def finished_jobs() -> dict[str, str]:
    return {}


def test_a_dropped_archive_is_watched_and_its_counts_hide_no_failure(page: Page, job_path: str) -> None:
    page.goto(job_path)

    expect(page.get_by_role("heading", level=1)).to_have_text("scans.zip")
    expect(page.get_by_text(f"{PICTURES - 1} done, 1 failed", exact=True)).to_be_visible()
    failures = page.get_by_role("region", name="1 picture failed")
    expect(failures).to_contain_text("The file is damaged")
    failures.get_by_role("button", name="1 picture failed").click()
    expect(failures.get_by_role("link", name=BROKEN)).to_be_visible()
    expect(page.get_by_role("region", name="Pictures").locator("img").first).to_be_visible()


def test_the_zip_has_every_result(page: Page, job_path: str) -> None:
    page.goto(job_path)

    with page.expect_download() as download:
        zip_link(page).click()

    assert download.value.suggested_filename == "scans-colorized.zip"
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        assert len(archive.namelist()) == PICTURES - 1
        assert archive.testzip() is None


def test_the_divider_is_moved_by_keys_and_the_arrows_turn_the_pages(page: Page, job_path: str) -> None:
    page.goto(job_path)
    shown = page.request.get(f"/v1{job_path}/items").json()["data"]
    index = next(i["index"] for i in shown if i["result"] and i["result"]["media_type"] == "image/jpeg")
    page.goto(f"{job_path}/pictures/{index}")
    slider = page.get_by_role("slider", name="How much of the original is shown")
    expect(slider).to_have_value("50")
    before = page.get_by_alt_text("Original")
    clip = "image => getComputedStyle(image.parentElement).clipPath"
    half = before.evaluate(clip)

    slider.focus()
    slider.press("ArrowRight")
    slider.press("PageUp")

    assert int(slider.input_value()) > 51
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"\d+ percent original"))
    assert before.evaluate(clip) != half
    slider.press("Home")
    expect(slider).to_have_value("0")

    slider.blur()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(f"/pictures/{index + 1}$"))


def test_a_finished_job_is_deleted_after_a_question(page: Page, scans: Path, tmp_path: Path) -> None:
    path = drop(page, scans)
    expect(zip_link(page)).to_be_visible(timeout=FINISHED_MS)
    page.wait_for_load_state("networkidle")  # A preview on its way would be refused, and logged as an error.
    page.get_by_role("button", name="Delete scans.zip").click()
    question = page.get_by_role("dialog", name="Delete this job?")
    question.get_by_role("button", name="Keep it").click()
    expect(question).to_be_hidden()
    page.get_by_role("button", name="Delete scans.zip").click()

    question.get_by_role("button", name="Delete for good").click()

    page.wait_for_url("**/jobs")
    assert page.request.get(f"/v1{path}").json()["state"] == "deleting"


def test_the_language_and_the_theme_are_kept(page: Page) -> None:
    page.goto("/settings")
    page.get_by_label("Dark").check()
    page.get_by_label("Language").select_option("de")
    expect(page.get_by_role("heading", level=1)).to_have_text("Einstellungen")

    page.reload()

    expect(page.get_by_role("heading", level=1)).to_have_text("Einstellungen")
    assert page.evaluate("document.documentElement.lang") == "de"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280], ids=["phone", "desktop"])
@pytest.mark.parametrize(
    "view", ["/", "/jobs", "/jobs?label=none", "{job}", "{job}/pictures/0", "/settings", "/nowhere"]
)
def test_no_view_has_a_finding_of_axe(page: Page, job_path: str, view: str, width: int, theme: str) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(view.format(job=job_path) if view != "/nowhere" else "/jobs/x/y/z")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")

    assert findings_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
