import pickletools
import zipfile
from dataclasses import replace

import pytest
import torch

from tests.training.runs import SMOKE, assert_same, events, make_trainer, single_stage
from training.losses.perceptual import PerceptualLoss
from training.networks.projection import Projection
from training.recipes.recipe import Optimization, read_recipe
from worker.colorizer.checkpoint import load_checkpoint
from worker.colorizer.efficientnet import EfficientNetLite0

pytestmark = pytest.mark.usefixtures("single_thread")


@pytest.fixture(scope="module")
def undisturbed(single_thread, photographs, tmp_path_factory):
    trainer = make_trainer(photographs, tmp_path_factory.mktemp("undisturbed"))
    assert trainer.run(lambda: False) == "finished"
    return trainer


@pytest.mark.parametrize("last_step", [2, 4, 6])
def test_a_run_stopped_and_resumed_ends_with_the_weights_of_an_undisturbed_one(
    undisturbed, photographs, tmp_path, last_step
):
    stopped = make_trainer(photographs, tmp_path / "stopped")
    assert stopped.run(lambda: stopped.position.total_steps == last_step) == "stopped"
    resumed = make_trainer(photographs, tmp_path / "stopped")
    resumed.resume(resumed.folder.load_snapshot())
    assert resumed.run(lambda: False) == "finished"

    assert_same(undisturbed.average.generator.state_dict(), resumed.average.generator.state_dict())
    assert_same(undisturbed.snapshot()["adversary"]["judges"], resumed.snapshot()["adversary"]["judges"])
    assert resumed.position.best == undisturbed.position.best


def test_a_snapshot_can_be_resumed_after_modules_have_moved(undisturbed):
    """It holds plain values and tensors under names that stay: no path of a module of this repository."""
    with zipfile.ZipFile(undisturbed.folder.path / "snapshot.pt") as archive:
        operations = list(pickletools.genops(archive.read("archive/data.pkl")))

    state = undisturbed.folder.load_snapshot()

    assert {value.split(".")[0].split()[0] for code, value, _ in operations if code.name == "GLOBAL"} <= {
        "torch",
        "collections",
    }
    assert set(state) == {"generator", "average", "optimizer", "adversary", "position"}
    assert set(state["adversary"]) == {"judges", "optimizer"}
    assert set(state["position"]) == {
        "stage",
        "step",
        "total_steps",
        "seconds",
        "best",
        "worse",
        "init_scores",
        "best_scores",
        "best_stage",
        "best_step",
    }


def test_both_stages_are_logged(undisturbed):
    path = undisturbed.folder.path

    assert [line["stage"] for line in events(path, "stage ended")] == ["reconstruct", "refine"]
    assert {"reconstruct", "refine"} == {line["stage"] for line in events(path, "validation")}
    assert {sheet.name.split("-")[0] for sheet in (path / "sheets").iterdir()} == {"reconstruct", "refine"}


def test_the_last_weights_of_each_stage_are_saved_under_its_name(undisturbed):
    first, last, latest = (
        load_checkpoint(undisturbed.folder.path / f"{name}.safetensors") for name in ("reconstruct", "refine", "latest")
    )

    assert first.info.training["stage"] == "reconstruct"
    assert first.info.training["step"] == 4
    assert last.sha256 == latest.sha256 != first.sha256


def test_training_on_the_same_crops_makes_their_colors_more_likely(photographs, tmp_path):
    recipe = replace(single_stage(12), generator=read_recipe(SMOKE).generator)  # The tiny encoder learns too little.
    trainer = make_trainer(photographs, tmp_path, recipe=recipe)
    same = trainer._minibatch(0)
    trainer._minibatch = lambda part: same
    before = trainer._objective.losses(trainer.generator, same, 0.0)["bins"].item()

    trainer.run(lambda: False)

    assert trainer._objective.losses(trainer.generator, same, 0.0)["bins"].item() < before - 0.3


def test_losses_on_features_reach_both_heads(photographs, tmp_path):
    torch.manual_seed(0)
    perceptual = PerceptualLoss()
    for weight in perceptual.weights:
        weight.data.fill_(1.0)
    recipe = single_stage(1, bins=0.0, ab=0.0, cautious_perceptual=1.0, vivid_perceptual=1.0, feature_adversarial=1.0)
    trainer = make_trainer(photographs, tmp_path, recipe=recipe, perceptual=perceptual.requires_grad_(False))
    heads = trainer.generator.ab_head.weight, trainer.generator.bin_head.weight
    before = [head.detach().clone() for head in heads]

    trainer.run(lambda: False)

    assert all(not torch.equal(head, old) for head, old in zip(heads, before, strict=True))


def test_the_discriminator_of_projected_features_trains_the_bins_alone(photographs, tmp_path):
    """It judges the vivid mix; its gradient must not reach the cautious head."""
    recipe = single_stage(1, bins=0.0, ab=0.0, projected_adversarial=1.0)
    trainer = make_trainer(photographs, tmp_path, recipe=recipe, projection=Projection(EfficientNetLite0()))
    bins, ab = trainer.generator.bin_head.weight, trainer.generator.ab_head.weight

    losses = trainer._objective.losses(trainer.generator, trainer._minibatch(0), 0.0)
    losses["total"].backward()

    assert {"projected_adversarial", "projected_adversarial_judge"} < set(losses)
    assert bins.grad.abs().max() > 0
    assert ab.grad is None or ab.grad.abs().max() == 0


def test_accumulated_minibatches_weigh_as_one(photographs, tmp_path):
    """Batch norms depend on each minibatch alone, so only the sum of the gradients can be compared."""
    recipe = single_stage(1)
    stage = recipe.stages[0]
    twice = replace(stage, crops=replace(stage.crops, accumulate=2))
    plain, doubled = (
        make_trainer(photographs, tmp_path / name, recipe=replace(recipe, stages=(kind,)))
        for name, kind in (("plain", stage), ("doubled", twice))
    )
    same = plain._minibatch(0)
    plain._minibatch = doubled._minibatch = lambda part: same

    first, second = plain._step(0.5), doubled._step(0.5)

    assert second["total"] == pytest.approx(first["total"])
    assert second["norm"] == pytest.approx(first["norm"], rel=1e-4)


def test_a_stage_ends_when_it_is_no_longer_better(photographs, tmp_path):
    recipe = replace(single_stage(50), validate_every=1, patience=2)
    still = replace(recipe.stages[0], optimization=Optimization(learning_rate=0.0))
    trainer = make_trainer(photographs, tmp_path, recipe=replace(recipe, stages=(still,), ema_decay=1.0))

    trainer.run(lambda: False)

    assert events(tmp_path, "stage ended")[0]["reason"] == "no longer better"
    assert trainer.position.step < 50


def test_the_log_shows_psnr_as_people_know_it(photographs, tmp_path):
    trainer = make_trainer(photographs, tmp_path)
    logged = []
    trainer.folder.log = lambda event, **values: logged.append(values)

    trainer._log_step(0.5, {"total": 1.0, "psnr": -24.5})

    assert logged[0]["psnr"] == 24.5
    assert logged[0]["eta_seconds"] == 0
