"""Results are written verified and complete, under their own names, and nowhere else."""

import pytest
from photochrom import Conflict, ResultCorrupt, TargetError

from tests.client.fake_gateway import FakeItem
from tests.client.fake_handler import cut_halfway, pass_through, refuse

PICTURES = {"a/b.jpg": b"red" * 100_000, "a/c/d.png": b"green", "e.tif": b"blue"}


@pytest.fixture
def job(client, gateway):
    gateway.outcome = [FakeItem(name, content) for name, content in PICTURES.items()]
    return client.submit(b"x")


def below(directory) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def test_every_result_is_written_under_its_path(client, job, tmp_path):
    reported = []

    done = client.download(job, tmp_path / "out", on_fetched=reported.append)

    assert below(tmp_path / "out") == PICTURES
    assert (done.written, done.kept, done.left_out) == (3, 0, ())
    assert [(fetched.item.index, fetched.outcome) for fetched in reported] == [(n, "written") for n in range(3)]


def test_each_variant_has_a_folder(client, gateway, tmp_path):
    gateway.outcome = [
        FakeItem("a/b.jpg", b"red"),
        FakeItem("bad.jpg", state="failed", error=("decode_failed", "Cut.")),
    ]
    job = client.submit(b"x", variants=3)
    (tmp_path / "variant-3" / "a").mkdir(parents=True)
    (tmp_path / "variant-3" / "a" / "b.jpg").write_bytes(b"mine")

    done = client.download(job, tmp_path)

    assert below(tmp_path) == {
        "variant-1/a/b.jpg": b"red",
        "variant-2/a/b.jpg": b"red2",
        "variant-3/a/b.jpg": b"mine",
    }
    assert (done.written, done.kept) == (2, 0)
    assert [fetched.result.member for fetched in done.left_out] == ["variant-3/a/b.jpg"]
    assert (client.result(job), client.result(job, variant=3)) == (b"red", b"red3")
    assert [result.variant for result in client.item(job, 0).results] == [1, 2, 3]


def test_only_succeeded_items_are_downloaded(client, gateway, tmp_path):
    bad = FakeItem("bad.jpg", state="failed", error=("decode_failed", "Cut off."))
    gateway.outcome = [bad, FakeItem("good.jpg", b"good")]

    client.download(client.submit(b"x"), tmp_path)

    assert below(tmp_path) == {"good.jpg": b"good"}


def test_a_second_download_resumes_the_first(client, gateway, job, tmp_path):
    client.download(job, tmp_path)
    (tmp_path / "e.tif").unlink()
    gateway.requests.clear()

    done = client.download(job, tmp_path)

    assert (done.written, done.kept) == (1, 2)
    assert below(tmp_path) == PICTURES
    assert [request for request in gateway.requests if request.endswith("result")] == [
        f"GET /v1/jobs/{job.id}/items/2/result"
    ]


def test_a_different_file_is_replaced_only_with_overwrite(client, job, tmp_path):
    (tmp_path / "e.tif").write_bytes(b"the original scan")

    done = client.download(job, tmp_path)
    [left_out] = done.left_out
    assert (left_out.item.member, left_out.reason) == (
        "e.tif",
        "a different file of that name already exists",
    )
    assert (tmp_path / "e.tif").read_bytes() == b"the original scan"

    client.download(job, tmp_path, overwrite=True)
    assert below(tmp_path) == PICTURES


def test_a_download_that_breaks_in_the_middle_of_a_picture_is_retried(client, gateway, job, tmp_path):
    gateway.faults += [pass_through, cut_halfway(PICTURES["a/b.jpg"])]

    done = client.download(job, tmp_path)

    assert done.written == 3
    assert below(tmp_path) == PICTURES


def test_bytes_that_do_not_match_the_record_are_never_written(client, gateway, tmp_path):
    gateway.outcome = [FakeItem("wrong.jpg", b"tampered", sha256="0" * 64), FakeItem("right.jpg", b"right")]
    job = client.submit(b"x")

    done = client.download(job, tmp_path)

    assert below(tmp_path) == {"right.jpg": b"right"}
    assert "SHA-256" in done.left_out[0].reason
    with pytest.raises(ResultCorrupt):
        client.result(job, 0)
    assert client.result(job, 1) == b"right"


@pytest.mark.parametrize(
    "member",
    ["../x.jpg", "a/../../x.jpg", "/x.jpg", "a//x.jpg", "./x.jpg", "..", "", "a/\0.jpg", "a/\ud800.jpg"],
)
def test_an_unsafe_or_invalid_name_is_left_out(client, gateway, tmp_path, member):
    gateway.outcome = [FakeItem(member, b"hostile"), FakeItem("good.jpg", b"good")]

    done = client.download(client.submit(b"x"), tmp_path / "in" / "out")

    assert below(tmp_path) == {"in/out/good.jpg": b"good"}
    assert [fetched.item.member for fetched in done.left_out] == [member]


def test_links_that_lead_outside_the_directory_are_not_followed(client, gateway, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.jpg").write_bytes(b"mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "dir").symlink_to(tmp_path / "outside")
    (tmp_path / "out" / "link.jpg").symlink_to(tmp_path / "outside" / "x.jpg")
    gateway.outcome = [FakeItem("dir/x.jpg", b"hostile"), FakeItem("link.jpg", b"colored")]

    done = client.download(client.submit(b"x"), tmp_path / "out", overwrite=True)

    assert [fetched.item.member for fetched in done.left_out] == ["dir/x.jpg"]
    assert below(tmp_path / "outside") == {"x.jpg": b"mine"}
    assert (tmp_path / "out" / "link.jpg").read_bytes() == b"colored"


def test_a_name_that_the_file_system_rejects_does_not_stop_the_others(client, gateway, tmp_path):
    members = ["a.jpg", "a.jpg/b.jpg", "n" * 300 + ".jpg", "z.jpg"]
    gateway.outcome = [FakeItem(member, b"x") for member in members]
    job = client.submit(b"x")
    (tmp_path / "a.jpg").write_bytes(b"x")

    done = client.download(job, tmp_path)

    assert [fetched.item.member for fetched in done.left_out] == ["a.jpg/b.jpg", "n" * 300 + ".jpg"]
    assert below(tmp_path) == {"a.jpg": b"x", "z.jpg": b"x"}


def test_a_directory_that_cannot_be_created_is_reported_in_one_sentence(client, job, tmp_path):
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(TargetError, match=r"Cannot write .*file/out: Not a directory"):
        client.download(job, tmp_path / "file" / "out")


def test_a_refusal_ends_the_download_and_leaves_no_fragments(client, gateway, job, tmp_path):
    gateway.faults += [pass_through, *[refuse(409, "conflict", "The job is being deleted.")] * 3]

    with pytest.raises(Conflict, match="being deleted"):
        client.download(job, tmp_path)

    assert below(tmp_path) == {}


def test_a_callback_that_raises_stops_the_download(client, job, tmp_path):
    def raise_interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.download(job, tmp_path, on_fetched=raise_interrupt)

    assert not list(tmp_path.rglob("*.part"))
