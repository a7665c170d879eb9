"""The commands that send something: `submit` creates a job, `upload` only stores files for a later job."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from photochrom.errors import ServiceBusy, ServiceUnreachable
from photochrom.hints import Hint
from photochrom.options import LARGEST_SEED, MOST_VARIANTS, FormatChoice, JobOptions
from photochrom.responses import ManifestFormat

from .app import JSON, URL, Output, Overwrite, Wait, app
from .arguments import (
    check_sources,
    open_sources,
    parse_hint,
    parse_items,
    parse_keep,
    parse_moment,
    temporarily_stored,
)
from .exit_codes import EXIT_CODES, ExitCode
from .follow import FollowOptions, announce, follow, interrupted_upload, open_client
from .output import print_dry_run, print_json, print_json_list
from .progress import ProgressDisplay

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE",
        help="A picture, an archive or a folder (sent as a tar); several pictures; upload ids; "
        "s3://BUCKET/PREFIX; a manifest s3://BUCKET/LIST.csv or .jsonl; a job's id, to colorize it again; - for stdin.",
    ),
]
Vividness = Annotated[
    float | None, typer.Option(min=0, max=1.5, metavar="X", help="0 is cautious, 1 as learned, 1.5 vivid.")
]
ResultFormat = Annotated[FormatChoice | None, typer.Option(help="Format of the results.")]
Quality = Annotated[
    int | None, typer.Option(min=1, max=100, metavar="N", help="Quality of JPEG, WebP and AVIF results.")
]
ModelName = Annotated[
    str | None, typer.Option(metavar="NAME", help="The colorizer to use. List them with: photochrom models")
]
Hints = Annotated[
    list[Hint] | None,
    typer.Option(
        parser=parse_hint,
        metavar="X,Y,#RRGGBB",
        help="Color of a point in a single picture; X and Y are 0 to 1 from the top left. Repeatable.",
    ),
]
Seed = Annotated[
    int | None, typer.Option(min=0, max=LARGEST_SEED, metavar="N", help="Selects among the plausible colorings.")
]
Variants = Annotated[
    int | None, typer.Option(min=1, max=MOST_VARIANTS, metavar="N", help="Number of colorings per picture.")
]
NameEncoding = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Encoding of an archive's names that are not UTF-8.  [default: detected]"),
]
Labels = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="A name by which to find the job again, such as fonds=1931. Repeatable."),
]
Deadline = Annotated[
    str | None,
    typer.Option(
        callback=parse_moment,
        metavar="TIME",
        help="A time, or how long from now (90m, 2h, 30d): pictures not started by then expire.",
    ),
]
Keep = Annotated[
    str | None,
    typer.Option(
        callback=parse_keep,
        metavar="TIME",
        help="Delete source and results so long after the job's end: 12h, 30d, 4w, or forever.",
    ),
]
Webhook = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Where the service reports the job's end, as a signed POST."),
]
Filename = Annotated[
    str | None, typer.Option(metavar="NAME", help="Name of the source.  [default: its local file name]")
]
ManifestOption = Annotated[
    ManifestFormat | None,
    typer.Option(help="Treat the s3:// address as a manifest of this format, whatever its extension."),
]
Items = Annotated[
    str | None,
    typer.Option(metavar="LIST", help="With a job's id: only its items with these indexes, such as 0,5,7-9."),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only estimate size and duration. Files uploaded for that are removed.")
]


@app.command(epilog=EXIT_CODES)
def submit(
    sources: Sources,
    *,
    wait: Wait = False,
    output: Output = None,
    vividness: Vividness = None,
    format: ResultFormat = None,
    quality: Quality = None,
    model: ModelName = None,
    hint: Hints = None,
    seed: Seed = None,
    variants: Variants = None,
    name_encoding: NameEncoding = None,
    label: Labels = None,
    deadline: Deadline = None,
    keep: Keep = None,
    webhook: Webhook = None,
    filename: Filename = None,
    manifest: ManifestOption = None,
    items: Items = None,
    dry_run: DryRun = False,
    overwrite: Overwrite = False,
    json: JSON = False,
    url: URL = None,
) -> None:
    """Submit pictures, an archive, a folder, a bucket, or the pictures of another job as a job.

    Prints the job's id, or with --wait or --output a summary of the job when it has ended.
    """
    selected = parse_items(items)
    check_sources(sources, filename, manifest, output, selected)
    follow_options = FollowOptions(
        url=url, wait=wait or output is not None, output=output, overwrite=overwrite, as_json=json
    )
    if not dry_run:
        follow_options.check()
    options: JobOptions = {
        "model": model,
        "vividness": vividness,
        "format": format,
        "quality": quality,
        "hints": hint or [],
        "seed": seed,
        "variants": variants,
        "name_encoding": name_encoding,
    }
    with ProgressDisplay() as progress, open_client(url, progress) as client:
        if dry_run:
            source = open_sources(client, sources, manifest, selected)
            with temporarily_stored(client, source, filename, progress.sent) as stored:
                estimate = client.dry_run(stored, **options)
            progress.close()
            print_json(dict(estimate.raw)) if json else print_dry_run(estimate)
            raise typer.Exit(ExitCode.SUCCEEDED if estimate.items else ExitCode.INCOMPLETE)
        with interrupted_upload(progress):
            source = open_sources(client, sources, manifest, selected)
            job = client.submit(
                source,
                filename=filename,
                labels=label or (),
                deadline=deadline,
                keep=keep,
                webhook=webhook,
                on_progress=progress.sent,
                **options,
            )
        if follow_options.wait:
            follow(client, progress, job, follow_options)
    announce(job, follow_options)


@app.command()
def upload(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Pictures, archives or folders.")],
    json: JSON = False,
    url: URL = None,
) -> None:
    """Upload files for a later job, within a day.

    Prints their ids. Pass these to submit instead of the files. An interrupted upload is continued by the same command.
    """
    with ProgressDisplay() as progress, open_client(url, progress) as client:
        try:
            uploads = client.upload_all(files, on_progress=progress.sent, resume=True)
        except (KeyboardInterrupt, ServiceUnreachable, ServiceBusy):
            progress.close()
            print("Upload the rest with the same command, within a day.", file=sys.stderr)
            raise
    if json:
        print_json_list(uploads)
    else:
        print(*(upload.id for upload in uploads), sep="\n")
