import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from training.losses import ReconstructionLoss, bin_prior, rebalancing
from training.optimization import rate_at
from training.perceptual import PerceptualLoss
from training.recipe import Budget, Crops, Optimization, Stage, Weights, read_recipe
from training.run_folder import RunFolder
from training.starting_weights import copy_weights
from training.train import main
from training.trainer import Trainer
from training.validation import Judges, Validator
from training.world import World
from worker.colorizer import Colorizer
from worker.colorizer.bins import SoftEncoding
from worker.colorizer.checkpoint import Calibration, CheckpointError, CheckpointInfo, load_checkpoint
from worker.colorizer.network import Generator

ROOT = Path(__file__).parents[2]
SMOKE = ROOT / "training" / "recipes" / "smoke.toml"
ALONE = World(0, 1, torch.device("cpu"))


def _trainer(photographs, path, *, recipe=None, train=None, perceptual=None):
    recipe = recipe or read_recipe(SMOKE)
    torch.manual_seed(recipe.seed)
    generator = Generator(recipe.generator)
    encoding = SoftEncoding(generator.bins.numpy())
    rarity = rebalancing(bin_prior(photographs, encoding, len(generator.bins)), 0.9)
    return Trainer(
        recipe,
        generator,
        ReconstructionLoss(encoding, rarity),
        perceptual=perceptual,
        train=train or photographs[2:],
        validator=Validator(photographs[:2], Calibration(), Judges(), ALONE.device),
        folder=RunFolder(path),
        info=CheckpointInfo(recipe.name, recipe.generator),
        pretrained=False,
        world=ALONE,
    )


def _one_stage(steps, **parts):
    stage = Stage(
        "only", Budget(steps=steps), Crops(64, 4, (0.8, 1.0)), "cautious ciede2000", Weights(**parts), Optimization()
    )
    return replace(read_recipe(SMOKE), stages=(stage,))


def _events(path, kind):
    lines = [json.loads(line) for line in (path / "log.jsonl").read_text().splitlines()]
    return [line for line in lines if line["event"] == kind]


def _assert_same(one, other):
    for key, tensor in one.items():
        assert torch.equal(tensor, other[key]), key


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def undisturbed(_one_thread, photographs, tmp_path_factory):
    trainer = _trainer(photographs, tmp_path_factory.mktemp("undisturbed"))
    assert trainer.run(lambda: False) == "finished"
    return trainer


@pytest.mark.parametrize("last_step", [2, 4, 6])
def test_a_run_stopped_and_resumed_ends_with_the_weights_of_an_undisturbed_one(
    undisturbed, photographs, tmp_path, last_step
):
    stopped = _trainer(photographs, tmp_path / "stopped")
    assert stopped.run(lambda: stopped.position.total_steps == last_step) == "stopped"
    resumed = _trainer(photographs, tmp_path / "stopped")
    resumed.resume(resumed.folder.load_snapshot())
    assert resumed.run(lambda: False) == "finished"

    _assert_same(undisturbed.average.generator.state_dict(), resumed.average.generator.state_dict())
    _assert_same(undisturbed.snapshot()["adversary"]["judges"], resumed.snapshot()["adversary"]["judges"])
    assert resumed.position.best == undisturbed.position.best


def test_both_stages_leave_their_mark_in_the_log(undisturbed):
    path = undisturbed.folder.path

    assert [line["stage"] for line in _events(path, "stage ended")] == ["reconstruct", "refine"]
    assert {"reconstruct", "refine"} == {line["stage"] for line in _events(path, "validation")}
    assert {sheet.name.split("-")[0] for sheet in (path / "sheets").iterdir()} == {"reconstruct", "refine"}


def test_what_each_stage_ended_with_is_kept_under_its_name(undisturbed):
    first, last, latest = (
        load_checkpoint(undisturbed.folder.path / f"{name}.safetensors") for name in ("reconstruct", "refine", "latest")
    )

    assert first.info.training["stage"] == "reconstruct"
    assert first.info.training["step"] == 4
    assert last.sha256 == latest.sha256 != first.sha256


def test_training_on_the_same_crops_makes_their_colors_likelier(photographs, tmp_path):
    trainer = _trainer(photographs, tmp_path, recipe=_one_stage(12))
    same = trainer._minibatch(0)
    trainer._minibatch = lambda part: same
    before = trainer._objective.losses(trainer.generator, same)["bins"].item()

    trainer.run(lambda: False)

    assert trainer._objective.losses(trainer.generator, same)["bins"].item() < before - 0.3


def test_losses_on_features_reach_both_heads(photographs, tmp_path):
    torch.manual_seed(0)
    perceptual = PerceptualLoss()
    for weight in perceptual.weights:
        weight.data.fill_(1.0)
    recipe = _one_stage(1, bins=0.0, ab=0.0, cautious_perceptual=1.0, vivid_perceptual=1.0, feature_adversarial=1.0)
    trainer = _trainer(photographs, tmp_path, recipe=recipe, perceptual=perceptual.requires_grad_(False))
    heads = trainer.generator.ab_head.weight, trainer.generator.bin_head.weight
    before = [head.detach().clone() for head in heads]

    trainer.run(lambda: False)

    assert all(not torch.equal(head, old) for head, old in zip(heads, before, strict=True))


def test_accumulated_minibatches_weigh_as_one(photographs, tmp_path):
    """Norms see each minibatch alone, so only the sum of the gradients can be compared."""
    recipe = _one_stage(1)
    stage = recipe.stages[0]
    twice = replace(stage, crops=replace(stage.crops, accumulate=2))
    plain, doubled = (
        _trainer(photographs, tmp_path / name, recipe=replace(recipe, stages=(kind,)))
        for name, kind in (("plain", stage), ("doubled", twice))
    )
    same = plain._minibatch(0)
    plain._minibatch = doubled._minibatch = lambda part: same

    first, second = plain._step(0.5), doubled._step(0.5)

    assert second["total"] == pytest.approx(first["total"])
    assert second["norm"] == pytest.approx(first["norm"], rel=1e-4)


def test_a_stage_ends_when_it_is_no_longer_better(photographs, tmp_path):
    recipe = replace(_one_stage(50), validate_every=1, patience=2)
    still = replace(recipe.stages[0], optimization=Optimization(learning_rate=0.0))
    trainer = _trainer(photographs, tmp_path, recipe=replace(recipe, stages=(still,), ema_decay=1.0))

    trainer.run(lambda: False)

    assert _events(tmp_path, "stage ended")[0]["reason"] == "no longer better"
    assert trainer.position.step < 50


def _command(folder, held_out, run, *more):
    lists = ["--held-out", str(held_out), "--validation", str(held_out)]
    return ["--data", str(folder), "--run-folder", str(run), "--recipe", str(SMOKE), "--threads", "1", *lists, *more]


def test_the_command_leaves_a_checkpoint_that_explains_itself_and_colorizes(folder, held_out, tmp_path):
    run = tmp_path / "run"

    assert main(_command(folder, held_out, run, "--steps", "2")) == 0

    training = load_checkpoint(run / "best.safetensors").info.training
    assert training["photographs"] == 10
    assert training["skipped"] == {"no color": 1, "not readable": 1}
    assert training["recipe"]["name"] == "smoke"
    assert training["stage"] == "refine"
    assert Colorizer.load(run / "best.safetensors").name == "best"


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_run_killed_at_any_moment_is_resumed_by_the_same_command(folder, held_out, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert main(_command(folder, held_out, whole)) == 0

    for snapshots in (2, 3):
        with _started(_command(folder, held_out, killed)) as process:
            _wait_for_snapshots(killed / "snapshot.pt", snapshots, process)
            process.kill()
        assert process.returncode == -signal.SIGKILL
    assert main(_command(folder, held_out, killed)) == 0

    _assert_same(_weights(whole), _weights(killed))


def _weights(run):
    return load_checkpoint(run / "latest.safetensors").generator.state_dict()


@contextmanager
def _started(command, *launcher):
    arguments = [sys.executable, "-m", *launcher, "training.train", *command]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def _wait_for_snapshots(path, count, process):
    """Until the process has written so many."""
    seen, deadline = {_written(path)}, time.monotonic() + 150
    while len(seen) <= count:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.005)
        seen.add(_written(path))


def _written(path):
    return path.stat().st_mtime_ns if path.exists() else None


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_two_processes_train_one_generator(folder, held_out, tmp_path):
    """Two that take a minibatch each move the weights as one that takes two: the same crops, the same gradients."""
    together, alone = tmp_path / "together", tmp_path / "alone"
    launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
    text = SMOKE.read_text()
    text = text[: text.rindex("[[stages]]")]
    for path, crops in ((together, "minibatch = 4"), (alone, "minibatch = 4, accumulate = 2")):
        path.with_suffix(".toml").write_text(text.replace("minibatch = 4", crops))
    options = ["--steps", "2", "--device", "cpu", "--recipe"]

    command = _command(folder, held_out, together, *options, str(together.with_suffix(".toml")))
    with _started(command, *launcher) as process:
        assert process.wait(200) == 0
    assert main(_command(folder, held_out, alone, *options, str(alone.with_suffix(".toml")))) == 0

    recipe = read_recipe(together.with_suffix(".toml"))
    torch.manual_seed(recipe.seed)
    start = dict(Generator(recipe.generator).named_parameters())
    moved = _distance(_weights(together), start)
    assert moved > 1e-5
    assert _distance(_weights(together), _weights(alone)) < 0.2 * moved
    assert len(_events(together, "end")) == 1


def _distance(one, other):
    """Over what gradients move; statistics of norms are those of each minibatch."""
    keys = [key for key, tensor in other.items() if tensor.is_floating_point() and "running" not in key]
    return sum((one[key] - other[key]).abs().mean().item() for key in keys) / len(keys)


def test_a_run_starts_from_a_checkpoint_with_fewer_parts_as_good_as_that_was(folder, held_out, tmp_path):
    plain = tmp_path / "plain.toml"
    text = SMOKE.read_text().replace("attention_blocks = 1\nhints = true\n", "").replace("hint_share = 0.5\n", "")
    plain.write_text(text)
    assert main(_command(folder, held_out, tmp_path / "first", "--steps", "1", "--recipe", str(plain))) == 0
    first = load_checkpoint(tmp_path / "first" / "latest.safetensors")
    lightness = torch.rand(1, 1, 64, 64) * 100

    grown = Generator(read_recipe(SMOKE).generator).eval()
    copy_weights(grown, first)

    with torch.inference_mode():
        assert torch.equal(grown(lightness, torch.ones(1, 3, 16, 16))[1], first.generator(lightness)[1])


@pytest.mark.parametrize("config", [{"decoder_channels": (64, 32, 16, 16)}, {"encoder": "resnet50v2"}])
def test_weights_that_do_not_fit_are_not_started_from(undisturbed, photographs, config):
    checkpoint = load_checkpoint(undisturbed.folder.path / "latest.safetensors")

    with pytest.raises(CheckpointError, match="does not fit"):
        copy_weights(Generator(replace(checkpoint.info.generator, **config)), checkpoint)


def test_photographs_of_ones_own_are_finetuned_on_by_one_command(undisturbed, folder, tmp_path):
    """No lists: every twentieth is held out. Network and calibration are the checkpoint's."""
    recipe = tmp_path / "finetune.toml"
    text = (SMOKE.parent / "finetune.toml").read_text()
    recipe.write_text(text.replace("minibatch = 16", "minibatch = 2").replace("size = 128", "size = 64"))
    start = undisturbed.folder.path / "best.safetensors"
    options = ["--data", str(folder), "--run-folder", str(tmp_path / "run"), "--recipe", str(recipe), "--threads", "1"]

    assert main([*options, "--init", str(start), "--steps", "1"]) == 0

    info = load_checkpoint(tmp_path / "run" / "best.safetensors").info
    assert info.generator == load_checkpoint(start).info.generator
    assert (info.training["init"], info.training["held_out"]) == ("best", 1)


def test_a_run_is_not_continued_with_other_data(folder, shards, held_out, tmp_path, capsys):
    held_out.write_text("00.png part-0.tar/00.png")
    assert main(_command(folder, held_out, tmp_path / "run", "--steps", "1")) == 0

    assert main(_command(shards, held_out, tmp_path / "run", "--steps", "1")) == 2

    assert "data_sha256" in capsys.readouterr().err


def test_without_held_out_photographs_there_is_no_run(folder, held_out, tmp_path, capsys):
    held_out.write_text("elsewhere.png")

    assert main(_command(folder, held_out, tmp_path)) == 2

    assert "validation list" in capsys.readouterr().err


def test_weights_that_a_recipe_needs_are_asked_for_before_the_run(folder, held_out, tmp_path, capsys):
    recipe = tmp_path / "perceptual.toml"
    recipe.write_text(SMOKE.read_text().replace("adversarial = 0.1", "vivid_perceptual = 0.1"))

    assert main(_command(folder, held_out, tmp_path / "run", "--recipe", str(recipe))) == 2

    assert "--lpips" in capsys.readouterr().err


def test_the_rate_warms_up_to_its_peak_and_falls_to_its_end():
    plan = Optimization()
    rates = [rate_at(progress, plan) for progress in (0.0, plan.warmup, 0.5, 1.0)]

    assert rates[0] < 0.1
    assert rates[1] == 1
    assert rates[2] < 1
    assert rates[3] == pytest.approx(plan.final)


def test_rare_colors_weigh_more_and_the_average_pixel_one(photographs):
    bins = Generator(read_recipe(SMOKE).generator).bins
    prior = bin_prior(photographs, SoftEncoding(bins.numpy()), len(bins))

    weights = rebalancing(prior, 0.5).double().numpy()

    assert weights[prior.argmax()] == weights.min()
    assert (weights * prior).sum() == pytest.approx(1)
    assert rebalancing(prior, 1.0).unique().numel() == 1
