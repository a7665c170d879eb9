"""One picture on the page: compared in step, judged by keys, found again by its address."""

import io
import re
import zipfile
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from benchmarks.archives import EXAMPLES
from tests.fixtures.stack import RunningStack, wait_until
from tests.web.axe import findings_of
from tests.web.conftest import tab

SCANS = sorted(EXAMPLES.rglob("*.jpg"))
TIFF = len(SCANS)  # The index of the last picture.
TOPS = "all => [...new Set(all.map(each => Math.round(each.getBoundingClientRect().top)))]"
ZOOMED = re.compile(r"[?&]zoom=")
# A sample of what is drawn in a pane, as luma; -1 where nothing is.
DRAWN = """canvas => {
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const luma = [];
    for (let at = 0; at < data.length; at += 4 * 97) {
        luma.push(data[at + 3] === 255 ? 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2] : -1);
    }
    return luma;
}"""


@pytest.fixture(scope="session")
def job(browser: Browser, page_stack: RunningStack) -> str:
    """The path of a finished job of the example scans and a TIFF."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in SCANS:
            archive.writestr(path.name, path.read_bytes())
        tiff = io.BytesIO()
        Image.open(SCANS[0]).save(tiff, "TIFF")
        archive.writestr("plate.tif", tiff.getvalue())
    with tab(browser, page_stack) as page:
        page.goto("/")
        plates = {"name": "plates.zip", "mimeType": "application/zip", "buffer": content.getvalue()}
        page.get_by_label("Files to colorize").set_input_files(plates)  # type: ignore[arg-type]
        page.wait_for_url("**/jobs/job_*")
        expect(page.get_by_role("link", name="All results (zip)")).to_be_visible(timeout=200_000)
        return urlsplit(page.url).path


def shown(page: Page, path: str) -> Page:
    """The page once it can be zoomed."""
    page.goto(path)
    expect(page.get_by_role("button", name="Fit")).to_be_enabled()
    return page


def pane(page: Page, name: str) -> Locator:
    return page.locator("[data-side]", has=page.get_by_alt_text(name, exact=True))


def divider(page: Page) -> Locator:
    return page.get_by_role("slider", name="How much of the original is shown")


def drawn(page: Page, name: str) -> np.ndarray:
    return np.array(pane(page, name).locator("canvas").evaluate(DRAWN))


def likeness(page: Page) -> float:
    """How alike in luma the full pictures are. Results keep their scan's lightness: 1 if both show the same place."""
    wait_until(lambda: all((drawn(page, name) >= 0).any() for name in ("Original", "Colorized")))
    before, after = drawn(page, "Original"), drawn(page, "Colorized")
    both = (before >= 0) & (after >= 0)
    assert both.mean() > 0.9
    return float(np.corrcoef(before[both], after[both])[0, 1])


def zoom_of(page: Page) -> float:
    return float(parse_qs(urlsplit(page.url).query).get("zoom", ["1"])[0])


def test_zoom_by_key_and_wheel_and_moving_keep_both_in_step(page: Page, job: str) -> None:
    shown(page, f"{job}/pictures/1?view=side-by-side")
    assert drawn(page, "Original").max() == -1, "a small picture needs no more than its preview"

    page.keyboard.press("+")
    page.keyboard.press("+")
    page.keyboard.press("Shift+ArrowRight")
    expect(page).to_have_url(ZOOMED)
    by_keys = zoom_of(page)
    assert by_keys == pytest.approx(2.25, rel=0.02)
    assert likeness(page) > 0.95
    near = drawn(page, "Original")

    page.mouse.move(*center_of(pane(page, "Colorized")))
    page.mouse.wheel(0, -200)
    page.wait_for_url(lambda url: zoom_of(page) > by_keys)
    assert likeness(page) > 0.95
    assert np.corrcoef(near, drawn(page, "Original"))[0, 1] < 0.9

    page.get_by_role("button", name="Fit").click()
    page.wait_for_url(lambda url: "zoom" not in url)
    assert likeness(page) > 0.95


def test_a_link_leads_to_the_same_place(page: Page, job: str) -> None:
    shown(page, f"{job}/pictures/1?zoom=3&x=0.3&y=0.6&slider=20")

    expect(divider(page)).to_have_value("20")
    box = pane(page, "Original").bounding_box()
    image = page.get_by_alt_text("Original").bounding_box()
    assert box
    assert image
    fitted = min(box["width"], box["height"] * image["width"] / image["height"])
    assert image["width"] == pytest.approx(3 * fitted, rel=0.01)
    assert image["x"] + 0.3 * image["width"] == pytest.approx(box["x"] + box["width"] / 2, abs=2)
    assert image["y"] + 0.6 * image["height"] == pytest.approx(box["y"] + box["height"] / 2, abs=2)

    page.keyboard.press("-")
    divider(page).press("ArrowRight")
    page.wait_for_url(lambda url: zoom_of(page) == 2 and "slider=21" in url)
    address = page.url
    shown(page, address)
    expect(divider(page)).to_have_value("21")
    assert page.url == address


def test_a_drag_moves_the_divider_of_a_whole_picture_and_pans_a_zoomed_one(page: Page, job: str) -> None:
    shown(page, f"{job}/pictures/1")
    slider = divider(page)

    drag(page, page.get_by_alt_text("Colorized", exact=True), from_x=0.5, to_x=0.25)
    expect(slider).to_have_value("25")

    page.keyboard.press("+")
    expect(page).to_have_url(ZOOMED)
    drag(page, pane(page, "Colorized"), from_x=0.75, to_x=0.6)
    page.wait_for_url(lambda url: float(parse_qs(urlsplit(url).query)["x"][0]) > 0.55)
    expect(slider).to_have_value("25")
    assert likeness(page) > 0.95


def test_side_by_side_has_no_divider_and_both_in_full(page: Page, job: str) -> None:
    shown(page, f"{job}/pictures/1")

    page.get_by_role("button", name="Side by side").click()

    expect(divider(page)).to_have_count(0)
    expect(page).to_have_url(re.compile("view=side-by-side"))
    before, after = (pane(page, name).bounding_box() for name in ("Original", "Colorized"))
    assert before
    assert after
    assert before["x"] + before["width"] <= after["x"]
    assert before["width"] == pytest.approx(after["width"], abs=1)
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"/pictures/2\?view=side-by-side$"))


def test_the_original_is_one_key_away(page: Page, job: str) -> None:
    shown(page, f"{job}/pictures/1")
    clip = "pane => getComputedStyle(pane).clipPath"
    half = pane(page, "Original").evaluate(clip)

    page.keyboard.down("o")
    expect(page.get_by_role("button", name="Show original")).to_have_attribute("aria-pressed", "true")
    box, image = pane(page, "Original").bounding_box(), page.get_by_alt_text("Original").bounding_box()
    assert box
    assert image
    hidden = re.match(r"inset\(0px ([\d.]+)%", pane(page, "Original").evaluate(clip))
    shown_to = box["x"] + box["width"] * (1 - float(hidden[1] if hidden else 0) / 100)
    assert shown_to >= image["x"] + image["width"] - 1

    page.keyboard.up("o")
    expect(page.get_by_role("button", name="Show original")).to_have_attribute("aria-pressed", "false")
    assert pane(page, "Original").evaluate(clip) == half


def test_full_screen_shows_the_picture_alone(page: Page, job: str) -> None:
    shown(page, f"{job}/pictures/1")

    page.get_by_role("button", name="Full screen").click()
    wait_until(lambda: page.evaluate("document.fullscreenElement?.tagName") == "FIGURE")
    expect(divider(page)).to_be_visible()

    page.get_by_role("button", name="Full screen").click()
    wait_until(lambda: page.evaluate("document.fullscreenElement") is None)


def test_pictures_are_judged_by_keys_and_undone(page: Page, job: str) -> None:
    shown(page, f"{job}/pictures/2")
    verdict = page.get_by_role("region", name="Verdict")

    page.keyboard.press("a")
    expect(verdict.get_by_role("status")).to_contain_text("Accepted")
    page.keyboard.press(" ")
    expect(page).to_have_url(re.compile("/pictures/3"))
    page.keyboard.press("r")
    expect(verdict.get_by_role("button", name="Reject")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("/pictures/4"))

    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("/pictures/3"))
    expect(verdict.get_by_role("status")).to_contain_text("Not reviewed yet")
    wait_until(lambda: page.request.get(f"/v1{job}/items/3").json()["verdict"] is None)
    assert page.request.get(f"/v1{job}/items/2").json()["verdict"] == "accepted"


def test_a_tiff_is_seen_as_a_preview_and_the_page_explains_it(page: Page, job: str) -> None:
    shown(page, f"{job}/pictures/{TIFF}?zoom=2&x=0.5&y=0.5")

    expect(page.get_by_text("Browsers cannot show this format")).to_be_visible()
    expect(page.get_by_alt_text("Original", exact=True)).to_have_js_property("naturalWidth", 512)
    expect(page.get_by_text("Colorized by AI")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Result").click()
    assert Image.open(io.BytesIO(download.value.path().read_bytes())).format == "TIFF"
    assert download.value.suggested_filename == "plate-colorized.tif"


def test_a_picture_that_does_not_exist_leads_back_to_its_job(
    browser: Browser, page_stack: RunningStack, job: str
) -> None:
    with tab(browser, page_stack, expected="404 (Not Found)") as page:
        for path in (f"{job}/pictures/999", f"{job}/review?at=999"):
            page.goto(path)
            expect(page.get_by_text("There is no picture 1000 in this job")).to_be_visible()
            expect(page.get_by_text(f"It has {TIFF + 1} pictures.")).to_be_visible()
            expect(page.get_by_role("button", name="Try again")).to_have_count(0)
        page.get_by_role("link", name="Back to the job").click()
        expect(page).to_have_url(re.compile(job + "$"))

        page.goto("/jobs/job_00000000000000000000000000/pictures/0")
        expect(page.get_by_text("There is no such job")).to_be_visible()
        expect(page.get_by_role("button", name="Try again")).to_have_count(0)


@pytest.mark.parametrize(("locale", "width"), [("en-US", 390), ("de-DE", 390), ("en-US", 1280), ("de-DE", 1280)])
def test_buttons_are_in_tidy_rows(page: Page, job: str, locale: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.add_init_script(f"localStorage.setItem('photochrom.language', '{locale[:2]}')")
    page.goto(f"{job}/pictures/1")
    groups = [page.locator("figcaption [role=group]"), page.locator("section", has=page.locator("kbd"))]
    for group, most in zip(groups, (2 if width < 640 else 1, 1), strict=True):
        buttons = group.locator("button", has_not=page.get_by_text(re.compile("Undo|Rückgängig")))
        expect(buttons.first).to_be_visible()
        tops = buttons.evaluate_all(TOPS)
        assert len(tops) <= most


def test_the_previews_of_the_neighbors_are_there_before_they_are_shown(page: Page, job: str) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(urlsplit(request.url).path))
    shown(page, f"{job}/pictures/3")
    page.wait_for_load_state("networkidle")

    for index in (2, 4):
        assert f"/v1{job}/items/{index}/preview" in requests
        assert f"/v1{job}/items/{index}/source-preview" in requests
        assert f"/v1{job}/items/{index}/source" not in requests


def test_fingers_pinch_to_zoom_and_slide(phone: Page, job: str) -> None:
    shown(phone, f"{job}/pictures/1")
    x, y = center_of(pane(phone, "Colorized"))

    fingers(phone, [[(x - 20, y), (x + 20, y)], [(x - 40, y), (x + 40, y)], [(x - 80, y), (x + 80, y)]])
    phone.wait_for_url(lambda url: zoom_of(phone) > 2)
    assert likeness(phone) > 0.95

    phone.get_by_role("button", name="Fit").click()
    phone.wait_for_url(lambda url: "zoom" not in url)
    fingers(phone, [[(x + step, y)] for step in range(0, 100, 20)])
    wait_until(lambda: int(divider(phone).input_value()) > 65)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280], ids=["phone", "desktop"])
def test_no_finding_of_axe_side_by_side(page: Page, job: str, width: int, theme: str) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 800})

    shown(page, f"{job}/pictures/1?view=side-by-side&zoom=2&x=0.5&y=0.5")

    assert findings_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def center_of(element: Locator) -> tuple[float, float]:
    box = element.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, element: Locator, *, from_x: float, to_x: float) -> None:
    """At half the height."""
    box = element.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + from_x * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + to_x * box["width"], y, steps=5)
    page.mouse.up()


def fingers(page: Page, moments: list[list[tuple[float, float]]]) -> None:
    """Fingers go down at the first places, move to the others, and leave."""
    browser = page.context.new_cdp_session(page)
    kinds = ["touchStart", *["touchMove"] * (len(moments) - 1)]
    for kind, places in zip(kinds, moments, strict=True):
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        browser.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    browser.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
