"""The model card of a published checkpoint, made of what the checkpoint says of itself.

The front matter is what the Hub reads (licence, tags, results); after Mitchell et al., "Model Cards for Model
Reporting" (2019), the text says what it does, what it was made of and what it scores. What cannot be computed (what
to expect of it, by eye) comes as prose.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from training.scores.scoring import format_table
from worker.colorizer.checkpoint import Checkpoint

# As the Hub spells the licences we know how to spell for it; any other is `other`, under its own name.
_LICENSES = {"Apache-2.0": "apache-2.0", "MIT": "mit", "CC-BY-4.0": "cc-by-4.0", "CC-BY-SA-4.0": "cc-by-sa-4.0"}
_NOT_RESULTS = ("gray", "truth")

Metrics = Mapping[str, Any]


def model_card(checkpoint: Checkpoint, repository: str, prose: str) -> str:
    """The whole README.md; `repository` is OWNER/NAME."""
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
        "`model.safetensors` (weights in half precision) and `model.json` (what explains them) belong together; the "
        "loader checks the SHA-256 and never unpickles. To serve them, put both into Photochrom's folder of models, "
        f"under a name of your own:\n\n```\npython -m training release {weights} --name NAME\n```\n\n"
        f"Or have the workers fetch the weights: `model.json` as `models/{name}.json` is the card, `{weights}` the "
        f"weights. It has to be called so, because `name` in it says {name}; for another name, change both. To go on "
        f"training:\n\n```\npython -m training train --init {weights} --recipe finetune --data FOLDER "
        "--run-folder runs/ours\n```"
    )


def _facts(checkpoint: Checkpoint) -> str:
    info, told = checkpoint.info, checkpoint.info.training
    parameters = sum(parameter.numel() for parameter in checkpoint.generator.parameters())
    recipe = told.get("recipe", {})
    rows = {
        "what it does": "lightness of a photograph to chroma (a and b of CIE Lab), at a quarter of the input's side",
        "network": f"{info.generator.encoder} encoder, U-Net decoder, {info.generator.attention_blocks} attention "
        f"blocks, {parameters / 1e6:.1f} million parameters",
        "input": f"sides that are multiples of 32, an area of about {info.input_size} × {info.input_size}",
        "hints": "taken" if info.generator.hints else "not taken",
        "finetuned from": told.get("init"),
        "photographs": told.get("photographs"),
        "recipe": recipe.get("name"),
        "code": told.get("revision"),
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
            "By `python -m training evaluate` against the originals; `gray` is no color at all, `truth` the true "
            "chroma at the network's resolution. Fréchet distances compare within a table only."
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
    """Those of `training evaluate`; what validation scored while training is no result."""
    return ((name, scored) for name, scored in metrics.items() if isinstance(scored, Mapping) and "rows" in scored)
