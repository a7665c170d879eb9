"""What a job asks for, translated once from its options into the terms of the colorizer and of imaging.

An option is read here and nowhere else in the worker: the stages pass these values on without looking into them.
"""

from dataclasses import dataclass, replace

from shared.jobs.options import Options
from worker.chunk.hints import format_hints, lab_hints
from worker.colorizer import Draw
from worker.imaging import ComposeOptions, Provenance
from worker.models.inference import InferenceRequest


@dataclass(frozen=True)
class VariantRequest:
    """One coloring of a picture: what the colorizer predicts and how the result is written."""

    inference: InferenceRequest
    compose: ComposeOptions

    @property
    def draw(self) -> Draw:
        return self.inference.draw


def variant_requests(options: Options, provenance: Provenance) -> tuple[VariantRequest, ...]:
    """One request for each result of a picture, in the order of the variants."""
    hints, weights = lab_hints(options.hints), provenance.checkpoint_sha256
    draws = [Draw(options.seed, number) for number in range(1, options.variants + 1)]
    return tuple(
        VariantRequest(
            InferenceRequest(options.model or "", weights, vividness=options.vividness, hints=hints, draw=draw),
            ComposeOptions(
                replace(provenance, prompt=prompt_for(options, draw)),
                options.format.value,
                options.quality,
                preview=draw.variant == 1,
            ),
        )
        for draw in draws
    )


def prompt_for(options: Options, draw: Draw) -> str:
    """The prompt recorded in a result's metadata: all that it takes to make the result again.

    The estimate follows from the model and the hints; a drawn coloring also needs the numbers that it was drawn with.
    """
    parts = [format_hints(options.hints)]
    if not draw.is_estimate:
        parts += [f"seed={draw.seed}", f"variant={draw.variant}", f"vividness={options.vividness}"]
    return ";".join(filter(None, parts))
