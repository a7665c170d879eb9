"""The HTML report of an evaluation: one file with the table, a contact sheet, the best and the worst in it."""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
from PIL import Image

from training.contact_sheet import contact_sheet
from training.scoring import Scored, Scores

SHEET_PICTURES = 48
EXTREMES = 12

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$title</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 85rem; padding: 0 1rem; color: #222 }
table { border-collapse: collapse } th, td { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #ccc }
th:first-child, td:first-child { text-align: left }
figure { margin: 0 0 1rem } figcaption { color: #555 } .strip { display: flex; gap: 4px }
.strip div { flex: 1; min-width: 0 } .strip small { display: block } img { width: 100%; display: block }
</style></head><body>
<h1>$title</h1>
<p>$facts</p>
$table
<p>Means over the pictures. colorfulness_ratio is colorfulness as a share of the originals'; psnr in dB and ssim are
better if higher, the others if lower. Columns that end in _to_gray are shares of what gray pictures have.</p>
<h2>Best of $judged by $measure</h2>
$best
<h2>Worst of $judged by $measure</h2>
$worst
<h2>Contact sheet: $columns</h2>
<img alt="contact sheet" src="$sheet">
</body></html>
""")


def write_report(path: Path, scored: Sequence[Scored], table: Mapping[str, Scores], told: Mapping[str, Any]) -> None:
    """Judged is the last row before `truth`, by LPIPS, or by ΔE00 where LPIPS was not taken."""
    judged = list(table)[-2]
    measure = "lpips" if "lpips" in table[judged] else "ciede2000"
    ranked = sorted(scored, key=lambda one: one.scores[judged][measure])
    page = _PAGE.substitute(
        title=html.escape(f"Scores of {told['name'] or judged}"),
        facts=html.escape(", ".join(f"{key}: {_plain(value)}" for key, value in told.items())),
        table=_table(table),
        judged=html.escape(judged),
        measure=measure,
        best="\n".join(_strip(one, judged, measure) for one in ranked[:EXTREMES]),
        worst="\n".join(_strip(one, judged, measure) for one in ranked[::-1][:EXTREMES]),
        columns=html.escape(" | ".join(scored[0].looks)),
        sheet=_embedded(sheet_of(scored)),
    )
    path.write_text(page)


def sheet_of(scored: Sequence[Scored]) -> bytes:
    """A JPEG of some of the pictures, evenly taken: the original and each version side by side."""
    step = -(-len(scored) // SHEET_PICTURES)
    rows = [[_pixels(look) for look in one.looks.values()] for one in scored[::step]]
    buffer = io.BytesIO()
    contact_sheet(rows, across=2).save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _table(table: Mapping[str, Scores]) -> str:
    columns = list(next(iter(table.values())))
    rows = [["", *columns], *([row, *(f"{scores[key]:.3f}" for key in columns)] for row, scores in table.items())]
    head, *body = ("".join(f"<{kind}>{html.escape(cell)}</{kind}>" for cell in row) for kind, row in _kinds(rows))
    return f"<table><tr>{head}</tr>\n" + "\n".join(f"<tr>{line}</tr>" for line in body) + "</table>"


def _kinds(rows: Sequence[Sequence[str]]) -> list[tuple[str, Sequence[str]]]:
    return [("td" if number else "th", row) for number, row in enumerate(rows)]


def _strip(one: Scored, judged: str, measure: str) -> str:
    cells = "".join(
        f'<div><img alt="" src="{_embedded(look)}"><small>{html.escape(row)}</small></div>'
        for row, look in one.looks.items()
    )
    caption = f"{html.escape(one.name)}: {one.scores[judged][measure]:.3f}"
    return f'<figure><div class="strip">{cells}</div><figcaption>{caption}</figcaption></figure>'


def _embedded(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def _pixels(jpeg: bytes) -> Any:
    with Image.open(io.BytesIO(jpeg)) as image:
        return np.asarray(image)


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{count} {reason}" for reason, count in value.items()) or "none"
    return str(value)
