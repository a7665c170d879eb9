"""Submitting jobs as JSON."""

from typing import Any

import httpx

PREFIX = {"type": "s3_prefix", "bucket": "museum", "prefix": "1931/"}
MANIFEST = {"type": "manifest", "bucket": "museum", "key": "lists/1931.csv"}


def submit(client: httpx.Client, source: dict[str, Any], **more: Any) -> httpx.Response:
    return client.post("/v1/jobs", json={"source": source, **more})


def only(upload: str) -> dict[str, Any]:
    return {"type": "upload", "upload": upload}


def several(*uploads: str) -> dict[str, Any]:
    return {"type": "uploads", "uploads": list(uploads)}
