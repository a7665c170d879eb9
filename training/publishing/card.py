"""The model card of a published checkpoint, generated from the checkpoint's own description.

The front matter is for the Hub (licence, tags, results). The text follows Mitchell et al., "Model Cards for Model
Reporting" (2019): what the model does, what it was trained on, and its scores. What cannot be generated (what to expect
by eye) is appended as prose.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from training.scores.scoring import format_table
from worker.colorizer.checkpoint import Checkpoint

# The Hub's identifiers of licences. Any other licence is `other`, with its own name.
_LICENSES = {"Apache-2.0": "apache-2.0", "MIT": "mit", "CC-BY-4.0": "cc-by-4.0", "CC-BY-SA-4.0": "cc-by-sa-4.0"}
_NOT_RESULTS = ("gray", "truth")

Metrics = Mapping[str, Any]


def model_card(checkpoint: Checkpoint, repository: str, prose: str) -> str:
    """The complete README.md; `repository` is OWNER/NAME."""
    info = checkpoint.info
    known = _LICENSES.get(info.license)
    results = list(_results(info.metrics))
    data = ModelCardData(
        license=known or "other",
        license_name=None if known else info.license,
        library_name="photochrom",
        pipeline_tag="image-to-image",
        tags=["image-colorization", "self-supervised", "safetensors"],
        model_name=info.name if results else None,
        eval_results=results or None,
    )
    parts = [
        f"---\n{data.to_yaml()}\n---",
        f"# {info.name}: a colorizer of black-and-white photographs",
        info.description,
        _facts(checkpoint),
        _use(f"hf://{repository}/model.safetensors", info.name),
        *_scores(info.metrics),
        prose.strip(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _use(weights: str, name: str) -> str:
    return (
        "`model.safetensors` (weights in half precision) and `model.json` (their description) belong together; the "
        "loader checks the SHA-256 and never unpickles. To serve the model, copy both into Photochrom's models folder "
        f"under a name of your choice:\n\n```\npython -m training release {weights} --name NAME\n```\n\n"
        f"Or let the workers download the weights: save `model.json` as `models/{name}.json`, with `{weights}` as the "
        f"weights. The file has to have this name, because its `name` is {name}; for another name, change both. To "
        f"finetune the model:\n\n```\npython -m training finetune --init {weights} --data FOLDER "
        "--run-folder runs/ours\n```"
    )


def _facts(checkpoint: Checkpoint) -> str:
    info, training = checkpoint.info, checkpoint.info.training
    parameters = sum(parameter.numel() for parameter in checkpoint.generator.parameters())
    recipe = training.get("recipe", {})
    rows = {
        "task": "predicts chroma (a and b of CIE Lab) from lightness, at a quarter of the input's resolution",
        "network": f"{info.generator.encoder} encoder, U-Net decoder, {info.generator.attention_blocks} attention "
        f"blocks, {parameters / 1e6:.1f} million parameters",
        "input": f"sides that are multiples of 32, an area of about {info.input_size} × {info.input_size}",
        "hints": "supported" if info.generator.hints else "not supported",
        "finetuned from": training.get("init"),
        "photographs": training.get("photographs"),
        "recipe": recipe.get("name"),
        "code": training.get("revision"),
        "licence": info.license,
        "notice": info.notice,
        "SHA-256": f"`{checkpoint.sha256}`",
    }
    lines = [f"| {key} | {value} |" for key, value in rows.items() if value not in (None, "")]
    return "\n".join(["| | |", "|---|---|", *lines])


def _scores(metrics: Metrics) -> Iterator[str]:
    sets = list(_sets(metrics))
    if sets:
        yield "## Scores"
        yield (
            "By `python -m training evaluate` against the originals; `gray` has no color, `truth` has the true chroma "
            "at the network's resolution. Fréchet distances are comparable within a table only."
        )
    for name, scored in sets:
        size = scored["size"] if scored["size"] == "full" else f"{scored['size']} × {scored['size']}"
        yield f"{name}, at {size}:\n\n{format_table(scored['rows'], scored['pictures'])}"


def _results(metrics: Metrics) -> Iterator[EvalResult]:
    for name, scored in _sets(metrics):
        for row, scores in scored["rows"].items():
            for metric, value in scores.items() if row not in _NOT_RESULTS else ():
                yield EvalResult(
                    task_type="image-to-image",
                    task_name="colorization",
                    dataset_type=name,
                    dataset_name=f"{name} ({scored['pictures']} photographs)",
                    metric_type=metric,
                    metric_name=f"{metric}, {row}",
                    metric_value=value,
                )


def _sets(metrics: Metrics) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The results of `training evaluate`; validation scores from training are left out."""
    return ((name, scored) for name, scored in metrics.items() if isinstance(scored, Mapping) and "rows" in scored)
