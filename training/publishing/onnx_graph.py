"""A checkpoint as an ONNX graph, from lightness to calibrated chroma, in float32 or quantized to int8.

Vividness and calibration are part of the graph, so that running it takes no code of this repository. Its metadata has
name, SHA-256 of the weights, licence, notice and input size.
"""

import warnings
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from torch import Tensor, nn
from torch.export import Dim

from worker.colorizer.calibration import Calibration, calibrated_mix
from worker.colorizer.checkpoint import Checkpoint
from worker.colorizer.hints import HINT_CHANNELS
from worker.colorizer.network import OUTPUT_STRIDE, STRIDE, Generator

OPSET = 20
_MAX_MINIBATCH = 64
_MAX_STEPS = 256  # Sides are at most this many times the stride.

# Clip is among them, so that the scale follows the range after clipping, not the one before.
_QUANTIZED_OPERATORS = ("Conv", "Gemm", "MatMul", "Add", "Concat", "Clip", "Relu")
# The first convolutions stay in float32: they have few weights, and their rounding errors affect all others.
_FLOAT_CONVOLUTIONS = 18

Float = NDArray[np.float32]
Inputs = dict[str, Float]


class Calibrated(nn.Module):
    """`Colorizer.chroma` as a module, with vividness as a tensor and a single pass for hints.

    The colorizer compares its result with each hint and runs further passes; users of the graph can do the same.
    """

    def __init__(self, generator: Generator, calibration: Calibration) -> None:
        super().__init__()
        self.generator = generator
        self._calibration = calibration

    def forward(self, lightness: Tensor, vividness: Tensor, hints: Tensor | None = None) -> Tensor:
        """[N, 1, H, W] in 0..100, a number in 0..1.5, [N, 3, H/4, W/4] (`hints.hint_map`) to [N, 2, H/4, W/4] ab.

        The colors of hints are those of the result at this vividness.
        """
        calibration = self._calibration
        gain, share = calibration.gain_at(vividness), calibration.share_at(vividness)
        scaled = hints if hints is None else torch.cat([hints[:, :1], hints[:, 1:] / gain], dim=1)
        logits, cautious = self.generator(lightness, scaled)
        bins, temperature = self.generator.bins, calibration.temperature
        return calibrated_mix(logits, cautious, bins, temperature=temperature, share=share, gain=gain)


def onnx_graph(checkpoint: Checkpoint) -> onnx.ModelProto:
    """The graph in float32, for any minibatch and any sides that are multiples of the stride.

    Its inputs are `lightness`, `vividness` and, if the generator takes them, `hints`; its output is `ab`.
    """
    generator, info = checkpoint.generator, checkpoint.info
    model = Calibrated(generator, info.calibration).eval()
    height, width, minibatch = Dim("h", max=_MAX_STEPS), Dim("w", max=_MAX_STEPS), Dim("n", max=_MAX_MINIBATCH)
    cells = STRIDE // OUTPUT_STRIDE
    shapes: list[dict[int, Any]] = [{0: minibatch, 2: STRIDE * height, 3: STRIDE * width}, {}]
    example = example_inputs(generator, 2, 2 * STRIDE, 3 * STRIDE)
    if generator.config.hints:
        shapes.append({0: minibatch, 2: cells * height, 3: cells * width})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # The exporter's deprecations and names of dimensions do not concern users.
        program = torch.onnx.export(
            model,
            tuple(torch.from_numpy(value) for value in example.values()),
            input_names=list(example),
            output_names=["ab"],
            dynamic_shapes=tuple(shapes),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    graph: onnx.ModelProto = program.model_proto
    metadata = {
        "name": info.name,
        "checkpoint_sha256": checkpoint.sha256,
        "license": info.license,
        "notice": info.notice,
        "input_size": str(info.input_size),
    }
    onnx.helper.set_model_props(graph, metadata)
    return graph


def example_inputs(generator: Generator, minibatch: int, height: int, width: int) -> Inputs:
    """Inputs of that size: mid-gray, vividness 1, no hints."""
    inputs = {
        "lightness": np.full((minibatch, 1, height, width), 50, dtype=np.float32),
        "vividness": np.array(1, dtype=np.float32),
    }
    if generator.config.hints:
        cells = (height // OUTPUT_STRIDE, width // OUTPUT_STRIDE)
        inputs["hints"] = np.zeros((minibatch, HINT_CHANNELS, *cells), dtype=np.float32)
    return inputs


def quantized(graph: onnx.ModelProto, lightness: Iterable[Float]) -> onnx.ModelProto:
    """The graph with weights and activations in int8, their ranges calibrated on [1, 1, H, W] photographs.

    Post-training quantization after Jacob et al., "Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference" (2018), with a scale for each filter and one for each map.
    """
    with TemporaryDirectory() as folder:
        source, result = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        onnx.save(graph, source)
        quantize_static(
            source,
            result,
            _Photographs(graph, lightness),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(_QUANTIZED_OPERATORS),
            nodes_to_exclude=_kept_in_float(graph),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        smaller: onnx.ModelProto = onnx.load(result)
    return smaller


class OnnxColorizer:
    """An ONNX graph with the colorizer's interface, on one thread of the CPU."""

    def __init__(self, graph: onnx.ModelProto) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        content = graph.SerializeToString()
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._takes_hints = any(node.name == "hints" for node in self._session.get_inputs())

    def chroma(self, lightness: Float, *, vividness: float = 1.0, hints: Float | None = None) -> Float:
        """As `Colorizer.chroma`, for one picture or several."""
        inputs = {"lightness": lightness, "vividness": np.array(vividness, dtype=np.float32)}
        if self._takes_hints:
            inputs["hints"] = _no_hints(lightness) if hints is None else hints
        (ab,) = self._session.run(None, inputs)
        return np.asarray(ab, dtype=np.float32)


class _Photographs(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, graph: onnx.ModelProto, lightness: Iterable[Float]) -> None:
        self._lightness = iter(lightness)
        self._names = {node.name for node in graph.graph.input}

    def get_next(self) -> Inputs | None:
        lightness = next(self._lightness, None)
        if lightness is None:
            return None
        inputs = {"lightness": lightness, "vividness": np.array(1, dtype=np.float32), "hints": _no_hints(lightness)}
        return {name: value for name, value in inputs.items() if name in self._names}


def _no_hints(lightness: Float) -> Float:
    height, width = (side // OUTPUT_STRIDE for side in lightness.shape[2:])
    return np.zeros((len(lightness), HINT_CHANNELS, height, width), dtype=np.float32)


def _kept_in_float(graph: onnx.ModelProto) -> list[str]:
    """The first convolutions, and products of activations, which belong to attention."""
    weights = {tensor.name for tensor in graph.graph.initializer}
    nodes = graph.graph.node
    convolutions = [node.name for node in nodes if node.op_type == "Conv"]
    products = [node.name for node in nodes if node.op_type == "MatMul" and node.input[1] not in weights]
    return [*convolutions[:_FLOAT_CONVOLUTIONS], *products]
