"""The device that this process computes on: which one, the memory in use, and whether it had to be left."""

import math
from collections.abc import Callable
from pathlib import Path

import structlog
import torch

from shared.errors import PhotochromError
from shared.metrics.worker import CPU_FALLBACK, DEVICE_MEMORY, OUT_OF_MEMORY

log = structlog.get_logger()

CPU = "cpu"
GPU = "cuda"
# Exists where an NVIDIA driver is loaded, whether or not torch can use it.
DRIVER = Path("/dev/nvidiactl")


class DeviceUnavailable(PhotochromError):
    """The device that the settings name does not exist, or torch cannot use it."""

    code = "device_unavailable"


def check_device(setting: str) -> None:
    """Raises DeviceUnavailable: a worker that was given a GPU must not start without it."""
    number = setting.partition(":")[2]
    gpus = torch.cuda.device_count()
    if is_gpu(setting) and gpus <= (int(number) if number.isdecimal() else 0):
        raise DeviceUnavailable(
            f"There is no device {setting!r}: torch can use {gpus} GPUs. Check the driver and the build of torch, or "
            "set PHOTOCHROM_WORKER__DEVICE to `auto` or `cpu`."
        )


def choose_device(setting: str, driver: Path = DRIVER) -> str:
    """The device that a setting stands for; `auto` is a GPU if there is a usable one. Shows its memory."""
    device = setting
    if setting == "auto":
        device = GPU if torch.cuda.is_available() else CPU
        if device == CPU and driver.exists():
            note_fallback(GPU, "There is a GPU, but torch cannot use it: check its driver and the build of torch.")
    if is_gpu(device):
        CPU_FALLBACK.labels(device).set(0)
        OUT_OF_MEMORY.labels(device)  # As 0, see `begin_series`.
        show_memory(device)
    return device


def is_gpu(device: str) -> bool:
    return device.startswith(GPU)


def note_fallback(device: str, reason: str) -> None:
    """Loud, because the work goes on many times slower, and stays so until the worker is restarted."""
    CPU_FALLBACK.labels(device).set(1)
    log.warning("device.fell_back_to_cpu", device=device, reason=reason)


def show_memory(device: str) -> None:
    """Have the metrics show the memory of a GPU whenever they are read."""
    if not torch.cuda.is_available():
        return
    readings: dict[str, Callable[[], int]] = {
        "allocated": lambda: torch.cuda.memory_allocated(device),
        "reserved": lambda: torch.cuda.memory_reserved(device),
        "free": lambda: torch.cuda.mem_get_info(device)[0],
        "total": lambda: torch.cuda.mem_get_info(device)[1],
    }
    for kind, read in readings.items():
        DEVICE_MEMORY.labels(device, kind).set_function(_unless_lost(read))


def _unless_lost(read: Callable[[], int]) -> Callable[[], float]:
    """Not a number once the GPU does not answer any more: an error would hide all other metrics."""

    def reading() -> float:
        try:
            return float(read())
        except RuntimeError:
            return math.nan

    return reading
