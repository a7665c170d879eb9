from tests.training.runs import SMOKE, events
from training.commands.finetune import main
from worker.colorizer.checkpoint import load_checkpoint


def test_an_archive_of_unlisted_photographs_is_finetuned_on_by_one_command(untrained, folder, tmp_path, capsys):
    """Without lists every twentieth is held out. Network and calibration are the checkpoint's."""
    recipe = tmp_path / "finetune.toml"
    text = (SMOKE.parent / "finetune.toml").read_text()
    recipe.write_text(text.replace("minibatch = 16", "minibatch = 2").replace("size = 128", "size = 64"))
    run = tmp_path / "run"
    options = ["--data", str(folder), "--run-folder", str(run), "--recipe", str(recipe), "--threads", "1"]

    assert main([*options, "--init", str(untrained), "--steps", "1"]) == 0

    info = load_checkpoint(run / "best.safetensors").info
    assert info.generator == load_checkpoint(untrained).info.generator
    assert (info.training["init"], info.training["held_out"]) == ("start", 1)
    assert [line["stage"] for line in events(run, "validation")] == ["init", "reconstruct"]
    assert "validate on: 1." in events(run, "warning")[0]["detail"]
    assert str(run / "best.safetensors") in capsys.readouterr().out.splitlines()[-1]
