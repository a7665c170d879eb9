"""The commands by which something comes in: `submit` makes a job of it, `upload` only sends it."""

from __future__ import annotations

from typing import Annotated

import typer

from photochrom.hints import Hint
from photochrom.options import LARGEST_SEED, MOST_VARIANTS, Format, JobOptions
from photochrom.responses import ManifestFormat

from .app import JSON, URL, Output, Overwrite, Wait, app
from .arguments import check_words, given, hint_of, stored
from .exit_codes import EXIT_CODES, ExitCode
from .follow import Wanted, announce, follow, interrupted_upload, open_client
from .output import print_dry_run, print_json, print_json_list
from .progress import Watch


@app.command(epilog=EXIT_CODES)
def submit(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            help="A picture, an archive, or a folder (sent as a tar); several pictures; uploads by their ids; "
            "s3://BUCKET/PREFIX or, for a manifest, s3://BUCKET/LIST.csv or .jsonl; - reads stdin.",
        ),
    ],
    wait: Wait = False,
    output: Output = None,
    vividness: Annotated[
        float | None, typer.Option(min=0, max=1.5, help="0 is cautious, 1 as learned, 1.5 vivid.")
    ] = None,
    format: Annotated[Format | None, typer.Option(help="The results' format.")] = None,
    quality: Annotated[int | None, typer.Option(min=1, max=100, help="Not for PNG and TIFF: no loss.")] = None,
    model: Annotated[str | None, typer.Option(help="Which colorizer to use: one of photochrom models.")] = None,
    hint: Annotated[
        list[Hint] | None,
        typer.Option(
            parser=hint_of,
            metavar="X,Y,#RRGGBB",
            help="The color of a place of a single picture, X and Y from 0 to 1; may be given again.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=LARGEST_SEED, help="Which of the plausible colors: each number gives others."),
    ] = None,
    variants: Annotated[
        int | None, typer.Option(min=1, max=MOST_VARIANTS, help="How many colorings to make of each picture.")
    ] = None,
    filename: Annotated[str | None, typer.Option(help="What to call it, if not as it is called here.")] = None,
    manifest: Annotated[
        ManifestFormat | None, typer.Option(help="The s3:// address is a manifest of this format, whatever its name.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how much it would be. What is sent for it is removed again.")
    ] = False,
    overwrite: Overwrite = False,
    json: JSON = False,
    url: URL = None,
) -> None:
    """Submit pictures: one, an archive, a folder, several, or what lies in a bucket.

    Prints the job's id; with --wait or --output, watches the job to its end and sums it up.
    """
    check_words(sources, filename, manifest, output)
    wanted = Wanted(url, wait or output is not None, output, overwrite, json)
    options: JobOptions = {
        "model": model,
        "vividness": vividness,
        "format": format,
        "quality": quality,
        "hints": hint or [],
        "seed": seed,
        "variants": variants,
    }
    with Watch() as watch, open_client(url, watch) as client:
        if dry_run:
            with stored(client, given(client, sources, manifest), filename, watch.sent) as source:
                found = client.dry_run(source, **options)
            watch.close()
            print_json(dict(found.raw)) if json else print_dry_run(found)
            raise typer.Exit(ExitCode.SUCCEEDED if found.items else ExitCode.INCOMPLETE)
        with interrupted_upload(watch):
            what = given(client, sources, manifest)
            job = client.submit(what, filename=filename, on_progress=watch.sent, **options)
        if wanted.wait:
            follow(client, watch, job, wanted)
    announce(job, wanted)


@app.command()
def upload(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Pictures, archives or folders.")],
    json: JSON = False,
    url: URL = None,
) -> None:
    """Send files without making a job of them.

    Prints their ids, which submit takes in their place, within a day.
    """
    with Watch() as watch, open_client(url, watch) as client:
        uploads = client.upload_all(files, on_progress=watch.sent)
    if json:
        print_json_list(uploads)
    else:
        print(*(upload.id for upload in uploads), sep="\n")
