"""Pictures of every view for docs/page, from the scans of `examples/`: `python -m tests.web.screenshots`."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.fixtures.stack import REPOSITORY
from tests.web.conftest import ARGUMENTS, CHROMIUM
from tests.web.showcase import showcase

FOLDER = REPOSITORY / "docs" / "page"
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
MOST_BYTES = 150_000
QUALITY = 80
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")


def hint(page: Page) -> None:
    """A hint on the picture, and what it does."""
    page.get_by_role("button", name="Add hints").click()
    page.get_by_role("radio", name="Navy").check()
    page.evaluate("scrollTo(0, 0)")
    box = page.locator("[data-side=after]").bounding_box()
    if box is None:
        raise SystemExit("The page shows no picture. Look at it with `make run`.")
    page.mouse.click(box["x"] + 0.64 * box["width"], box["y"] + 0.8 * box["height"])
    expect(page.get_by_text("nothing is stored yet")).to_be_visible(timeout=20_000)


def nothing(page: Page) -> None:
    """As it opens."""


# By name: the path, and what is done before the picture is taken.
VIEWS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "drop": ("/", nothing),
    "jobs": ("/jobs", nothing),
    "job": ("/jobs/{job}", nothing),
    "review": ("/jobs/{job}/review", nothing),
    "picture": ("/jobs/{job}/pictures/3", nothing),
    "side-by-side": ("/jobs/{job}/pictures/3?zoom=2.5&x=0.6&y=0.45&view=side-by-side", nothing),
    "other-colors": ("/jobs/{job}/pictures/2?slider=25", hint),
    "settings": ("/settings", nothing),
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with showcase() as (url, job), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for theme in THEMES:
            for name, (path, act) in VIEWS.items():
                take(browser, f"{url}{path.format(job=job)}", act, FOLDER / f"{name}-{theme}.webp", DESKTOP, theme)
            path, act = VIEWS["picture"]
            phone = FOLDER / f"phone-{theme}.webp"
            take(browser, f"{url}{path.format(job=job)}", act, phone, PHONE, theme)
        browser.close()


def take(browser: Browser, url: str, act: Callable[[Page], None], path: Path, size: ViewportSize, theme: Theme) -> None:
    touch = size is PHONE  # It shows no keys.
    context = browser.new_context(
        viewport=size, color_scheme=theme, reduced_motion="reduce", locale="en-US", has_touch=touch, is_mobile=touch
    )
    page = context.new_page()
    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    act(page)
    page.wait_for_timeout(2000)  # A job's events keep the network busy, so idleness cannot be waited for.
    shot = Image.open(io.BytesIO(page.screenshot()))
    context.close()
    shot.save(path, quality=QUALITY, method=6)
    written = path.stat().st_size
    print(f"{written / 1000:6.1f} kB  {path.relative_to(REPOSITORY)}")
    if written > MOST_BYTES:
        raise SystemExit(
            f"{path.name} is larger than {MOST_BYTES / 1000:.0f} kB. Lower QUALITY, or choose a calmer picture."
        )


if __name__ == "__main__":
    main()
