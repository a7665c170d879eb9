"""Jobs and uploads in several states, for requests that shall find something."""

import httpx
from photochrom import Client

from tests.hostile.fuzzing.run import Known
from tests.zoo.pictures import picture, scans


def known_ids(url: str, key: str | None = None) -> Known:
    """Two finished jobs and a canceled one, an open upload and a completed one."""
    with Client(url, key) as client:
        finished = [client.submit(content, filename="known") for content in (picture(), scans(3))]
        canceled = client.cancel(client.submit(scans(40), filename="canceled"))
        jobs = [client.wait(job, timeout=200).id for job in (*finished, canceled)]
        completed = client.upload(picture(), filename="known.jpg").id
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    opened = httpx.post(f"{url}/v1/uploads", json={"filename": "known.jpg", "bytes": 5}, headers=headers).json()["id"]
    return Known(jobs=jobs, uploads=[opened, completed])
