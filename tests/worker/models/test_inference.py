"""Colorizers by name, and minibatches through them: out of memory on the device, and no influence of neighbors."""

from pathlib import Path

import numpy as np
import pytest

from tests.zoo.out_of_memory import OutOfMemory
from tests.zoo.out_of_memory_once import OutOfMemoryOnce
from tests.zoo.stub import Stub
from worker.colorizer import Draw, Hint
from worker.models.inference import MINIBATCH_ON_CPU, Colorizers, InferenceRequest, load_by_reference
from worker.models.registry import ModelRegistry, ModelUnavailable


@pytest.fixture
def models(tmp_path: Path) -> ModelRegistry:
    (tmp_path / "base.safetensors").touch()
    return ModelRegistry(tmp_path)


def planes(count: int) -> list[np.ndarray]:
    return [np.full((32, 64), 20 * number, np.uint8) for number in range(count)]


def test_a_colorizer_is_found_by_module_and_attribute() -> None:
    assert load_by_reference("tests.zoo.stub:load") is Stub


def test_the_shipped_colorizer_can_be_loaded_by_its_reference() -> None:
    load = load_by_reference("worker.colorizer:Colorizer.load")

    colorizers = Colorizers(ModelRegistry(Path("models")), load, "cpu")

    (chroma,) = colorizers.infer(InferenceRequest("base"), planes(1))
    assert chroma.shape == (2, 8, 16)


def test_each_plane_gets_its_own_chroma_whatever_the_minibatch(models: ModelRegistry) -> None:
    together = Colorizers(models, Stub, "cpu", minibatch=3).infer(InferenceRequest("base"), planes(7))
    alone = Colorizers(models, Stub, "cpu", minibatch=1).infer(InferenceRequest("base"), planes(7))

    np.testing.assert_array_equal(together, alone)
    assert len({chroma.tobytes() for chroma in together}) == 7


def test_a_colorizer_is_loaded_once(models: ModelRegistry) -> None:
    colorizers = Colorizers(models, Stub, "cpu")

    assert colorizers.get("base") is colorizers.get("base")


@pytest.mark.parametrize("name", ["other", ""])
def test_an_unknown_model_is_named_in_the_error(models: ModelRegistry, name: str) -> None:
    with pytest.raises(ModelUnavailable, match=repr(name)):
        Colorizers(models, Stub, "cpu").get(name)


@pytest.mark.parametrize(("device", "sizes"), [("cpu", [3, 1]), ("cuda", [3, 3])])
def test_minibatches_are_padded_on_a_gpu_only(models: ModelRegistry, device: str, sizes: list[int]) -> None:
    colorizers = Colorizers(models, Stub, device, minibatch=3)

    assert len(colorizers.infer(InferenceRequest("base"), planes(4))) == 4

    assert colorizers.get("base").minibatches == sizes  # type: ignore[attr-defined]


def test_a_device_out_of_memory_halves_the_minibatch(models: ModelRegistry) -> None:
    colorizers = Colorizers(models, OutOfMemoryOnce, "cuda", minibatch=4)

    assert len(colorizers.infer(InferenceRequest("base"), planes(4))) == 4

    assert (colorizers.device, colorizers.minibatch) == ("cuda", 2)


def test_a_device_without_memory_for_one_picture_is_replaced_by_the_cpu(models: ModelRegistry) -> None:
    colorizers = Colorizers(models, OutOfMemory, "cuda", minibatch=4)

    chroma = colorizers.infer(InferenceRequest("base"), planes(5))

    assert (colorizers.device, colorizers.minibatch) == ("cpu", MINIBATCH_ON_CPU)
    np.testing.assert_array_equal(chroma, Colorizers(models, Stub, "cpu").infer(InferenceRequest("base"), planes(5)))


def test_a_picture_too_large_for_the_cpu_raises(models: ModelRegistry) -> None:
    colorizers = Colorizers(models, lambda path, _: OutOfMemory(path, "full"), "cpu", minibatch=4)

    with pytest.raises(MemoryError):
        colorizers.infer(InferenceRequest("base"), planes(1))


def test_hints_reach_every_picture_of_a_minibatch_and_its_padding() -> None:
    received: list[object] = []

    class Recording(Stub):
        def chroma(self, lightness, *, hints=None, **other):  # type: ignore[no-untyped-def]
            received.append(hints)
            return super().chroma(lightness, **other)

    colorizers = Colorizers(ModelRegistry(Path("models")), Recording, "cuda", minibatch=3)
    hint = Hint(0.5, 0.5, 10.0, -10.0)

    colorizers.infer(InferenceRequest("base", hints=(hint,)), planes(4))
    colorizers.infer(InferenceRequest("base"), planes(1))

    assert received == [[[hint]] * 3, [[hint]] * 3, None]


def test_each_draw_reaches_the_colorizer_and_the_default_is_the_estimate(models: ModelRegistry) -> None:
    colorizers = Colorizers(models, Stub, "cpu", minibatch=2)

    (plain,), (estimate,), (second,), (seeded,) = (
        colorizers.infer(InferenceRequest("base", **draw), planes(1))
        for draw in ({}, {"draw": Draw(0, 1)}, {"draw": Draw(0, 2)}, {"draw": Draw(7, 1)})
    )

    np.testing.assert_array_equal(plain, estimate)
    assert len({chroma.tobytes() for chroma in (estimate, second, seeded)}) == 3
