"""The examples in `/openapi.json`. A test checks that they fit their schemas."""

from typing import Any

from pydantic import ConfigDict

JOB_ID = "job_01JDC5H2ZK3Y8W6T0QF4R9XNMB"
_PATH = f"/v1/jobs/{JOB_ID}"

JOB: dict[str, Any] = {
    "id": JOB_ID,
    "kind": "bulk",
    "state": "running",
    "run": 1,
    "source": {
        "type": "upload",
        "filename": "scans.zip",
        "media_type": "application/zip",
        "bytes": 1846120448,
        "sha256": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    },
    "options": {
        "model": "base",
        "vividness": 1.0,
        "format": "same",
        "quality": None,
        "hints": [],
        "seed": 0,
        "variants": 1,
        "name_encoding": None,
    },
    "checkpoint": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "labels": ["fonds=1931"],
    "deadline": "2026-11-23T18:00:00.000Z",
    "keep": "30d",
    "expires_at": None,
    "deletion": None,
    "webhook": "https://archive.example/hooks/photochrom",
    "items": 1000,
    "counts": {"pending": 293, "succeeded": 690, "failed": 5, "skipped": 12, "canceled": 0, "expired": 0},
    "skip_reasons": {"not_an_image": 11, "system_file": 1},
    "renamed": {"count": 1, "first": [{"name": "1931/hafen.jpg", "member": "1931/hafen~18.jpg"}]},
    "verdicts": {"accepted": 1, "rejected": 0, "flagged": 0},
    "progress": 0.707,
    "rate": 3.107,
    "eta_seconds": 94.3,
    "waiting_for": None,
    "error": None,
    "created_at": "2026-11-23T05:47:00.123Z",
    "sealed_at": "2026-11-23T05:47:01.402Z",
    "started_at": "2026-11-23T05:47:00.310Z",
    "finished_at": None,
    "owner": "museum",
    "history": [{"action": "submitted", "owner": "museum", "key": "k3f9a2b1", "at": "2026-11-23T05:47:00.123Z"}],
    "version": 181,
    "links": {"self": _PATH, "items": f"{_PATH}/items", "cancel": f"{_PATH}/cancel", "report": f"{_PATH}/report.jsonl"},
}

SESSION: dict[str, Any] = {
    "owner": "museum",
    "key": "k3f9a2b1",
    "scopes": ["read", "submit"],
    "expires_at": "2026-11-23T17:47:00.000Z",
}

SIGNED_URL: dict[str, Any] = {
    "url": f"https://photochrom.example{_PATH}/results.zip?expires=1795420020&key=k3f9a2b1&signature=q0yM3kJ9sX",
    "expires_at": "2026-11-23T05:47:00.000Z",
}

_RESULT: dict[str, Any] = {
    "variant": 1,
    "seed": 0,
    "member": "1931/Hafen.jpg",
    "bytes": 2381442,
    "sha256": "9d5e3a3a6a6b1e5a4a4cbb1a3d4e0f8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f",
    "width": 4000,
    "height": 3000,
    "media_type": "image/jpeg",
    "link": f"{_PATH}/items/17/result",
}

ITEM: dict[str, Any] = {
    "index": 17,
    "name": "1931/Hafen.jpg",
    "member": "1931/Hafen.jpg",
    "state": "succeeded",
    "result": _RESULT,
    "results": [_RESULT],
    "error": None,
    "verdict": "accepted",
    "judged": {"owner": "museum", "key": "k3f9a2b1", "at": "2026-11-23T09:12:00.000Z"},
    "notes": [],
    "timings_ms": {"fetch": 4.1, "decode": 71.0, "infer": 210.5, "encode": 83.2, "put": 12.9},
    "columns": None,
    "name_bytes": None,
    "links": {
        "self": f"{_PATH}/items/17",
        "source": f"{_PATH}/items/17/source",
        "result": f"{_PATH}/items/17/result",
    },
}

UPLOAD_ID = "upl_01JDC5G9WQ2R7T4M8K3XVZB6NE"
_UPLOAD_PATH = f"/v1/uploads/{UPLOAD_ID}"

UPLOAD: dict[str, Any] = {
    "id": UPLOAD_ID,
    "state": "open",
    "filename": "scans.zip",
    "bytes": 1846120448,
    "part_bytes": 8388608,
    "part_count": 221,
    "media_type": None,
    "created_at": "2026-11-23T05:40:00.000Z",
    "expires_at": "2026-11-24T05:40:00.000Z",
    "links": {"self": _UPLOAD_PATH, "parts": f"{_UPLOAD_PATH}/parts", "complete": f"{_UPLOAD_PATH}/complete"},
}

PART: dict[str, Any] = {
    "number": 1,
    "bytes": 8388608,
    "url": f"https://storage.example/photochrom/uploads/{UPLOAD_ID}/source?partNumber=1&X-Amz-Signature=0f3d",
}

DRY_RUN: dict[str, Any] = {
    "items": 98211,
    "skipped": 14,
    "missing": 0,
    "bytes": 184612044800,
    "megapixels": 1178532.0,
    "sampled": 32,
    "complete": True,
    "estimated_seconds": 31578.1,
    "basis": "Your last 3 jobs (4120 pictures of 12.0 megapixels on average) ran at 3.11 pictures per second, counting "
    "each variant as a picture, with the workers and the load of that time.",
}

REPORT_ROW: dict[str, Any] = {
    "index": 17,
    "name": "1931/Hafen.jpg",
    "variant": 1,
    "seed": 0,
    "member": "1931/Hafen.jpg",
    "state": "succeeded",
    "error_code": None,
    "error_detail": None,
    "notes": [],
    "media_type": "image/jpeg",
    "width": 4000,
    "height": 3000,
    "bytes": 2381442,
    "sha256": "9d5e3a3a6a6b1e5a4a4cbb1a3d4e0f8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f",
    "model": "base",
    "checkpoint": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "vividness": 1.0,
    "hints": 0,
    "format": "same",
    "quality": None,
    "timings_ms": {"fetch": 4.1, "decode": 71.0, "infer": 210.5, "encode": 83.2, "put": 12.9},
    "verdict": "accepted",
    "judged_by": "museum",
    "judged_at": "2026-11-23T09:12:00.000Z",
    "name_bytes": None,
    "job_history": [{"action": "submitted", "owner": "museum", "key": "k3f9a2b1", "at": "2026-11-23T05:47:00.123Z"}],
    "columns": {"inventory_number": "1931/17", "photographer": "Unknown"},
}


MODEL: dict[str, Any] = {
    "id": "base",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "default": True,
    "hints": True,
    "description": "For photographs of any kind: people, streets, landscapes.",
}


def documented_by(example: dict[str, Any]) -> ConfigDict:
    """The `model_config` of a schema with this example."""
    return ConfigDict(json_schema_extra={"examples": [example]})
