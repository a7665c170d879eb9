import csv
import re

import numpy as np
from PIL import Image

from training.commands.evaluate import main
from worker.colorizer.checkpoint import load_checkpoint


def test_the_report_is_self_contained(checkpoint, options, tmp_path):
    assert main([str(checkpoint), *options]) == 0

    page = (tmp_path / "scores" / "report.html").read_text()
    assert set(re.findall(r'src="([^"]{0,22})', page)) == {"data:image/jpeg;base64"}
    assert "http" not in page
    assert "<dt>left out</dt><dd>1 not readable, 1 no color</dd>" in page
    assert "<td>vividness 1</td>" in page


def test_the_report_states_what_was_scored_on_which_photographs_and_when(checkpoint, base, options, folder, tmp_path):
    assert main([str(checkpoint), str(base), *options]) == 0

    page = (tmp_path / "scores" / "report.html").read_text()
    title = f"Scores of {checkpoint.with_suffix('')} and {base.with_suffix('')} on {folder.name}"
    assert f"<title>{title}</title>" in page
    facts = dict(re.findall(r"<dt>(.*)</dt><dd>(.*)</dd>", page))
    sha256 = load_checkpoint(base).sha256
    assert facts["checkpoint base"] == f"{base}, SHA-256 {sha256}"
    assert facts["photographs"] == f"2 of {folder}, listed in {tmp_path / 'names.txt'}"
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d UTC", facts["scored"])
    assert "best near 1" in facts["colorfulness / original"]
    assert "Best of base vividness 1 by ΔE00" in page


def test_the_report_explains_every_column(checkpoint, options, tmp_path, scores, networks):
    assert main([str(checkpoint), *options, *networks]) == 0

    page = (tmp_path / "scores" / "report.html").read_text()
    columns = re.findall(r"<th>([^<]+)</th>", page)
    assert len(columns) == len(scores()["rows"]["gray"])
    assert set(columns) <= set(re.findall(r"<dt>(.*)</dt>", page))
    assert "_" not in "".join(columns)


def test_the_report_shows_the_best_first_and_the_worst_last(options, names, folder, tmp_path):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    names.write_text("03.png\n05.png\n07.png\n")
    for name, strength in (("03.png", 0.2), ("05.png", 0.8), ("07.png", 0.5)):
        original = np.asarray(Image.open(folder / name)).astype(float)
        gray = original.mean(axis=-1, keepdims=True)
        Image.fromarray((gray + strength * (original - gray)).astype(np.uint8)).save(theirs / name)

    assert main([*options, "--outputs", str(theirs)]) == 0

    page = (tmp_path / "scores" / "report.html").read_text()
    scored = {
        line["name"]: float(line["ciede2000"])
        for line in csv.DictReader((tmp_path / "scores" / "pictures.csv").read_text().splitlines())
        if line["row"] == "theirs"
    }
    expected = sorted(scored, key=scored.get)
    assert re.findall(r"<figcaption>(\S+):", page) == [*expected, *expected[::-1]]
