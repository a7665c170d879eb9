"""Uses the tiny encoder: the exporter takes seconds per dozen layers, and published encoders have fifty."""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from tests.training import tiny_encoder
from training.commands import export
from training.publishing import onnx_graph
from training.publishing.onnx_graph import Calibrated, OnnxColorizer
from worker.colorizer import Colorizer, network
from worker.colorizer.bins import annealed_mean
from worker.colorizer.calibration import Calibration
from worker.colorizer.checkpoint import CheckpointInfo, load_checkpoint, save_checkpoint
from worker.colorizer.hints import Hint, hint_map
from worker.colorizer.network import Generator, GeneratorConfig

# Tracing shapes takes nine seconds of CPU time, which is minutes on a busy machine.
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    torch.manual_seed(0)
    config = GeneratorConfig(decoder_channels=(32, 16, 16, 16), attention_blocks=1, hints=True, encoder="tiny")
    calibration = Calibration(temperature=0.3, share=0.6, gain=1.4, least_share=0.2)
    info = CheckpointInfo("tiny", config, input_size=64, calibration=calibration, notice="Of a test.")
    generator = Generator(config)
    for parameter in generator.decoder.hints.to_decoder.parameters():
        nn.init.normal_(parameter, std=0.5)
    return save_checkpoint(tmp_path_factory.mktemp("tiny"), info, generator)


@pytest.fixture(scope="module")
def graph(path, request, tmp_path_factory):
    """Exporting takes ten seconds of CPU time. pytest's cache keeps the graph until its weights, the code behind it or
    a library changes.
    """
    checkpoint, cache = load_checkpoint(path), getattr(request.config, "cache", None)
    folder = cache.mkdir("onnx") if cache else tmp_path_factory.mktemp("onnx")
    kept = folder / f"{_version_of(checkpoint)}.onnx"
    if not kept.exists():
        for outdated in folder.iterdir():
            outdated.unlink()
        exported = onnx_graph.onnx_graph(checkpoint)
        onnx.save(exported, kept.with_suffix(".part"))
        kept.with_suffix(".part").rename(kept)
    return onnx.load(kept)


def _version_of(checkpoint):
    """Changes with all that an exported graph depends on."""
    libraries = [f"{name} {version(name)}" for name in ("torch", "onnx", "onnxscript")]
    sources = [
        *sorted(Path(network.__file__).parent.glob("*.py")),
        Path(onnx_graph.__file__),
        Path(tiny_encoder.__file__),
    ]
    parts = [checkpoint.sha256, *libraries, *(source.read_text() for source in sources)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _lightness(count, height, width):
    return np.random.default_rng(1).uniform(0, 100, (count, 1, height, width)).astype(np.float32)


@pytest.mark.parametrize("vividness", [0.0, 0.4, 1.0, 1.5])
def test_vividness_as_a_tensor_gives_the_colorizers_result(path, vividness):
    checkpoint, lightness = load_checkpoint(path), _lightness(2, 64, 96)
    model = Calibrated(checkpoint.generator, checkpoint.info.calibration)

    with torch.inference_mode():
        ab = model(torch.from_numpy(lightness), torch.tensor(vividness)).numpy()

    expected = Colorizer.load(path).chroma(lightness, vividness=vividness)
    np.testing.assert_allclose(ab, expected, atol=1e-3)
    assert np.abs(expected).max() > 0.1


@pytest.mark.parametrize("shape", [(1, 64, 64), (3, 32, 160)])
def test_the_graph_agrees_with_torch_at_other_sizes(path, graph, shape):
    lightness = _lightness(*shape)

    ab = OnnxColorizer(graph).chroma(lightness, vividness=0.7)

    np.testing.assert_allclose(ab, Colorizer.load(path).chroma(lightness, vividness=0.7), atol=export.TOLERANCE)


def test_the_graphs_hints_are_the_colors_of_the_result(path, graph):
    """As in the colorizer: the generator gets the hints divided by the gain."""
    checkpoint, lightness = load_checkpoint(path), _lightness(1, 64, 64)
    hints, scaled = (hint_map([Hint(0.5, 0.5, 40 / gain, -20 / gain)], 16, 16)[None] for gain in (1, 1.4))
    with torch.inference_mode():
        logits, cautious = checkpoint.generator(torch.from_numpy(lightness), torch.from_numpy(scaled))
        vivid = annealed_mean(logits, checkpoint.generator.bins, 0.3)
    expected = (1.4 * torch.lerp(cautious, vivid, 0.6)).numpy()

    hinted, plain = (OnnxColorizer(graph).chroma(lightness, hints=given) for given in (hints, None))

    np.testing.assert_allclose(hinted, expected, atol=export.TOLERANCE)
    assert np.abs(hinted - plain).max() > 0.1


def test_the_graph_has_metadata(path, graph):
    metadata = {entry.key: entry.value for entry in graph.metadata_props}

    assert metadata["checkpoint_sha256"] == load_checkpoint(path).sha256
    assert metadata["license"] == "Apache-2.0"
    assert metadata["notice"] == "Of a test."


def test_the_quantized_graph_gives_nearly_the_same_colors(graph, monkeypatch):
    monkeypatch.setattr(onnx_graph, "_FLOAT_CONVOLUTIONS", 2)
    lightness = _lightness(1, 64, 64)

    smaller = onnx_graph.quantized(graph, [lightness, 100 - lightness])

    ab, exact = OnnxColorizer(smaller).chroma(lightness), OnnxColorizer(graph).chroma(lightness)
    assert 0 < np.abs(ab - exact).mean() < 0.2 * np.abs(exact).mean()
    kinds = {tensor.data_type for tensor in smaller.graph.initializer if len(tensor.dims) == 4}
    assert onnx.TensorProto.INT8 in kinds


@pytest.fixture
def options(path, folder, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("".join(f"{number:02d}.png\n" for number in range(6)))
    paths = ["--data", str(folder), "--names", str(names), "--to", str(tmp_path / "onnx")]
    return [str(path), *paths, "--every", "1"]


def test_the_command_writes_both_graphs_and_their_costs(options, graph, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(export, "onnx_graph", lambda checkpoint: graph)

    assert export.main([*options, "--ranges", "4"]) == 0

    document = json.loads((tmp_path / "onnx" / "tiny.onnx.json").read_text())
    assert document["pictures"] == 2
    assert document["difference"] <= document["tolerance"]
    assert list(document["costs"]) == ["torch", "float32", "int8"]
    for name in ("float32", "int8"):
        size = (tmp_path / "onnx" / f"tiny.{name}.onnx").stat().st_size
        assert document["costs"][name]["MiB"] == pytest.approx(size / 2**20, abs=0.01)
    rows = document["rows"]
    assert rows["float32, vividness 1"]["psnr"] == pytest.approx(rows["torch, vividness 1"]["psnr"], abs=0.01)
    assert "| int8, vividness 0 |" in capsys.readouterr().out


def test_a_graph_that_disagrees_is_not_written(options, graph, tmp_path, monkeypatch, capsys):
    other = onnx.ModelProto()
    other.CopyFrom(graph)
    bias = next(tensor for tensor in other.graph.initializer if tensor.name.endswith("ab_head.bias"))
    bias.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(bias) + np.float32(0.01), bias.name))
    monkeypatch.setattr(export, "onnx_graph", lambda checkpoint: other)

    assert export.main([*options, "--ranges", "4"]) == 1

    assert "differs from torch" in capsys.readouterr().err
    assert not list((tmp_path / "onnx").iterdir())


def test_too_few_photographs_are_refused(options, capsys):
    assert export.main([*options, "--ranges", "6"]) == 2

    assert "--ranges 6 leaves none of the photographs" in capsys.readouterr().err
