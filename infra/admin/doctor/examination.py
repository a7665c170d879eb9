"""The checks of this machine and of the servers, in the order in which they are printed."""

import os
from collections.abc import AsyncIterator

from anyio import to_thread

from infra.admin.doctor.bucket import check_bucket
from infra.admin.doctor.findings import Finding, error, warning
from infra.admin.doctor.machine import check_folders, check_processor, check_temporary
from infra.admin.doctor.models import check_worker
from infra.admin.doctor.servers import check_database, check_queue, check_queue_writes
from infra.admin.doctor.settings import MachineSettings, ServersSettings
from infra.admin.environment import NEEDED
from shared.startup import InvalidSettings, read_settings


async def examine_machine() -> AsyncIterator[Finding]:
    """Raises InvalidSettings."""
    settings = read_settings(MachineSettings)
    yield check_processor()
    # Where all servers are others' and there is no data folder, as in a container, nothing writes to one.
    if settings.home.is_dir() or not is_configured():
        for finding in check_folders(settings.home, settings.storage.reserve_bytes):
            yield finding
    yield check_temporary()
    for finding in check_worker(settings.worker):
        yield finding


async def examine_servers() -> AsyncIterator[Finding]:
    if not is_configured():
        detail = "Not checked: no PHOTOCHROM_MONGO__URL is set, and no embedded stack is running here."
        yield warning("servers", detail, "`make up` starts the embedded stack; then run this again.")
        return
    try:
        settings = read_settings(ServersSettings)
    except InvalidSettings as invalid:
        yield error("settings", f"{invalid.detail}.", "docs/settings.md has all variables.")
        return
    async for finding in check_database(settings.mongo):
        yield finding
    for finding in await to_thread.run_sync(lambda: list(check_queue(settings.redis))):
        yield finding
    yield await check_queue_writes(settings.redis)
    async for finding in check_bucket(settings.storage, settings.public_url):
        yield finding


def is_configured() -> bool:
    return NEEDED in os.environ or f"{NEEDED}_FILE" in os.environ
