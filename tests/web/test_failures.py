"""What fails is explained on the page, without contradiction, and a retry is offered where it can help."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from benchmarks.archives import photographs
from tests.web.conftest import BROKEN
from tests.web.dropped import FINISHED_MS, drop, zip_link

BILEVEL = "1931/stamp.png"


@pytest.fixture(scope="session")
def two_broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of a picture, two that fail for different reasons, and a text."""
    path = tmp_path_factory.mktemp("two") / "two.zip"
    stamp = io.BytesIO()
    Image.new("1", (64, 48)).save(stamp, "PNG")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in [
            *((entry.name, entry.content) for entry in photographs(1, seed=3, longest=200)),
            (BROKEN, b"\xff\xd8\xff\xe0" + bytes(900)),
            (BILEVEL, stamp.getvalue()),
            ("1931/readme.txt", b"Boxes 3 and 4."),
        ]:
            archive.writestr(name, content)
    return path


@pytest.fixture
def truncated(tmp_path: Path, scans: Path) -> Path:
    path = tmp_path / "cut.zip"
    path.write_bytes(scans.read_bytes()[:5000])
    return path


@pytest.fixture
def without_pictures(tmp_path: Path) -> Path:
    path = tmp_path / "texts.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", b"No pictures yet.")
    return path


@pytest.mark.parametrize(
    ("archive", "advice"),
    [("truncated", "Send the archive again."), ("without_pictures", "Choose an archive that holds pictures.")],
)
def test_a_failed_job_says_what_to_do_and_nothing_else(
    page: Page, request: pytest.FixtureRequest, archive: str, advice: str
) -> None:
    path = drop(page, request.getfixturevalue(archive))
    job = page.get_by_role("region", name="Failed")
    for _ in ("watched", "opened"):
        expect(job).to_contain_text(advice, timeout=FINISHED_MS)
        expect(job.get_by_role("link", name="New job")).to_be_visible()
        for untrue in ("No failures", "not counted yet", "newest results", "no pictures"):
            expect(page.get_by_text(untrue)).to_have_count(0)
        expect(page.get_by_role("button", name=re.compile("[Rr]etry"))).to_have_count(0)
        page.goto(path)
    page.goto("/jobs")
    row = page.get_by_role("listitem").filter(has=page.locator(f"a[href='{path}']"))
    expect(row).to_contain_text("Failed")
    expect(row).not_to_contain_text("not counted yet")


def test_the_failures_are_explained_and_their_list_is_saved(page: Page, two_broken: Path) -> None:
    drop(page, two_broken)
    failures = page.get_by_role("region", name="2 pictures failed")
    expect(failures).to_contain_text("The file is damaged", timeout=FINISHED_MS)
    expect(failures.get_by_role("link", name=BROKEN)).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    failures.get_by_role("button", name="2 pictures failed").click()
    expect(failures).to_contain_text("It is pure black and white")
    expect(failures).to_contain_text("Then submit that file as a new job.")
    with page.expect_download() as download:
        failures.get_by_role("link", name="List of failures (CSV)").click()
    rows = list(csv.DictReader(download.value.path().read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["name"], row["error_code"]) for row in rows] == [(BROKEN, "corrupt_image"), (BILEVEL, "bilevel_image")]

    # The same bytes would fail again.
    expect(failures.get_by_role("button", name=re.compile("Retry"))).to_have_count(0)
    page.get_by_label("Select all").check()
    selected = page.get_by_role("group", name="Selected pictures")
    expect(selected.get_by_role("button", name="Retry", exact=True)).to_be_disabled()
    expect(selected).to_contain_text("These would fail again.")
    # The text has no place among the newest results.
    newest = page.get_by_role("region", name="Newest results").get_by_role("listitem")
    expect(newest).to_have_count(1)


def test_a_retry_that_fails_again_says_so(page: Page, two_broken: Path) -> None:
    def passing(route: Route) -> None:
        answer = json.loads(route.fetch().text().replace("corrupt_image", "worker_lost"))
        route.fulfill(json=answer)

    page.route("**/items?state=failed*", passing)
    job = drop(page, two_broken)
    failures = page.get_by_role("region", name="2 pictures failed")
    expect(failures.get_by_role("button", name="Retry failed pictures")).to_be_visible(timeout=FINISHED_MS)
    failures.get_by_role("button", name="2 pictures failed").click()
    group = failures.get_by_role("listitem").filter(has_text="The workers that tried it were lost")

    with page.expect_response("**/retry") as retried:
        group.get_by_role("button", name="Retry this picture").click()

    assert retried.value.request.post_data_json == {"items": [1]}
    expect(page.get_by_role("region", name="Tried again: still 2 failed")).to_be_visible(timeout=FINISHED_MS)
    expect(zip_link(page)).to_be_visible()
    after = page.request.get(f"/v1{job}").json()
    assert (after["run"], after["counts"]["failed"], after["counts"]["succeeded"]) == (2, 2, 1)
