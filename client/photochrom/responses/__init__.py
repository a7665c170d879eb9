"""The service's JSON documents as frozen dataclasses. Fields that a newer service adds are in `raw`."""

from .documents import (
    TERMINAL_STATES,
    Document,
    Failure,
    ItemState,
    JobState,
    ManifestFormat,
    Note,
    ReportFormat,
    Verdict,
)
from .items import Item, ItemResult
from .jobs import Counts, Job, JobSource
from .models import Model
from .uploads import DryRun, Upload

__all__ = [
    "TERMINAL_STATES",
    "Counts",
    "Document",
    "DryRun",
    "Failure",
    "Item",
    "ItemResult",
    "ItemState",
    "Job",
    "JobSource",
    "JobState",
    "ManifestFormat",
    "Model",
    "Note",
    "ReportFormat",
    "Upload",
    "Verdict",
]
