import json

import pytest

from tests.training.study.conftest import save_picture
from training.commands import study


@pytest.fixture
def made(tmp_path, capsys):
    """A comparison of two methods on twelve photographs, six of them of people."""
    for number in range(12):
        name = f"{'people' if number % 2 else 'places'}/{number:02d}.png"
        save_picture(tmp_path / "results" / "old" / name, (10 * number, 100, 0))
        save_picture(tmp_path / "results" / "new" / name, (10 * number, 200, 0))
    output = tmp_path / "study"
    assert study.main(["make", str(tmp_path / "results"), "--output", str(output), "--repeats", "3"]) == 0
    assert "15 questions about new, old" in capsys.readouterr().out
    return output


def _answer(made, choose):
    """A judge's file, as the page writes it. `choose` maps a trial of the key to a choice."""
    key = json.loads((made / "key.json").read_text())
    answers = [{"trial": trial["number"], "choice": choose(trial), "seconds": 1.5} for trial in key["trials"]]
    file = made / "answers.json"
    file.write_text(json.dumps({"study": key["study"], "judge": "JD", "answers": answers}))
    return file


def test_answers_are_analyzed_for_all_pictures_and_for_each_group(made, capsys):
    def choose(trial):
        better = "new" if trial["picture"].startswith("people") else "old"
        return "left" if trial["methods"][0] == better else "right"

    assert study.main(["analyze", str(made / "key.json"), str(_answer(made, choose))]) == 0

    everything, people, places = capsys.readouterr().out.split("## ")[1:]
    assert "| 50% (" in everything
    assert "| new | old | 100% (61% to 100%) | 6 |" in people
    assert "| old | new | 100% (61% to 100%) | 6 |" in places
    assert "the same answer came in 3 of 3 cases" in places


def test_a_judge_who_always_chooses_the_left_side_is_not_consistent(made, capsys):
    study.main(["analyze", str(made / "key.json"), str(_answer(made, lambda _: "left"))])

    assert "the same answer came in 0 of 3 cases" in capsys.readouterr().out


def test_real_or_colorized(tmp_path, capsys):
    for method in ("truth", "new"):
        for number in range(4):
            save_picture(tmp_path / "results" / method / f"{number}.png", (number, 2, 3))
    study.main(["make", str(tmp_path / "results"), "--kind", "real", "--output", str(tmp_path)])

    study.main(["analyze", str(tmp_path / "key.json"), str(_answer(tmp_path, lambda _: "real"))])

    assert "| new | 100% (34% to 100%) | 2 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"study": "other"}, "it answers study other"),
        ({"answers": [{"trial": 0, "choice": "real", "seconds": 1}]}, "unknown choice 'real'"),
        ({"answers": [{"trial": 99, "choice": "left", "seconds": 1}]}, "holds no answers to this study: 99"),
        ({"answers": []}, "hold no answers"),
    ],
)
def test_answers_that_do_not_fit_the_key_are_refused(made, capsys, change, message):
    file = _answer(made, lambda _: "left")
    file.write_text(json.dumps(json.loads(file.read_text()) | change))

    assert study.main(["analyze", str(made / "key.json"), str(file)]) == 2

    assert message in capsys.readouterr().err


def test_a_folder_without_methods_is_refused(tmp_path, capsys):
    assert study.main(["make", str(tmp_path), "--output", str(tmp_path / "out")]) == 2

    assert "no folders of pictures" in capsys.readouterr().err
