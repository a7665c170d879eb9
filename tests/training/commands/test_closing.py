"""What a run claims at its end is what `evaluate` measures on the same photographs."""

import json
import re

import pytest

from tests.training.runs import SMOKE
from training.commands import evaluate
from training.commands.closing import _verdict
from training.commands.finetune import main
from training.data import heartbeat
from training.run.trainer import Trainer


@pytest.mark.parametrize(
    ("scores", "verdict"),
    [
        ((5, 6, 9), "better than base"),
        ((6, 5, 9), "NOT better than base; keep that one"),
        ((8, 9, 7), "better than base; NOT better than gray"),
    ],
)
def test_the_verdict_compares_with_the_start_and_with_gray(scores, verdict):
    assert _verdict(*scores, "base") == verdict


def test_the_claim_agrees_with_evaluate(untrained, folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(heartbeat, "SECONDS", 0.001)
    # Without initial scores to beat, the first step is the best, whatever it is worth.
    monkeypatch.setattr(Trainer, "_validate_init", lambda *_: None)
    recipe = tmp_path / "finetune.toml"
    text = (SMOKE.parent / "finetune.toml").read_text()
    recipe.write_text(text.replace("minibatch = 16", "minibatch = 2").replace("size = 128", "size = 64"))
    run = tmp_path / "run"
    options = ["--data", str(folder), "--run-folder", str(run), "--recipe", str(recipe), "--threads", "1"]
    assert main([*options, "--init", str(untrained), "--steps", "3"]) == 0
    printed = capsys.readouterr()
    assert f"reading {folder}" in printed.err
    pattern = r"measured as `evaluate` does, on (\d+) .*: (\w+) (\w+) ([\d.]+) \((\S+) ([\d.]+), gray"
    claim = re.search(pattern, printed.out)
    assert claim, printed.out
    count, degree, column, best, _, init = claim.groups()
    row = f"vividness {0 if degree == 'cautious' else 1}"
    for checkpoint, claimed in ((run / "best.safetensors", best), (untrained, init)):
        names = ["--names", str(run / "held-out.txt"), "--output", str(tmp_path / "scores"), "--threads", "1"]
        assert evaluate.main([str(checkpoint), "--data", str(folder), *names]) == 0
        scores = json.loads((tmp_path / "scores" / "scores.json").read_text())
        assert scores["pictures"] == int(count)
        assert scores["rows"][row][column] == pytest.approx(float(claimed), rel=1e-3)
