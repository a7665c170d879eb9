"""Whether a change of the code leaves every result as it was, to the byte: `python -m benchmarks.same_results`.

    python -m benchmarks.same_results save examples/photographs --out before.json
    python -m benchmarks.same_results compare before.json

It starts the embedded stack with one thread per worker, submits each folder as an archive, with several sets of
options, and each of its files alone, over HTTP, and notes the state, the error code and the SHA-256 of every item.
`compare` submits the same folders again and prints what differs; the exit code is 1 if anything does. It imports
nothing of the project, so `--tree` can name another checkout, which may be older or newer than this one.
"""

import argparse
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
STACK = (sys.executable, "-m", "infra.standalone")
ARCHIVE = "all files"
POLL_SECONDS = 0.2
JOB_SECONDS = 600.0
# Each folder is submitted with all of them, each file alone with the first.
OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"format": "png", "vividness": 0},
    {"format": "tiff", "vividness": 1.5},
    {"format": "jpeg", "quality": 60},
    {"format": "webp", "quality": 80, "variants": 2, "seed": 7},
)
Digest = dict[str, dict[str, Any]]


@contextmanager
def stack(tree: Path, port: int) -> Iterator[httpx.Client]:
    """The stack of a checkout, on one thread, with an empty data folder."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "PHOTOCHROM_HOME": home,
            "PHOTOCHROM_PORT": str(port),
            "PHOTOCHROM_WORKER__DEVICE": "cpu",
            "OMP_NUM_THREADS": "1",
        }
        subprocess.run([*STACK, "up"], cwd=tree, env=environment, check=True, stdout=sys.stderr)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
                yield client
        finally:
            subprocess.run([*STACK, "down"], cwd=tree, env=environment, check=True, stdout=sys.stderr)


def digest(client: httpx.Client, tree: Path, folders: list[str]) -> Digest:
    entries: Digest = {}
    for folder in folders:
        path = tree / folder
        files = sorted(file for file in path.rglob("*") if file.is_file())
        if not files:
            raise SystemExit(f"{path} has no files. Name a folder of pictures or archives.")
        archive = tar_of(path, files)
        for options in OPTIONS:
            entries |= submitted(client, f"{folder} · {ARCHIVE}", "all.tar", archive, options)
        for file in files:
            name = f"{folder} · {file.relative_to(path)}"
            entries |= submitted(client, name, file.name, file.read_bytes(), OPTIONS[0])
        print(f"{folder}: {len(files)} files", file=sys.stderr, flush=True)
    return entries


def tar_of(folder: Path, files: list[Path]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for file in files:
            archive.add(file, str(file.relative_to(folder)))
    return buffer.getvalue()


def submitted(client: httpx.Client, name: str, filename: str, content: bytes, options: Mapping[str, Any]) -> Digest:
    """The outcome of one body: the job, its items and their results, or the refusal."""
    name = " ".join([name, *(f"{option}={value}" for option, value in options.items())])
    response = client.put(f"/v1/jobs/{filename}", content=content, params=dict(options))
    if response.is_client_error:
        return {name: {"state": "refused", "error": response.json()["code"]}}
    job = finished(client, response.raise_for_status().json()["id"])
    entries: Digest = {name: {"state": job["state"], "error": code_of(job)}}
    for item in items(client, job["id"]):
        results = {str(each["variant"]): sha256_of(client, job["id"], item, each) for each in item["results"]}
        described = {"state": item["state"], "error": code_of(item), "results": results}
        entries[f"{name} · {item['index']} {item['name']}"] = described
    return entries


def finished(client: httpx.Client, job_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + JOB_SECONDS
    while time.monotonic() < deadline:
        job: dict[str, Any] = client.get(f"/v1/jobs/{job_id}").raise_for_status().json()
        if job["finished_at"]:
            return job
        time.sleep(POLL_SECONDS)
    raise SystemExit(f"Job {job_id} did not finish within {JOB_SECONDS:.0f} s.")


def items(client: httpx.Client, job_id: str) -> Iterator[dict[str, Any]]:
    parameters: dict[str, str] = {}
    while True:
        page = client.get(f"/v1/jobs/{job_id}/items", params=parameters).raise_for_status().json()
        yield from page["data"]
        if not page["next_cursor"]:
            return
        parameters = {"after": page["next_cursor"]}


def sha256_of(client: httpx.Client, job_id: str, item: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    """The digests of the downloaded bytes, not those that the item records."""
    address = f"/v1/jobs/{job_id}/items/{item['index']}/result"
    response = client.get(address, params={"variant": result["variant"]}, follow_redirects=True)
    return hashlib.sha256(response.raise_for_status().content).hexdigest()


def code_of(document: Mapping[str, Any]) -> str | None:
    return document["error"]["code"] if document.get("error") else None


def differences(before: Digest, after: Digest) -> list[str]:
    return [
        f"{name}\n  before: {before.get(name)}\n  after:  {after.get(name)}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def save(client: httpx.Client, arguments: argparse.Namespace) -> int:
    entries = digest(client, arguments.tree, arguments.folders)
    document = {"folders": arguments.folders, "entries": entries}
    arguments.out.write_text(json.dumps(document, indent=1, ensure_ascii=False))
    print(f"{len(entries)} entries saved in {arguments.out}.")
    return 0


def compare(client: httpx.Client, arguments: argparse.Namespace) -> int:
    document = json.loads(arguments.digest.read_text())
    entries = digest(client, arguments.tree, document["folders"])
    different = differences(document["entries"], entries)
    print(*different, f"{len(entries)} entries, {len(different)} differ.", sep="\n")
    return int(bool(different))


def parse(words: list[str] | None) -> argparse.Namespace:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--tree", type=Path, default=ROOT, help="the checkout to run, this one by default")
    common.add_argument("--port", type=int, default=18700, help="port of its gateway (18700)")
    parser = argparse.ArgumentParser(prog="python -m benchmarks.same_results", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    saving = commands.add_parser("save", parents=[common], help="save the digests of the results of some folders")
    saving.add_argument("folders", nargs="+", metavar="FOLDER", help="relative to the checkout, or absolute")
    saving.add_argument("--out", type=Path, required=True)
    saving.set_defaults(act=save)
    comparing = commands.add_parser("compare", parents=[common], help="compare the results with the saved digests")
    comparing.add_argument("digest", type=Path)
    comparing.set_defaults(act=compare)
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    arguments = parse(words)
    with stack(arguments.tree, arguments.port) as client:
        return int(arguments.act(client, arguments))


if __name__ == "__main__":
    sys.exit(main())
