import re

from training.commands import evaluate_draws


def test_the_best_of_the_variants_is_no_worse_than_the_estimate(folder, held_out, tiny, capsys):
    options = ["--data", str(folder), "--names", str(held_out), "--every", "1", "--threads", "1"]

    assert evaluate_draws.main([str(tiny), *options]) == 0

    printed = capsys.readouterr().out
    assert printed.startswith("| 2 photographs | PSNR |")
    scores = {row: float(score) for row, score in re.findall(r"\| ([a-z0-9 ]+) \| (\d+\.\d\d) \|", printed)}
    assert scores["best of 4"] >= scores["estimate"]
    assert float(re.search(r"lie (\d+\.\d) ΔE00 apart", printed).group(1)) > 0


def test_a_list_without_photographs_is_refused(folder, held_out, tiny, capsys):
    held_out.write_text("none")

    assert evaluate_draws.main([str(tiny), "--data", str(folder), "--names", str(held_out)]) == 2

    assert capsys.readouterr().err.endswith("holds no photograph to score; left out: 1 listed but not there\n")
