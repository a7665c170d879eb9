"""Which device is used, and how loudly a worker leaves its GPU."""

from pathlib import Path

import numpy as np
import pytest
import torch
from structlog.testing import capture_logs

from tests.fixtures.metrics import growth, reading
from tests.zoo.out_of_memory import OutOfMemory
from worker.models.devices import choose_device
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
