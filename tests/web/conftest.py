"""The page in a real browser, on the real embedded stack. Skipped, with a reason, where there is no browser."""

import io
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, ConsoleMessage, Page, ViewportSize, sync_playwright

from benchmarks.archives import photographs
from tests.fixtures.stack import REPOSITORY, RunningStack, stack_running

CHROMIUM = shutil.which("chromium")
# In containers tests often run as root, for whom Chromium has no sandbox.
ARGUMENTS = ["--no-sandbox"]
DIST = REPOSITORY / "web" / "dist" / "index.html"
OFFLINE = "net::ERR_INTERNET_DISCONNECTED"
PICTURES = 30
FEW = 5
BROKEN = "1931/broken.jpg"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow as well: `make test` needs neither Node nor a browser."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.web)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def chromium() -> Iterator[BrowserType]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    if not DIST.exists():
        pytest.skip("the page is not built: make web")
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="session")
def browser(chromium: BrowserType) -> Iterator[Browser]:
    browser = chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def page_stack(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, real_servers: None
) -> Iterator[RunningStack]:
    with stack_running(tmp_path_factory.mktemp("page") / "home") as stack:
        yield stack


def _shown(message: ConsoleMessage) -> str:
    return f"{message.text} ({message.location.get('url', '')})"


@pytest.fixture
def page(browser: Browser, page_stack: RunningStack) -> Iterator[Page]:
    with tab(browser, page_stack) as page:
        yield page


@pytest.fixture
def phone(browser: Browser, page_stack: RunningStack) -> Iterator[Page]:
    """As `page`, with a phone's screen and fingers."""
    size: ViewportSize = {"width": 390, "height": 844}
    with tab(browser, page_stack, viewport=size, has_touch=True, is_mobile=True) as page:
        yield page


@contextmanager
def tab(browser: Browser, stack: RunningStack, expected: str = OFFLINE, **options: Any) -> Iterator[Page]:
    """A tab of a new profile. What the page itself logs as an error fails the test: a script's, or the policy's; except
    the expected.
    """
    context = browser.new_context(base_url=stack.url, locale="en-US", reduced_motion="reduce", **options)
    page = context.new_page()
    errors: list[str] = []
    watch_errors(page, errors, expected)
    yield page
    context.close()
    assert errors == []


def watch_errors(page: Page, errors: list[str], expected: str = OFFLINE) -> None:
    """Except the expected: by default those of a network that a test has taken away."""

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and expected not in message.text:
            errors.append(_shown(message))

    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", note)


@pytest.fixture(scope="session")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of 30 generated pictures, one of them broken."""
    path = tmp_path_factory.mktemp("scans") / "scans.zip"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for entry in photographs(PICTURES - 1):
            archive.writestr(entry.name, entry.content)
        archive.writestr(BROKEN, b"\xff\xd8\xff\xe0" + bytes(900))
    path.write_bytes(content.getvalue())
    return path


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of five pictures, the third of them broken."""
    path = tmp_path_factory.mktemp("few") / "few.zip"
    with zipfile.ZipFile(path, "w") as archive:
        entries = [(entry.name, entry.content) for entry in photographs(FEW - 1, seed=2, longest=200)]
        entries.insert(2, (BROKEN, b"\xff\xd8\xff\xe0" + bytes(900)))
        for name, content in entries:
            archive.writestr(name, content)
    return path
