"""Parts of a request whose gateway was killed: dropped once nobody can go on with them, and not before."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.clock import utc_now
from shared.ids import new_upload_id
from shared.storage.keys import job_prefix, upload_key
from shared.storage.protocol import BegunParts
from shared.uploads.store import LIFETIME, Upload
from tests.api.stage import REPOSITORY, write_cards
from tests.fixtures.ports import free_port
from tests.fixtures.stack import wait_until
from tests.fixtures.worker import MODEL, Workplace
from tests.fixtures.worker_steps import later, passes, until

pytestmark = pytest.mark.anyio

DAY = LIFETIME.total_seconds()
MiB = 1 << 20


async def begun(workplace: Workplace, prefix: str) -> list[BegunParts]:
    return [parts async for parts in workplace.storage.list_begun_parts(prefix)]


@pytest.fixture
def gateway(workplace: Workplace, tmp_path: Path) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Its port and its process."""
    port = free_port()
    variables = {
        **workplace.environment,
        "PHOTOCHROM_MODELS_DIR": str(write_cards(tmp_path / "cards", MODEL)),
        "PHOTOCHROM_DEFAULT_MODEL": MODEL,
        "PHOTOCHROM_PORT": str(port),
    }
    with subprocess.Popen([sys.executable, "-m", "api"], cwd=REPOSITORY, env={**os.environ, **variables}) as process:
        wait_until(lambda: is_open(port), 30)
        yield port, process
        process.kill()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_parts_of_a_killed_gateway_are_dropped_a_day_later(
    workplace: Workplace, gateway: tuple[int, "subprocess.Popen[bytes]"]
) -> None:
    port, process = gateway
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        head = f"PUT /v1/jobs/scans.tar HTTP/1.1\r\nHost: localhost\r\nContent-Length: {40 * MiB}\r\n\r\n"
        client.sendall(head.encode() + b"\x1f\x8b" + bytes(17 * MiB))
        await until(lambda: workplace.database["uploads"].find_one({}))
        (submission,) = await workplace.database["uploads"].find({}).to_list(2)
        prefix = job_prefix(submission["_id"])
        await until(lambda: begun(workplace, prefix))
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    (parts,) = await begun(workplace, prefix)

    await workplace.reconciler(clock=later(DAY + 60)).drop_abandoned_parts()
    assert await begun(workplace, prefix) == [parts], "as far as anybody knows, its body is still arriving"
    await passes(workplace, clock=later(400))
    await workplace.reconciler(clock=later(DAY - 60)).drop_abandoned_parts()
    assert await begun(workplace, prefix) == [parts]

    await workplace.reconciler(clock=later(DAY + 60)).sweep_rarely()
    assert await begun(workplace, prefix) == []


async def test_parts_of_an_upload_stay_as_long_as_it_does(workplace: Workplace) -> None:
    upload_id = new_upload_id()
    key = upload_key(upload_id)
    known, unknown = [await workplace.storage.begin_parts(key, "application/zip") for _ in range(2)]
    upload = Upload(
        id=upload_id,
        owner="museum",
        filename="scans.zip",
        bytes=1,
        part_bytes=1,
        key=key,
        parts_id=known,
        created_at=utc_now(),
        expires_at=utc_now() + LIFETIME,
    )
    await workplace.stores.uploads.insert(upload)

    await workplace.reconciler(clock=later(DAY + 60)).sweep_rarely()

    assert [parts.upload for parts in await begun(workplace, key)] == [known]
    await passes(workplace, clock=later(DAY + 60))
    assert await begun(workplace, key) == []
    assert unknown != known
