"""What a worker measures. An item is counted when its end is recorded, so nothing is counted for a lost lease."""

from prometheus_client import Counter, Gauge, Histogram

# Why an item fails although its picture is not to blame, and why a call is repeated.
OUR_CODES = (
    "worker_lost",
    "decoder_failed",
    "colorizer_failed",
    "model_unavailable",
    "model_replaced",
    "source_missing",
)
SERVER_CODES = ("store_unavailable", "queue_unavailable", "storage_unavailable", "storage_refused", "storage_full")

TASK_SECONDS = Histogram(
    "photochrom_task_seconds",
    "Duration of tasks. The outcome is `completed`, or `unavailable` if a server did not answer.",
    ["task", "outcome"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800),
)
ITEMS = Counter(
    "photochrom_items",
    "Items that ended, by outcome: `succeeded`, `failed` or `skipped`. `code` is why, empty for those that succeeded.",
    ["role", "outcome", "code"],
)
STAGE_SECONDS = Histogram(
    "photochrom_stage_seconds",
    "Time of one picture in a stage: `fetch`, `decode`, `infer`, `compose`, `put`. All variants together; in `infer` "
    "its share of the minibatch.",
    ["role", "stage"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
PICTURE_MEGAPIXELS = Histogram(
    "photochrom_picture_megapixels",
    "Size of the pictures that were colorized. Its sum is the megapixels done, whatever the number of variants.",
    ["role"],
    buckets=(0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200),
)
RESULT_BYTES = Counter("photochrom_result_bytes", "Bytes of the results that were stored.", ["role"])
MINIBATCH_PICTURES = Histogram(
    "photochrom_minibatch_pictures", "Pictures in a forward pass.", ["model"], buckets=(1, 2, 4, 8, 16, 32, 64, 128)
)
FORWARD_SECONDS = Histogram(
    "photochrom_forward_seconds",
    "Duration of a forward pass. The rate of its sum is the part of the time in which the device computes.",
    ["model"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
DEVICE_MEMORY = Gauge(
    "photochrom_device_memory_bytes",
    "Memory of the GPU: `allocated` and `reserved` by this process, `free` and `total` of the device.",
    ["device", "kind"],
)
OUT_OF_MEMORY = Counter(
    "photochrom_device_out_of_memory",
    "How often a minibatch did not fit into the memory of the device, and was halved or moved to the CPU.",
    ["device"],
)
CPU_FALLBACK = Gauge(
    "photochrom_cpu_fallback",
    "1 if this worker computes on its CPU although it should use this GPU, else 0.",
    ["device"],
)
LEASES_LOST = Counter("photochrom_leases_lost", "Leases that this worker lost while it worked.", ["role"])
SERVER_RETRIES = Counter(
    "photochrom_server_retries", "Calls that were repeated because a server was unavailable or refused them.", ["code"]
)


def begin_series(role: str) -> None:
    """Show counters as 0 from the start. A series that begins with its first event shows no increase then."""
    for code in OUR_CODES:
        ITEMS.labels(role, "failed", code)
    ITEMS.labels(role, "succeeded", "")
    PICTURE_MEGAPIXELS.labels(role)
    RESULT_BYTES.labels(role)
    for code in SERVER_CODES:
        SERVER_RETRIES.labels(code)
    LEASES_LOST.labels(role)
