import io

from rich.console import Console

from training.run.progress import ProgressBar


def _shown(**console):
    output = io.StringIO()
    with ProgressBar(Console(file=output, width=100, **console)) as bar:
        bar.show("reconstruct", 0.5, "step 10")
        bar.show("refine", 0.25, "step 20")
    return output.getvalue()


def test_a_terminal_shows_the_stage_and_its_progress():
    shown = _shown(force_terminal=True)

    assert "refine" in shown
    assert "25%" in shown
    assert "step 20" in shown


def test_without_a_terminal_there_is_no_bar():
    assert _shown(force_terminal=False) == ""
