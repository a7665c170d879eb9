"""Photochrom's Python client: submit pictures and archives, watch the job, download the results. HTTP only."""

from ._version import __version__
from .client import Client
from .errors import (
    Conflict,
    FieldProblem,
    JobDeleted,
    NotFound,
    PhotochromAPIError,
    PhotochromError,
    Refused,
    ResultCorrupt,
    ServiceBusy,
    ServiceFull,
    ServiceUnreachable,
    SourceError,
    TargetError,
    Unauthorized,
    UnexpectedAnswer,
    UnsafeName,
    WaitTimeout,
)
from .hints import Hint
from .options import JobOptions, Options
from .responses import Counts, DryRun, Failure, Item, ItemResult, Job, JobSource, Model, Note, Upload
from .results.download import Download, Fetched
from .sources.stored import JobItems, Manifest, Prefix

__all__ = [
    "Client",
    "Conflict",
    "Counts",
    "Download",
    "DryRun",
    "Failure",
    "Fetched",
    "FieldProblem",
    "Hint",
    "Item",
    "ItemResult",
    "Job",
    "JobDeleted",
    "JobItems",
    "JobOptions",
    "JobSource",
    "Manifest",
    "Model",
    "NotFound",
    "Note",
    "Options",
    "PhotochromAPIError",
    "PhotochromError",
    "Prefix",
    "Refused",
    "ResultCorrupt",
    "ServiceBusy",
    "ServiceFull",
    "ServiceUnreachable",
    "SourceError",
    "TargetError",
    "Unauthorized",
    "UnexpectedAnswer",
    "UnsafeName",
    "Upload",
    "WaitTimeout",
    "__version__",
]
