"""What was skipped and renamed is stated: an archivist must not find out by counting files."""

import json

import pytest

from tests.client.fake_gateway import FakeItem

GOOD = FakeItem("a/good.jpg", b"good")


def skipped(name: str, code: str = "not_an_image") -> FakeItem:
    return FakeItem(name, state="skipped", error=(code, "Skipped."))


@pytest.fixture
def submit(run, gateway, tmp_path):
    """Submit an archive with these items, and wait for its end."""
    scans = tmp_path / "scans.zip"
    scans.write_bytes(b"PK")

    def submit(*items: FakeItem):
        gateway.outcome = list(items)
        return run("submit", scans, "--wait")

    return submit


def test_skipped_items_are_counted_by_reason_and_named(submit, run):
    ran = submit(GOOD, skipped("Thumbs.db", "system_file"), skipped("a.xmp"), skipped("b.xmp"))

    assert ran.exit_code == 0
    assert "skipped    3 (2 not_an_image, 1 system_file)\n" in ran.stdout
    assert "\nSkipped:\n  Thumbs.db  system_file: Skipped.\n  a.xmp  not_an_image: Skipped.\n" in ran.stdout
    assert run("status", "job_01").stdout == ran.stdout


def test_only_the_first_skipped_items_are_named(submit):
    ran = submit(GOOD, *(skipped(f"{number}.xmp") for number in range(12)))

    assert "Skipped (the first 10 of 12):" in ran.stdout
    assert "List all: photochrom items job_01 --state skipped" in ran.stdout


def test_folders_in_an_archive_are_counted_but_not_named(submit):
    ran = submit(GOOD, *(skipped(f"{number}/", "directory") for number in range(12)), skipped("a.xmp"))

    assert "skipped    13 (12 directory, 1 not_an_image)\n" in ran.stdout
    assert "  a.xmp  not_an_image" in ran.stdout
    assert "0/" not in ran.stdout


def test_renamed_items_are_named_with_their_paths(submit, run, gateway):
    submit(GOOD)
    gateway.jobs["job_01"].renamed = {"count": 7, "first": [{"name": "x.jpg", "member": "x~1.jpg"}]}

    ran = run("status", "job_01")

    assert "renamed    7\n" in ran.stdout
    assert "(the first 1 of 7):\n  x.jpg  -> x~1.jpg\n" in ran.stdout


def test_the_json_document_counts_both(submit, run, gateway):
    submit(GOOD, skipped("a.xmp"))

    document = json.loads(run("status", "job_01", "--json").stdout)

    assert document["skip_reasons"] == {"not_an_image": 1}
    assert document["renamed"] == {"count": 0, "first": []}


def test_skipped_items_can_be_listed_with_their_reasons(submit, run):
    submit(GOOD, skipped("a.xmp"))

    assert run("items", "job_01", "--state", "skipped").stdout == "      1  skipped    a.xmp  not_an_image: Skipped.\n"
