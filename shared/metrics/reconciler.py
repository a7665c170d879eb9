"""What a reconciler measures: its own work, and a survey of what waits, which no single worker can know.

Several reconcilers show the same survey, so take its `max`. What waits in a role is a job for `ingest` and a chunk for
the others.
"""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram

LEASE_EXPIRIES = Counter(
    "photochrom_lease_expiries", "Leases that expired because a worker died or stalled, and were released.", ["role"]
)
RESENDS = Counter("photochrom_resends", "Messages that were sent again because they seemed lost.", ["role"])
WEBHOOK_ATTEMPTS = Counter(
    "photochrom_webhook_attempts",
    "Messages sent to webhooks, by what became of them: `delivered`, `pending` (sent again later), `failed`, `gone`.",
    ["state"],
)
PASS_SECONDS = Histogram(
    "photochrom_reconcile_pass_seconds",
    "Duration of complete passes of the reconciler.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
LAST_PASS = Gauge(
    "photochrom_reconcile_last_pass_timestamp_seconds", "When the last complete pass ended, as Unix time."
)
PENDING = Gauge("photochrom_pending", "Jobs (ingest) or chunks that were sent and wait for a worker.", ["role"])
LEASED = Gauge("photochrom_leased", "Jobs (ingest) or chunks that a worker holds.", ["role"])
OLDEST_PENDING = Gauge(
    "photochrom_oldest_pending_seconds",
    "How long the oldest of those that wait has waited, at least; 0 if none does.",
    ["role"],
)
ITEMS_PENDING = Gauge("photochrom_items_pending", "Unfinished items of all running jobs.", ["role"])
JOBS = Gauge("photochrom_jobs", "Jobs by state, without those that have ended.", ["state"])
QUEUE_MESSAGES = Gauge("photochrom_queue_messages", "Messages that wait in a queue.", ["role"])
WORKERS = Gauge("photochrom_workers", "Workers whose heartbeat is recent.", ["role"])
LAST_SURVEY = Gauge("photochrom_survey_timestamp_seconds", "When this survey was last completed, as Unix time.")


def begin_series(roles: Iterable[str], delivery_states: Iterable[str]) -> None:
    """Show counters as 0 from the start. A series that begins with its first event shows no increase then."""
    for role in roles:
        LEASE_EXPIRIES.labels(role)
        RESENDS.labels(role)
    for state in delivery_states:
        WEBHOOK_ATTEMPTS.labels(state)
