"""The colorings that a job asks for, as a colorizer and a result's metadata have them."""

from shared.jobs.options import Options
from worker.chunk.hints import written_out
from worker.colorizer import Draw


def draws_of(options: Options) -> list[Draw]:
    """One for each result of a picture, in the order of the variants."""
    return [Draw(options.seed, number) for number in range(1, options.variants + 1)]


def prompt_of(options: Options, draw: Draw) -> str:
    """What the colorizer is told, so that a result says all that it takes to make it once more: the estimate follows
    from the hints and the model, a drawn one from its numbers, too.
    """
    told = [written_out(options.hints)]
    if not draw.is_estimate:
        told += [f"seed={draw.seed}", f"variant={draw.variant}", f"vividness={options.vividness}"]
    return ";".join(filter(None, told))
