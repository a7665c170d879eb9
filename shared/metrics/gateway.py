"""What a gateway measures. `route` is the template of a route, never the path of a request."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("photochrom_http_requests", "Answered requests.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "photochrom_http_request_seconds",
    "Time until the answer to a request began, without the time spent waiting for its body. Requests that asked to "
    "wait for a job are left out.",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
REQUESTS_IN_PROGRESS = Gauge("photochrom_http_requests_in_progress", "Requests that are being answered.")
UPLOAD_BYTES = Counter("photochrom_upload_bytes", "Bytes of request bodies, counted as they arrive.", ["route"])
DOWNLOAD_BYTES = Counter(
    "photochrom_download_bytes", "Bytes of the bodies of answers, counted as they leave.", ["route"]
)
RECOLOR_OUTCOMES = ("colored", "failed", "timed_out", "left")
RECOLOR_SECONDS = Histogram(
    "photochrom_recolor_seconds",
    "Time until a worker had colorized the preview of a picture anew, by outcome: `colored`, `failed`, `timed_out`, or "
    "`left` if the client did not wait.",
    ["outcome"],
    buckets=(0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2.5, 5, 10),
)
for outcome in RECOLOR_OUTCOMES:
    RECOLOR_SECONDS.labels(outcome)  # Shown from the start: a series that begins with its first event has no rate then.
JOBS_ACCEPTED = Counter("photochrom_jobs_accepted", "Jobs that were accepted.", ["kind"])
