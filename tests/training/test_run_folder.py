import json

import pytest
import torch
from PIL import Image

from training.run_folder import RunFolder, open_board


def test_a_line_that_a_kill_cut_short_is_gone_when_the_run_goes_on(tmp_path):
    RunFolder(tmp_path).log("step", step=1)
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"event": "st')

    RunFolder(tmp_path).log("resumed", step=1)

    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["step", "resumed"]


def test_a_snapshot_that_a_kill_cut_short_leaves_the_one_before(tmp_path):
    folder = RunFolder(tmp_path)
    folder.save_snapshot({"weight": torch.ones(3), "position": {"step": 4}})
    (tmp_path / "snapshot.partial").write_bytes(b"half of anoth")

    state = RunFolder(tmp_path).load_snapshot()

    assert state["position"] == {"step": 4}
    assert torch.equal(state["weight"], torch.ones(3))


def test_numbers_and_sheets_reach_tensorboard(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    folder = RunFolder(tmp_path, board=open_board(tmp_path))

    folder.save_sheet("first", Image.new("RGB", (8, 4)), 100)
    folder.log("validation", total_steps=100, stage="refine", score=0.5)
    folder.log("end", reason="finished")

    events = accumulator.EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [(event.step, event.value) for event in events.Scalars("validation/score")] == [(100, 0.5)]
    assert events.Tags()["images"] == ["sheet"]
    assert (tmp_path / "sheets" / "first.jpg").exists()
