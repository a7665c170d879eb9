"""The page with something to show: a stack of its own that has colorized the scans of `examples/`."""

import io
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from photochrom import Client

from benchmarks.archives import EXAMPLES
from tests.fixtures.stack import stack_running

WAIT_SECONDS = 300.0


@contextmanager
def showcase() -> Iterator[tuple[str, str]]:
    """The URL of the gateway, and the id of a finished job."""
    with tempfile.TemporaryDirectory() as folder, stack_running(Path(folder) / "home") as stack:
        archive = Path(folder) / "glass-plates.zip"
        archive.write_bytes(_archive())
        with Client(stack.url) as client:
            finished = client.wait(client.submit(archive, labels=["fonds=1931"]), timeout=WAIT_SECONDS)
            client.wait(client.submit(EXAMPLES / "library-of-congress" / "detroit.jpg"), timeout=WAIT_SECONDS)
        yield stack.url, finished.id


def _archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in sorted(EXAMPLES.rglob("*.jpg")):
            archive.write(path, path.relative_to(EXAMPLES))
        archive.writestr("damaged.jpg", b"\xff\xd8\xff\xe0" + bytes(900))
    return content.getvalue()
