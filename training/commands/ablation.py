"""`python -m training ablation`: what each part of the method is worth, each row trained equally long from one recipe.

Rows add up, `l1` to `adversarial`, which is the whole recipe; `no-attention` and `from-scratch` are the whole without
one thing. A row is a run of `training train` in a folder of its own, with its recipe beside it, so that any of them
can be repeated alone; what is finished is not trained again. Scores are those of the last validation, not of the
best. The table is Markdown, for LOG.md.
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
    """How a row's recipe comes from the whole one, and whether it starts from the backbone."""

    name: str
    derive: Callable[[Recipe], Recipe]
    pretrained: bool = True


def _without(**parts: float) -> Callable[[Recipe], Recipe]:
    def derive(recipe: Recipe) -> Recipe:
        stages = (replace(stage, weights=replace(stage.weights, **parts)) for stage in recipe.stages)
        return replace(recipe, stages=tuple(stages))

    return derive


def _l1_only(recipe: Recipe) -> Recipe:
    """Without the head that makes it vivid, vividness 1 is the cautious head alone."""
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
        told = options.run_folder / f"{row.name}.json"
        if _is_finished(options.run_folder / row.name, recipes[row.name]):
            continue
        told.write_text(json.dumps(dataclasses.asdict(recipes[row.name]), indent=2) + "\n")
        if code := train(list(_arguments(options, row, told))):
            return code
    table = format_table(options.run_folder, rows)
    (options.run_folder / "table.md").write_text(table + "\n")
    print("\n" + table)
    return 0


def recipe_of(row: Row, recipe: Recipe, steps: int | None) -> Recipe:
    """The row's, by steps and never stopped early. Raises ValueError if the recipe counts minutes."""
    if steps is not None:
        recipe = replace(recipe, stages=tuple(replace(one, budget=Budget(steps=steps)) for one in recipe.stages))
    if any(stage.budget.steps is None for stage in recipe.stages):
        raise ValueError("rows are equally long only in steps: give the stages steps, or --steps")
    derived = row.derive(replace(recipe, patience=_NEVER)).resolved(GeneratorConfig(), Calibration())
    return replace(derived, name=row.name)


def format_table(folder: Path, rows: list[Row]) -> str:
    """What each row's run ended with, below what gray scores, as Markdown; an em dash is what was not measured."""
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
    told = json.loads(path.read_text())["recipe"]
    return json.dumps(told) == json.dumps(dataclasses.asdict(recipe)) and _events(run)[-1].get("reason") == "finished"


def _event(run: Path, kind: str) -> dict[str, Any]:
    """The last of its kind."""
    return [event for event in _events(run) if event["event"] == kind][-1]


def _events(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def _minutes(run: Path) -> float:
    """Spent on steps, by what the checkpoint of each stage's end says; validations are part of it."""
    stages = json.loads((run / "recipe.json").read_text())["recipe"]["stages"]
    told = (json.loads((run / f"{stage['name']}.json").read_text())["training"] for stage in stages)
    return sum(float(training["seconds"]) for training in told) / 60


def _shown(scores: dict[str, Any], column: str) -> str:
    return f"{scores[column]:.3f}" if column in scores else "—"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training ablation", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of photographs or of tar shards")
    parser.add_argument("--run-folder", type=Path, required=True, help="a folder for each row is made in here")
    parser.add_argument("--recipe", type=Path, default="ablation", help="as for training train")
    parser.add_argument("--steps", type=positive, help="of each stage, instead of the recipe's")
    parser.add_argument("--rows", nargs="*", choices=[row.name for row in ROWS], help="only these")
    parser.add_argument("--backbone", help="pre-trained encoder of all rows but from-scratch: a file or hf://…")
    parser.add_argument("--lpips", type=Path, help="folder with the LPIPS weights, for the perceptual loss and score")
    parser.add_argument("--frechet", type=Path, help="SqueezeNet 1.1 weights, for the Fréchet score")
    parser.add_argument("--held-out", type=Path, help="as for training train")
    parser.add_argument("--validation", type=Path, help="likewise")
    parser.add_argument("--limit", type=positive, help="read only so many files")
    parser.add_argument("--threads", type=positive, default=2)
    return parser
