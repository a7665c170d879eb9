"""Measure what each part of the method contributes, with rows trained equally long from the same recipe.

Rows from `l1` to `adversarial`, which is the complete recipe, add a part each; `no-attention` and `from-scratch` leave
one part out of the complete recipe. Each row is a run of `train` in its own folder, with its recipe beside it, so that
it can be repeated alone; finished rows are not trained again. Scores are those of the last validation, not of the best.
The table is Markdown, for LOG.md.
"""

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from training.commands.options import positive
from training.commands.train import main as train
from training.recipes.recipe import Budget, Recipe, read_recipe
from training.recipes.tables import completed
from worker.colorizer.calibration import Calibration
from worker.colorizer.network import GeneratorConfig

COLUMNS = (
    "cautious psnr",
    "cautious ciede2000",
    "cautious lpips",
    "cautious colorfulness",
    "vivid psnr",
    "vivid lpips",
    "vivid colorfulness",
    "vivid frechet",
)

_L1_ONLY = {"bins": 0.0}
_NO_PERCEPTUAL = {"cautious_perceptual": 0.0, "vivid_perceptual": 0.0}
_NO_ADVERSARY = {"adversarial": 0.0, "feature_adversarial": 0.0}
_NEVER = 10**9


@dataclass(frozen=True)
class Row:
    """How a row's recipe is derived from the complete one, and whether it starts from the backbone."""

    name: str
    derive: Callable[[Recipe], Recipe]
    pretrained: bool = True


def _without(**parts: float) -> Callable[[Recipe], Recipe]:
    def derive(recipe: Recipe) -> Recipe:
        stages = (replace(stage, weights=replace(stage.weights, **parts)) for stage in recipe.stages)
        return replace(recipe, stages=tuple(stages))

    return derive


def _l1_only(recipe: Recipe) -> Recipe:
    """L1 alone. The vivid head is not trained, so vividness 1 is the cautious head alone."""
    derived = _without(**_L1_ONLY, **_NO_PERCEPTUAL, **_NO_ADVERSARY)(recipe)
    return replace(derived, calibration=Calibration(share=0.0, gain=1.0, least_share=0.0))


def _no_attention(recipe: Recipe) -> Recipe:
    return replace(recipe, generator=replace(recipe.generator or GeneratorConfig(), attention_blocks=0))


def _whole(recipe: Recipe) -> Recipe:
    return recipe


ROWS = (
    Row("l1", _l1_only),
    Row("classification", _without(**_NO_PERCEPTUAL, **_NO_ADVERSARY)),
    Row("perceptual", _without(**_NO_ADVERSARY)),
    Row("adversarial", _whole),
    Row("no-attention", _no_attention),
    Row("from-scratch", _whole, pretrained=False),
)


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    rows = [row for row in ROWS if not options.rows or row.name in options.rows]
    try:
        recipes = {row.name: recipe_of(row, read_recipe(options.recipe), options.steps) for row in rows}
        options.run_folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        print(f"ablation: {error}", file=sys.stderr)
        return 2
    for row in rows:
        recipe_path = options.run_folder / f"{row.name}.json"
        if _is_finished(options.run_folder / row.name, recipes[row.name]):
            continue
        recipe_path.write_text(json.dumps(dataclasses.asdict(recipes[row.name]), indent=2) + "\n")
        if code := train(list(_arguments(options, row, recipe_path))):
            return code
    table = format_table(options.run_folder, rows)
    (options.run_folder / "table.md").write_text(table + "\n")
    print("\n" + table)
    return 0


def recipe_of(row: Row, recipe: Recipe, steps: int | None) -> Recipe:
    """The row's recipe, in steps and without early stopping. Raises ValueError if the recipe's budget is in minutes."""
    if steps is not None:
        recipe = replace(recipe, stages=tuple(replace(stage, budget=Budget(steps=steps)) for stage in recipe.stages))
    if any(stage.budget.steps is None for stage in recipe.stages):
        raise ValueError("rows need budgets in steps to be equally long: set them in the recipe, or give --steps")
    derived = row.derive(replace(recipe, patience=_NEVER)).resolved(GeneratorConfig(), Calibration())
    return replace(derived, name=row.name)


def format_table(folder: Path, rows: list[Row]) -> str:
    """The final scores of each row below those of gray, as Markdown; an em dash stands for a missing score."""
    gray = {f"cautious {key}": value for key, value in _event(folder / rows[0].name, "gray").items()}
    lines = [
        ["", "steps", "minutes", *COLUMNS],
        ["---"] * (3 + len(COLUMNS)),
        ["gray", "", "", *(_shown(gray, column) for column in COLUMNS)],
    ]
    for row in rows:
        run = folder / row.name
        steps = _event(run, "end")["steps"]
        scores = _event(run, "validation")
        lines.append([row.name, str(steps), f"{_minutes(run):.1f}", *(_shown(scores, column) for column in COLUMNS)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _arguments(options: argparse.Namespace, row: Row, recipe: Path) -> Iterator[str]:
    yield from ("--recipe", str(recipe), "--run-folder", str(options.run_folder / row.name))
    yield from ("--data", str(options.data), "--threads", str(options.threads))
    given = {"--backbone": options.backbone if row.pretrained else None}
    given |= {"--lpips": options.lpips, "--frechet": options.frechet, "--limit": options.limit}
    given |= {"--held-out": options.held_out, "--validation": options.validation}
    for option, value in given.items():
        if value is not None:
            yield from (option, str(value))


def _is_finished(run: Path, recipe: Recipe) -> bool:
    path = run / "recipe.json"
    if not path.exists():
        return False
    trained = completed(Recipe, json.loads(path.read_text())["recipe"])
    is_same = trained == json.loads(json.dumps(dataclasses.asdict(recipe)))
    return is_same and _events(run)[-1].get("reason") == "finished"


def _event(run: Path, kind: str) -> dict[str, Any]:
    """The last event of a kind."""
    return [event for event in _events(run) if event["event"] == kind][-1]


def _events(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def _minutes(run: Path) -> float:
    """The training time by the checkpoints at the end of each stage, validations included."""
    stages = json.loads((run / "recipe.json").read_text())["recipe"]["stages"]
    cards = (json.loads((run / f"{stage['name']}.json").read_text()) for stage in stages)
    return sum(float(card["training"]["seconds"]) for card in cards) / 60


def _shown(scores: dict[str, Any], column: str) -> str:
    return f"{scores[column]:.3f}" if column in scores else "—"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training ablation", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of photographs or of tar shards")
    parser.add_argument("--run-folder", type=Path, required=True, help="output folder, with a folder for each row")
    parser.add_argument("--recipe", type=Path, default="ablation", help="as for train (default: %(default)s)")
    parser.add_argument("--steps", type=positive, help="number of steps of each stage, instead of the recipe's")
    parser.add_argument("--rows", nargs="*", choices=[row.name for row in ROWS], help="train only these rows")
    parser.add_argument("--backbone", help="pre-trained encoder of all rows but from-scratch: a file or hf://…")
    parser.add_argument("--lpips", type=Path, help="folder with the LPIPS weights, for the perceptual loss and score")
    parser.add_argument("--frechet", type=Path, help="SqueezeNet 1.1 weights, for the Fréchet score")
    parser.add_argument("--held-out", type=Path, help="as for train")
    parser.add_argument("--validation", type=Path, help="as for train")
    parser.add_argument("--limit", type=positive, help="read at most this many pictures")
    parser.add_argument("--threads", type=positive, default=2)
    return parser
