"""A finished checkpoint in other forms: an ONNX graph, a model card. It trains nothing and scores nothing."""
