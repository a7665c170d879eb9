import copy
import dataclasses
import io
import json

import pytest
import torch
from PIL import Image

from tests.training.runs import SMOKE
from training.recipes.recipe import read_recipe
from training.run.run_folder import RunFolder, open_board


def _snapshot():
    buffer = io.BytesIO()
    torch.save({"weight": torch.ones(300)}, buffer)
    return buffer.getvalue()


SNAPSHOT = _snapshot()


def test_a_truncated_log_line_is_removed_when_the_run_resumes(tmp_path):
    RunFolder(tmp_path).log("step", step=1)
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"event": "st')

    RunFolder(tmp_path).log("resumed", step=1)

    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["step", "resumed"]


def test_a_truncated_snapshot_leaves_the_one_before(tmp_path):
    folder = RunFolder(tmp_path)
    folder.save_snapshot({"weight": torch.ones(3), "position": {"step": 4}})
    (tmp_path / "snapshot.partial").write_bytes(b"half of anoth")

    state = RunFolder(tmp_path).load_snapshot()

    assert state["position"] == {"step": 4}
    assert torch.equal(state["weight"], torch.ones(3))


@pytest.mark.parametrize("content", [b"", b"no zip at all", SNAPSHOT[:200]], ids=["empty", "other", "cut"])
def test_a_damaged_snapshot_is_refused_with_what_to_do(tmp_path, content):
    (tmp_path / "snapshot.pt").write_bytes(content)

    with pytest.raises(ValueError, match=r"snapshot\.pt is damaged: delete it .* --init .*latest\.safetensors"):
        RunFolder(tmp_path).load_snapshot()


def test_a_run_is_not_resumed_with_other_settings(tmp_path):
    settings = {"init": "base", "data_sha256": "1", "recipe": {"stages": [{"budget": {"steps": 1}}]}}
    folder = RunFolder(tmp_path)
    folder.describe(settings)
    folder.save_snapshot({})

    folder.describe(settings | {"recipe": {"stages": [{"budget": {"steps": 2}}]}})
    with pytest.raises(ValueError, match=r"started with another init.* another --run-folder"):
        folder.describe(settings | {"init": "large"})
    with pytest.raises(ValueError, match="its photographs have changed"):
        folder.describe(settings | {"data_sha256": "2", "photographs": 61})


def test_a_run_from_before_a_recipe_had_a_key_is_resumed_if_its_default_is_used(tmp_path):
    now = json.loads(json.dumps(dataclasses.asdict(read_recipe(SMOKE))))
    earlier = copy.deepcopy(now)
    earlier.pop("more_often")
    earlier["stages"][0]["weights"].pop("psnr")
    folder = RunFolder(tmp_path)
    folder.describe({"recipe": earlier})
    folder.save_snapshot({})

    with pytest.raises(ValueError, match="started with another recipe"):
        folder.describe({"recipe": now | {"more_often": [{"begins": "people", "times": 2}]}})
    folder.describe({"recipe": now})


def test_a_run_with_a_damaged_recipe_is_refused(tmp_path):
    RunFolder(tmp_path).save_snapshot({})
    (tmp_path / "recipe.json").write_text('{"recipe": ')

    with pytest.raises(ValueError, match=r"recipe\.json is damaged"):
        RunFolder(tmp_path).describe({"recipe": {"stages": []}})


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
