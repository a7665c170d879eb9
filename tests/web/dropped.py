"""What several tests of the page begin with: scans are dropped on it."""

from pathlib import Path

from playwright.sync_api import Locator, Page

FINISHED_MS = 200_000


def drop(page: Page, path: Path) -> str:
    """The path of the job's view."""
    page.goto("/")
    page.get_by_label("Files to colorize").set_input_files(path)
    page.wait_for_url("**/jobs/job_*")
    return "/" + page.url.split("/", 3)[3]


def zip_link(page: Page) -> Locator:
    """There once the job has ended."""
    return page.get_by_role("link", name="All results (zip)")
