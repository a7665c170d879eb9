"""Which device is used, and how loudly a worker leaves its GPU."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from structlog.testing import capture_logs

from shared.metrics.worker import DEVICE_MEMORY
from tests.fixtures.metrics import growth, reading
from tests.zoo.out_of_memory import OutOfMemory
from worker.models.devices import DeviceUnavailable, check_device, choose_device
from worker.models.inference import Colorizers, InferenceRequest
from worker.models.registry import ModelRegistry


@pytest.fixture
def no_usable_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def test_a_machine_without_a_gpu_computes_on_its_cpu_without_a_word(tmp_path: Path, no_usable_gpu: None) -> None:
    with capture_logs() as logs:
        assert choose_device("auto", driver=tmp_path / "none") == "cpu"

    assert logs == []


def test_a_gpu_that_torch_cannot_use_is_a_loud_fallback(tmp_path: Path, no_usable_gpu: None) -> None:
    (tmp_path / "nvidiactl").touch()

    with capture_logs() as logs:
        assert choose_device("auto", driver=tmp_path / "nvidiactl") == "cpu"

    (line,) = logs
    assert (line["event"], line["log_level"], line["device"]) == ("device.fell_back_to_cpu", "warning", "cuda")
    assert reading("photochrom_cpu_fallback", device="cuda") == 1


def test_a_gpu_without_memory_for_one_picture_is_left_loudly(tmp_path: Path) -> None:
    (tmp_path / "base.safetensors").touch()
    colorizers = Colorizers(ModelRegistry(tmp_path), OutOfMemory, "cuda", minibatch=4)
    out_of_memory = growth("photochrom_device_out_of_memory_total", device="cuda")
    assert reading("photochrom_cpu_fallback", device="cuda") == 0

    with capture_logs() as logs:
        colorizers.infer(InferenceRequest("base"), [np.zeros((32, 64), np.uint8)])

    (fallback,) = [line for line in logs if line["event"] == "device.fell_back_to_cpu"]
    assert fallback["log_level"] == "warning"
    assert reading("photochrom_cpu_fallback", device="cuda") == 1
    assert out_of_memory() == 3


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """A GPU as torch reports it; without `free` it does not answer."""
    memory = {"allocated": 3, "reserved": 5, "free": 7, "total": 11}

    def free_and_total(_device: str) -> tuple[int, int]:
        if "free" not in memory:
            raise RuntimeError("CUDA error: device lost")
        return memory["free"], memory["total"]

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _device: memory["allocated"])
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _device: memory["reserved"])
    monkeypatch.setattr(torch.cuda, "mem_get_info", free_and_total)
    yield memory
    DEVICE_MEMORY.clear()


def shown() -> dict[str, float]:
    kinds = ("allocated", "reserved", "free", "total")
    return {kind: reading("photochrom_device_memory_bytes", device="cuda", kind=kind) for kind in kinds}


def test_the_memory_of_a_gpu_is_shown_as_it_is_when_metrics_are_read(gpu: dict[str, int]) -> None:
    assert choose_device("auto") == "cuda"
    assert shown() == {"allocated": 3, "reserved": 5, "free": 7, "total": 11}

    gpu["allocated"] = 4

    assert shown()["allocated"] == 4
    assert reading("photochrom_cpu_fallback", device="cuda") == 0


def test_a_gpu_that_does_not_answer_hides_no_other_metric(gpu: dict[str, int]) -> None:
    choose_device("cuda")
    del gpu["free"]

    assert math.isnan(shown()["total"])
    assert shown()["reserved"] == 5


@pytest.mark.parametrize(("setting", "gpus"), [("cuda", 0), ("cuda:0", 0), ("cuda:1", 1)])
def test_a_gpu_that_does_not_exist_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, setting: str, gpus: int
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)

    with pytest.raises(DeviceUnavailable, match=rf"no device '{setting}': torch can use {gpus} GPUs"):
        check_device(setting)


@pytest.mark.parametrize(("setting", "gpus"), [("auto", 0), ("cpu", 0), ("cuda", 1), ("cuda:1", 2)])
def test_devices_that_exist_are_accepted(monkeypatch: pytest.MonkeyPatch, setting: str, gpus: int) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)

    check_device(setting)
