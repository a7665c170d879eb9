"""Ask people which colors look better, or whether they look real, and analyze their answers.

`make` turns a folder with one folder of pictures per method into a page that works without a server, and a key that
says which method made which picture. Send the page to the judges, keep the key. `analyze` takes the files that the
judges send back.
Results are also given for each group of pictures, which is the first folder of their names.
"""

import argparse
import random
import sys
from pathlib import Path

from training.commands.destinations import ready_folder
from training.commands.options import positive
from training.study.answers import read_answers
from training.study.page import Key, key_json, page, read_key
from training.study.pictures import Pictures, find_pictures
from training.study.report import report
from training.study.trials import COMPARE, KINDS, Trial, plan_comparisons, plan_real_or_colorized


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except (OSError, ValueError) as error:
        print(f"study: {error}", file=sys.stderr)
        return 2
    return status


def _make(options: argparse.Namespace) -> int:
    output: Path = ready_folder(options.output)
    pictures = find_pictures(options.folder)
    trials = _trials(options, pictures)
    key = Key(f"{random.SystemRandom().getrandbits(32):08x}", options.kind, tuple(trials))
    (output / "study.html").write_text(page(key, pictures, longest=options.longest))
    (output / "key.json").write_text(key_json(key))
    print(f"{len(trials)} questions about {', '.join(pictures.methods)} in {output / 'study.html'}")
    print(f"Keep {output / 'key.json'} from the judges. When they have answered:")
    print(f"  python -m training study analyze {output / 'key.json'} ANSWERS.json...")
    return 0


def _trials(options: argparse.Namespace, pictures: Pictures) -> list[Trial]:
    if options.kind == COMPARE:
        return plan_comparisons(pictures, trials=options.trials, repeats=options.repeats, seed=options.seed)
    return plan_real_or_colorized(pictures, trials=options.trials, seed=options.seed)


def _analyze(options: argparse.Namespace) -> int:
    try:
        key = read_key(options.key.read_text())
    except ValueError as error:
        raise ValueError(f"{options.key} cannot be read: {error}") from error
    answers = read_answers(key, options.answers)
    if not answers:
        raise ValueError("The files hold no answers.")
    print(report(key, answers, seed=options.seed), end="")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training study", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    make = commands.add_parser("make", help="make the page and its key")
    make.add_argument(
        "folder", type=Path, help="one folder of pictures per method; real photographs in one named truth"
    )
    make.add_argument(
        "--kind", choices=KINDS, default=COMPARE, help="which of two is better, or is it real (default: %(default)s)"
    )
    make.add_argument("--output", type=Path, default=Path("out/study"), help="folder to write (default: %(default)s)")
    make.add_argument("--trials", type=positive, default=60, help="number of questions (default: %(default)s)")
    make.add_argument("--repeats", type=int, default=6, help="comparisons to ask twice (default: %(default)s)")
    make.add_argument(
        "--longest", type=positive, default=800, help="longest side of the pictures (default: %(default)s)"
    )
    make.set_defaults(run=_make)
    analyze = commands.add_parser("analyze", help="print what the judges answered")
    analyze.add_argument("key", type=Path, help="the key.json of the study")
    analyze.add_argument("answers", type=Path, nargs="+", help="the judges' files")
    analyze.set_defaults(run=_analyze)
    for command in (make, analyze):
        command.add_argument("--seed", type=int, default=0, help="of all random choices (default: %(default)s)")
    return parser
