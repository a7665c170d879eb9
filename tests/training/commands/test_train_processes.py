"""Runs in processes: a killed and resumed one, and two that train together."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
import torch

from tests.training.runs import ROOT, SMOKE, assert_same, command, events, weights
from training.commands.train import main
from training.recipes.recipe import read_recipe
from worker.colorizer.network import Generator


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_run_killed_at_any_moment_is_resumed_by_the_same_command(folder, held_out, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert main(command(folder, held_out, whole)) == 0

    for snapshots in (2, 3):
        with _started(command(folder, held_out, killed)) as process:
            _wait_for_snapshots(killed / "snapshot.pt", snapshots, process)
            process.kill()
        assert process.returncode == -signal.SIGKILL
    assert main(command(folder, held_out, killed)) == 0

    assert_same(weights(whole), weights(killed))


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_two_processes_train_one_generator(folder, held_out, tmp_path):
    """Two processes with a minibatch each update the weights like a single one with two: same crops, same gradients."""
    together, alone = tmp_path / "together", tmp_path / "alone"
    launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
    text = SMOKE.read_text()
    text = text[: text.rindex("[[stages]]")]
    for path, crops in ((together, "minibatch = 4"), (alone, "minibatch = 4, accumulate = 2")):
        path.with_suffix(".toml").write_text(text.replace("minibatch = 4", crops))
    options = ["--steps", "2", "--device", "cpu", "--recipe"]

    launched = command(folder, held_out, together, *options, str(together.with_suffix(".toml")))
    with _started(launched, *launcher) as process:
        assert process.wait(200) == 0
    assert main(command(folder, held_out, alone, *options, str(alone.with_suffix(".toml")))) == 0

    recipe = read_recipe(together.with_suffix(".toml"))
    torch.manual_seed(recipe.seed)
    start = dict(Generator(recipe.generator).named_parameters())
    moved = _distance(weights(together), start)
    assert moved > 1e-5
    assert _distance(weights(together), weights(alone)) < 0.2 * moved
    assert len(events(together, "end")) == 1


@contextmanager
def _started(arguments, *launcher):
    line = [sys.executable, "-m", *launcher, "training", "train", *arguments]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(line, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def _wait_for_snapshots(path, count, process):
    """Wait until the process has written this many snapshots."""
    times, deadline = {_written(path)}, time.monotonic() + 150
    while len(times) <= count:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.005)
        times.add(_written(path))


def _written(path):
    return path.stat().st_mtime_ns if path.exists() else None


def _distance(state, expected):
    """Over the trained weights only; batch norm statistics depend on the minibatches."""
    keys = [key for key, tensor in expected.items() if tensor.is_floating_point() and "running" not in key]
    return sum((state[key] - expected[key]).abs().mean().item() for key in keys) / len(keys)
