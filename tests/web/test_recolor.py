"""Other colors for one picture: seen at once, then made a job of one picture or of all."""

import io
import json
from base64 import b64decode
from typing import Any, cast
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Request, Response, expect

from tests.fixtures.stack import wait_until
from tests.web.axe import findings_of
from tests.web.test_picture import fingers, job, shown

__all__ = ["job"]  # The fixture.
COLORIZED = "**/colorize"
CHANGES = 9
SEEN_WITHIN_MS = 1000
# In the page, where no protocol and no polling add to it.
MEASURE = """
let pressed = 0;
globalThis.waits = [];
addEventListener("keydown", () => { pressed = performance.now(); }, true);
new MutationObserver(() => requestAnimationFrame(() => waits.push(performance.now() - pressed)))
  .observe(document.querySelector("img[alt='Preview']"), { attributeFilter: ["src"] });
"""


def preview(page: Page) -> np.ndarray:
    """The preview in its new colors, as the page shows it."""
    expect(page.get_by_text("nothing is stored yet")).to_be_visible(timeout=20_000)
    url = page.get_by_alt_text("Preview").get_attribute("src")
    assert url
    return np.asarray(Image.open(io.BytesIO(b64decode(url.partition(",")[2]))).convert("RGB"), float)


def hints_of(response: Response) -> list[dict[str, Any]]:
    """Of the request that it answers."""
    return cast(list[dict[str, Any]], json.loads(response.request.post_data or "")["hints"])


def choose_next(page: Page, color: str) -> None:
    page.get_by_role("button", name="Add hints").click()
    page.get_by_role("radio", name=color).check()


def hint_in_the_middle(page: Page) -> None:
    choose_next(page, "Fair skin")
    page.get_by_role("button", name="Hint in the middle").click()


def click_in_picture(page: Page, x: float, y: float) -> None:
    picture = page.locator("[data-side='after'] > img").first  # Also below a preview.
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def colorfulness(picture: np.ndarray) -> float:
    return float(np.ptp(picture, axis=2).mean())


def area(picture: np.ndarray, x: float, y: float) -> np.ndarray:
    """The mean color around a place."""
    height, width, _ = picture.shape
    top, left = int(y * height), int(x * width)
    around = picture[max(0, top - 8) : top + 8, max(0, left - 8) : left + 8]
    return np.asarray(around.mean((0, 1)))


@pytest.mark.parametrize("device", ["page", "phone"])
def test_vividness_is_seen_at_once_and_the_last_one_wins(device: str, job: str, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(device)
    shown(page, f"{job}/pictures/1")
    vividness = page.get_by_label("Vividness")

    vividness.fill("1.5")
    vivid = preview(page)
    vividness.fill("0.7")
    vividness.fill("0")
    expect(page.get_by_text("Coloring…")).to_be_visible()
    cautious = preview(page)

    assert colorfulness(vivid) > 1.2 * colorfulness(cautious)
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_alt_text("Preview")).to_have_count(0)


def test_other_colors_are_seen_within_a_second(page: Page, job: str) -> None:
    """From the key until the picture in its new colors is on the screen, as a person waits for it."""
    shown(page, f"{job}/pictures/1")
    vividness = page.get_by_label("Vividness")
    vividness.press("Home")
    preview(page)  # The first one warms the worker up.

    page.evaluate(MEASURE)
    for change in range(CHANGES):
        vividness.press("ArrowRight")
        wait_until(lambda done=change: page.evaluate("waits.length") > done)

    waits = page.evaluate("waits")
    print(f"other colors: p50 {np.median(waits):.0f} ms, longest {max(waits):.0f} ms")
    assert np.median(waits) <= SEEN_WITHIN_MS


def test_a_preview_is_named_and_kept_without_searching(page: Page, job: str) -> None:
    shown(page, f"{job}/pictures/1")
    expect(page.get_by_role("heading", name="Result", exact=True)).to_be_visible()
    picture = page.locator("[data-side='after']")
    expect(picture).to_contain_text("Colorized")

    page.get_by_label("Vividness").fill("1.5")
    preview(page)

    expect(page.get_by_role("heading", name="Stored result")).to_be_visible()
    expect(picture).not_to_contain_text("Colorized")
    expect(page.get_by_alt_text("Preview")).to_be_in_viewport()
    keep = page.get_by_role("button", name="Keep…")
    expect(keep).to_be_in_viewport(ratio=1)
    keep.click()
    expect(page.get_by_label("Colorize like this")).to_be_focused()
    expect(page.get_by_role("button", name="Make a new job")).to_be_in_viewport(ratio=1)
    expect(page.get_by_alt_text("Preview")).to_be_in_viewport()


def test_dragging_vividness_asks_only_where_it_rests(page: Page, job: str) -> None:
    shown(page, f"{job}/pictures/1")
    bodies: list[str | None] = []

    def note(request: Request) -> None:
        if request.url.endswith("/colorize"):
            bodies.append(request.post_data)

    page.on("request", note)
    with page.expect_response(COLORIZED):
        page.get_by_label("Vividness").focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight")

    expect(page.get_by_text("nothing is stored yet")).to_be_visible()
    assert len(bodies) < 5
    assert bodies[-1]
    assert '"vividness":1.5' in bodies[-1]


def test_a_hint_colors_its_place_and_is_moved_and_removed_by_keys(page: Page, job: str) -> None:
    shown(page, f"{job}/pictures/1")
    choose_next(page, "Navy")
    click_in_picture(page, 0.8, 0.8)
    blue = area(preview(page), 0.8, 0.8)
    hint = page.get_by_role("button", name="Hint 1, ")
    with page.expect_response(COLORIZED) as moved:
        page.keyboard.press("Shift+ArrowLeft")  # It has the focus, so this does not turn the page.
    assert hints_of(moved.value)[0]["x"] == pytest.approx(0.75, abs=0.01)
    page.keyboard.press("Shift+ArrowRight")

    hint.click()
    page.get_by_role("radio", name="Red").check()
    expect(page.get_by_text("Coloring…")).to_be_visible()
    red = area(preview(page), 0.8, 0.8)
    assert red[0] - red[2] > blue[0] - blue[2] + 30

    hint.press("Delete")
    expect(hint).to_have_count(0)


def test_hints_are_there_again_after_another_picture_and_a_reload(page: Page, job: str) -> None:
    page.goto(job)
    page.locator("[data-position='1'] a").click()
    expect(page.get_by_role("button", name="Fit")).to_be_enabled()
    choose_next(page, "Navy")
    click_in_picture(page, 0.8, 0.8)
    hint = page.get_by_role("button", name="Hint 1: Navy")
    expect(hint).to_be_visible()

    page.get_by_role("button", name="Next picture").click()
    expect(page.get_by_role("button", name="Add hints")).to_be_visible()
    expect(hint).to_have_count(0)
    page.get_by_role("button", name="Previous picture").click()
    expect(hint).to_be_visible()
    page.go_back()
    page.locator("[data-position='1'] a").click()
    expect(hint).to_be_visible()
    page.reload()
    expect(hint).to_be_visible()
    preview(page)

    page.get_by_role("button", name="Remove hint 1").click()
    expect(page.get_by_alt_text("Preview")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("button", name="Add hints")).to_be_visible()
    expect(hint).to_have_count(0)


def test_nothing_is_colored_before_a_color_is_chosen(page: Page, job: str) -> None:
    shown(page, f"{job}/pictures/1")
    page.get_by_role("button", name="Add hints").click()

    expect(page.get_by_text("First choose a color")).to_be_visible()
    expect(page.get_by_role("button", name="Hint in the middle")).to_have_count(0)
    click_in_picture(page, 0.7, 0.7)

    expect(page.get_by_role("button", name="Hint 1")).to_have_count(0)


def test_the_color_of_the_next_hint_leaves_the_others_alone(page: Page, job: str) -> None:
    shown(page, f"{job}/pictures/1")
    choose_next(page, "Navy")
    click_in_picture(page, 0.8, 0.8)
    preview(page)
    page.get_by_role("radio", name="Red").check()
    expect(page.get_by_role("radiogroup", name="Color of the next hint: Red")).to_be_visible()
    with page.expect_response(COLORIZED) as colorized:
        click_in_picture(page, 0.2, 0.8)
    assert [hint["color"] for hint in hints_of(colorized.value)] == ["#2b3a67", "#b3262e"]

    page.get_by_role("button", name="Hint 1: Navy").click()
    expect(page.get_by_role("radiogroup", name="Color of hint 1: Navy")).to_be_visible()
    with page.expect_response(COLORIZED) as recolored:
        page.get_by_role("radio", name="Gold").check()
    assert [hint["color"] for hint in hints_of(recolored.value)] == ["#c79a3a", "#b3262e"]
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("radiogroup", name="Color of the next hint: Red")).to_be_visible()


def test_a_hint_for_one_picture_becomes_a_job_of_that_picture(page: Page, job: str) -> None:
    shown(page, f"{job}/pictures/1")
    hint_in_the_middle(page)

    page.get_by_role("button", name="Make a new job").click()

    page.wait_for_url(lambda url: "/jobs/job_" in url and job not in url)
    made = page.request.get(f"/v1{urlsplit(page.url).path}").json()
    assert made["source"]["job"] == job.removeprefix("/jobs/")
    assert made["source"]["items"] == [1]
    assert len(made["options"]["hints"]) == 1


def test_other_colors_for_all_become_a_job_without_the_hints_of_one(page: Page, job: str) -> None:
    shown(page, f"{job}/pictures/1")
    page.get_by_label("Vividness").fill("1.4")
    hint_in_the_middle(page)
    page.get_by_label("Colorize like this").select_option("all")
    expect(page.get_by_text("no hints, not even for this picture")).to_be_visible()

    page.get_by_role("button", name="Make a new job").click()

    page.wait_for_url(lambda url: "/jobs/job_" in url and job not in url)
    made = page.request.get(f"/v1{urlsplit(page.url).path}").json()
    assert made["source"] | {"filename": None} == {
        "type": "job",
        "job": job.removeprefix("/jobs/"),
        "items": None,
        "filename": None,
    }
    assert made["options"]["vividness"] == 1.4
    assert made["options"]["hints"] == []
    assert page.request.get(f"/v1{job}").json()["state"] == "succeeded"


def test_hints_alone_are_no_job_of_all(page: Page, job: str) -> None:
    """It would have the colors of this one, and nobody would find the hints again."""
    shown(page, f"{job}/pictures/1")
    hint_in_the_middle(page)
    target, make = page.get_by_label("Colorize like this"), page.get_by_role("button", name="Make a new job")

    target.select_option("all")
    expect(page.get_by_text("Hints belong to one picture, and nothing else was changed")).to_be_visible()
    expect(make).to_be_disabled()

    target.select_option("this")
    expect(make).to_be_enabled()


def test_other_colors_for_what_was_selected_before(page: Page, job: str) -> None:
    page.goto(job)
    for position in (0, 2):
        page.locator(f"[data-position='{position}']").get_by_role("checkbox").check()
    page.locator("[data-position='1'] a").click()
    page.get_by_label("Vividness").fill("1.4")
    expect(page.get_by_label("Colorize like this")).to_contain_text("Selected pictures: 2")
    page.go_back()
    expect(page.get_by_role("group", name="Selected pictures")).to_contain_text("2 pictures selected")
    page.go_forward()
    page.get_by_label("Vividness").fill("1.4")
    page.get_by_label("Colorize like this").select_option("Selected pictures: 2")

    page.get_by_role("button", name="Make a new job").click()

    page.wait_for_url(lambda url: "/jobs/job_" in url and job not in url)
    assert page.request.get(f"/v1{urlsplit(page.url).path}").json()["source"]["items"] == [0, 2]


def test_a_finger_sets_a_hint(phone: Page, job: str) -> None:
    shown(phone, f"{job}/pictures/1")
    choose_next(phone, "Sky")
    picture = phone.get_by_alt_text("Colorized", exact=True)
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box

    with phone.expect_response(COLORIZED) as colorized:
        fingers(phone, [[(box["x"] + 0.25 * box["width"], box["y"] + 0.5 * box["height"])]])

    sent = hints_of(colorized.value)
    assert sent[0]["x"] == pytest.approx(0.25, abs=0.02)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("turned", [False, True], ids=["upright", "on its side"])
def test_a_phone_shows_the_picture_beside_what_recolors_it(phone: Page, job: str, turned: bool) -> None:
    if turned:
        phone.set_viewport_size({"width": 844, "height": 390})
    shown(phone, f"{job}/pictures/1")
    hint_in_the_middle(phone)
    preview(phone)
    picture = phone.get_by_alt_text("Preview")

    for control in (phone.get_by_label("Vividness"), phone.get_by_role("button", name="Make a new job")):
        control.scroll_into_view_if_needed()
        expect(picture).to_be_in_viewport(ratio=0.99)
        control.click(trial=True)  # The picture does not cover it.
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280], ids=["phone", "desktop"])
def test_no_finding_of_axe_with_hints(page: Page, job: str, width: int, theme: str) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 800})
    shown(page, f"{job}/pictures/1")
    with page.expect_response(COLORIZED):
        hint_in_the_middle(page)
    expect(page.get_by_text("nothing is stored yet")).to_be_visible()

    assert findings_of(page) == []
