"""The HTML report of an evaluation: a single file with the table, a contact sheet, the best and the worst pictures."""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
from PIL import Image

from training.scores.contact_sheet import contact_sheet
from training.scores.scoring import Scored, Scores

SHEET_PICTURES = 48
EXTREMES = 12

COLUMNS_ACROSS = 10

# The columns of a table of scores: title and explanation.
_COLUMNS = {
    "psnr": ("PSNR, dB", "how close the pixels are to the original's; higher is better"),
    "ssim": ("SSIM", "structural similarity, at most 1; higher is better"),
    "ciede2000": ("ΔE00", "the mean color difference; about 1 is just noticeable; lower is better"),
    "colorfulness": ("colorfulness", "0 for gray, about 60 for vivid pictures; best near that of truth"),
    "violet": ("violet, %", "pixels that are violet and should not be; lower is better"),
    "skin": ("skin", "the mean distance in a and b where the original shows skin; lower is better"),
    "lpips": ("LPIPS", "perceptual distance, by the features of a network; lower is better"),
    "colorfulness_ratio": ("colorfulness / original", "ratio to the originals; best near 1"),
    "frechet": (
        "Fréchet distance",
        "how unlike photographs the pictures are as a set, by SqueezeNet: comparable within this table only, and "
        "hardly meaningful for fewer than a few hundred pictures; lower is better",
    ),
    "frechet_to_gray": ("Fréchet / gray", "its ratio to that of gray pictures; lower is better"),
    "frechet_mobilenet": (
        "Fréchet distance, MobileNetV2",
        "the same by a network that no loss uses; lower is better",
    ),
    "frechet_mobilenet_to_gray": ("Fréchet / gray, MobileNetV2", "its ratio to that of gray pictures; lower is better"),
    "fid": ("FID", "the Fréchet distance that papers report, by Inception v3; lower is better"),
    "fid_to_gray": ("FID / gray", "its ratio to that of gray pictures; lower is better"),
}

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$title</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 85rem; padding: 0 1rem; color: #222 }
table { border-collapse: collapse } th, td { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #ccc }
th:first-child, td:first-child { text-align: left }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1.5rem; max-width: 60rem }
dt { color: #555 } dd { margin: 0; overflow-wrap: anywhere }
figure { margin: 0 0 1rem } figcaption { color: #555 } .strip { display: flex; gap: 4px }
.strip div { flex: 1; min-width: 0 } .strip small { display: block; overflow-wrap: anywhere }
img { width: 100%; display: block }
</style></head><body>
<h1>$title</h1>
$facts
<h2>Means over the pictures</h2>
$table
$columns
<p>The row gray is the pictures without color. The row truth is the original color at the resolution of a colorizer's
prediction, which is the upper limit for every colorizer. The other rows are the methods under test.</p>
<h2>Best of $judged by $measure</h2>
$best
<h2>Worst of $judged by $measure</h2>
$worst
<h2>Contact sheet</h2>
<img alt="contact sheet" src="$sheet">
</body></html>
""")


def write_report(
    path: Path,
    scored: Sequence[Scored],
    table: Mapping[str, Scores],
    *,
    title: str,
    facts: Mapping[str, str],
    judged: str,
) -> None:
    """Write it with the best and the worst pictures of row `judged`, by LPIPS, or by ΔE00 if LPIPS was not measured."""
    measure = "lpips" if "lpips" in table[judged] else "ciede2000"
    ranked = sorted(scored, key=lambda picture: picture.scores[judged][measure])
    page = _PAGE.substitute(
        title=html.escape(title),
        facts=_definitions(facts),
        table=_table(table),
        columns=_definitions(dict(_COLUMNS[key] for key in table[judged])),
        judged=html.escape(judged),
        measure=_COLUMNS[measure][0],
        best="\n".join(_strip(picture, judged, measure) for picture in ranked[:EXTREMES]),
        worst="\n".join(_strip(picture, judged, measure) for picture in ranked[::-1][:EXTREMES]),
        sheet=_embedded(sheet_of(scored)),
    )
    path.write_text(page, encoding="utf-8")


def sheet_of(scored: Sequence[Scored]) -> bytes:
    """A JPEG of an even sample of the pictures: the original and each version side by side, with captions."""
    step = -(-len(scored) // SHEET_PICTURES)
    rows = [[_pixels(look) for look in picture.looks.values()] for picture in scored[::step]]
    buffer = io.BytesIO()
    across = max(1, COLUMNS_ACROSS // len(rows[0]))
    contact_sheet(rows, list(scored[0].looks), across=across).save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _table(table: Mapping[str, Scores]) -> str:
    columns = list(next(iter(table.values())))
    rows = [
        ["", *(_COLUMNS[key][0] for key in columns)],
        *([row, *(f"{scores[key]:.3f}" for key in columns)] for row, scores in table.items()),
    ]
    head, *body = ("".join(f"<{kind}>{html.escape(cell)}</{kind}>" for cell in row) for kind, row in _kinds(rows))
    return f"<table><tr>{head}</tr>\n" + "\n".join(f"<tr>{line}</tr>" for line in body) + "</table>"


def _kinds(rows: Sequence[Sequence[str]]) -> list[tuple[str, Sequence[str]]]:
    return [("td" if number else "th", row) for number, row in enumerate(rows)]


def _definitions(texts: Mapping[str, str]) -> str:
    lines = (f"<dt>{html.escape(name)}</dt><dd>{html.escape(text)}</dd>" for name, text in texts.items())
    return "<dl>\n" + "\n".join(lines) + "\n</dl>"


def _strip(picture: Scored, judged: str, measure: str) -> str:
    cells = "".join(
        f'<div><img alt="" src="{_embedded(look)}"><small>{html.escape(row)}</small></div>'
        for row, look in picture.looks.items()
    )
    caption = f"{html.escape(picture.name)}: {_COLUMNS[measure][0]} {picture.scores[judged][measure]:.3f}"
    return f'<figure><div class="strip">{cells}</div><figcaption>{caption}</figcaption></figure>'


def _embedded(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def _pixels(jpeg: bytes) -> Any:
    with Image.open(io.BytesIO(jpeg)) as image:
        return np.asarray(image)
