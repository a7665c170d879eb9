"""Folders and several files of the page: one job, with the tree."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.archives import photographs
from tests.web.axe import findings_of
from tests.web.uploading import STARTED_MS, Parts, drop, results_of


@pytest.fixture(scope="session")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tree, names that need more than ASCII, and what systems leave behind."""
    folder = tmp_path_factory.mktemp("albums") / "Album"
    for name, picture in zip(ALBUM, photographs(len(ALBUM)), strict=True):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture.content)
    for name in (".DS_Store", "1931/Thumbs.db", "1931/@eaDir/a.jpg/THUMB.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"clutter")
    return folder


ALBUM = ("a.bmp", "1931/Größe – 東京/b.bmp", f"1931/{'long name, ' * 12}box 3./c.bmp")


@pytest.mark.parametrize("way", ["dropped with handles", "dropped without", "chosen"])
def test_a_folder_keeps_its_tree(page: Page, album: Path, way: str) -> None:
    if way == "dropped without":
        page.add_init_script("delete DataTransferItem.prototype.getAsFileSystemHandle")
    page.goto("/")

    if way == "chosen":
        page.get_by_label("Folder to colorize").set_input_files(album)
    else:
        drop(page, album)

    page.wait_for_url("**/jobs/job_*", timeout=STARTED_MS)
    expect(page.get_by_role("heading", level=1)).to_have_text("Album")
    # Windows allows no dot at the end of a folder's name.
    assert {folder_of(name) for name in results_of(page)} == {folder_of(name).rstrip(".") for name in ALBUM}
    shown = page.request.get(f"/v1{page.url.partition(page.url.split('/', 3)[2])[2]}/items").json()["data"]
    assert sorted(item["name"] for item in shown) == sorted(ALBUM)


def test_photos_of_a_phone_become_a_job(phone: Page, tmp_path: Path) -> None:
    paths = [tmp_path / f"IMG_{number}.bmp" for number in (1, 2)]
    for path, picture in zip(paths, photographs(2), strict=True):
        path.write_bytes(picture.content)
    phone.goto("/")

    with phone.expect_file_chooser() as chooser:
        phone.get_by_role("button", name="Photos", exact=True).click()
    # Phones open their camera roll for it.
    assert chooser.value.element.get_attribute("accept") == "image/*"
    assert chooser.value.is_multiple()
    chooser.value.set_files(paths)

    phone.wait_for_url("**/jobs/job_*", timeout=STARTED_MS)
    assert [Path(name).stem for name in results_of(phone)] == ["IMG_1", "IMG_2"]


def test_a_mouse_needs_no_button_for_photos(page: Page) -> None:
    page.goto("/")

    expect(page.get_by_role("button", name="Choose files")).to_be_visible()
    expect(page.get_by_role("button", name="Photos", exact=True)).to_be_hidden()


def folder_of(name: str) -> str:
    return name.rpartition("/")[0]


def test_files_with_one_name_are_named_before_they_are_sent(page: Page, tmp_path: Path) -> None:
    paths = [tmp_path / folder / "a.bmp" for folder in ("one", "two")]
    for path, picture in zip(paths, photographs(2), strict=True):
        path.parent.mkdir()
        path.write_bytes(picture.content)
    parts = Parts(page)
    page.goto("/")

    page.get_by_label("Files to colorize").set_input_files([*paths, paths[0]])

    question = page.get_by_role("region", name="Before it is sent")
    expect(question).to_contain_text("Chosen twice, sent once: a.bmp")
    expect(question).to_contain_text("Different files with the same name get a number: a (2).bmp")
    assert findings_of(page) == []
    assert parts.begun == []
    question.get_by_role("button", name=re.compile("^Send")).click()
    page.wait_for_url("**/jobs/job_*", timeout=STARTED_MS)
    assert len(results_of(page)) == 2
