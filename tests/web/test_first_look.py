"""What somebody sees first: an address that leads nowhere, a refused file, jobs just sent, and their tiles."""

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.stack import RunningStack
from tests.web.conftest import tab
from tests.web.dropped import FINISHED_MS, drop, zip_link
from tests.web.uploading import STARTED_MS, uploads


@pytest.fixture
def portraits(tmp_path: Path) -> Path:
    """Of two years, with one name."""
    content = io.BytesIO()
    Image.linear_gradient("L").resize((90, 240)).save(content, "PNG")
    path = tmp_path / "portraits.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for year in (1931, 1932):
            archive.writestr(f"{year}/001.png", content.getvalue())
    return path


def test_an_address_that_leads_nowhere_has_a_way_back(browser: Browser, page_stack: RunningStack) -> None:
    with tab(browser, page_stack, expected="404 (Not Found)") as page:
        answer = page.goto("/nothing/here")

        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
        page.get_by_role("link", name="To the first page").click()
        expect(page.get_by_label("Files to colorize")).to_be_attached()


def test_a_refused_file_is_only_dismissed(browser: Browser, page_stack: RunningStack, tmp_path: Path) -> None:
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"%PDF-1.4 letter")
    with tab(browser, page_stack, expected="status of 4") as page:
        page.goto("/")
        page.get_by_label("Files to colorize").set_input_files(letter)
        row = uploads(page)
        expect(row.get_by_role("alert")).to_contain_text("unsupported", timeout=STARTED_MS)

        expect(row.get_by_role("button")).to_have_text(["Dismiss"])
        expect(row.get_by_role("progressbar")).to_have_count(0)
        row.get_by_role("button", name="Dismiss").click()
        expect(uploads(page)).to_have_count(0)


def test_jobs_that_were_sent_together_are_listed_at_once(page: Page, few: Path, portraits: Path) -> None:
    page.goto("/")
    page.get_by_label("Files to colorize").set_input_files([few, portraits])

    expect(page.get_by_text("The job has started.")).to_have_count(2, timeout=STARTED_MS)

    recent = page.get_by_role("region", name="Recent jobs")
    for path in (few, portraits):
        expect(recent.get_by_role("link", name=path.name).first).to_be_visible(timeout=3_000)


def test_a_tile_shows_the_whole_picture_and_its_folder(page: Page, portraits: Path) -> None:
    drop(page, portraits)
    expect(zip_link(page)).to_be_visible(timeout=FINISHED_MS)
    pictures = page.get_by_role("region", name="Pictures")

    for year in (1931, 1932):
        expect(pictures.get_by_role("link", name=f"{year}/ 001.png")).to_be_visible()
    image = pictures.locator("img").first
    expect(image).to_be_visible()
    assert image.evaluate("image => image.clientHeight <= image.parentElement.clientHeight")
