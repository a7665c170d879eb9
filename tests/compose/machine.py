"""Containers on a machine without a registry and without Docker: podman with runc, and a base image from debootstrap.

Images and build layers are kept in a cache folder of their own, so that only the first run takes minutes, and no other
containers of the machine are touched.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.compose import registries

PROGRAMS = ("podman", "runc", "buildah", "debootstrap", "iptables")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "photochrom-compose"
STORE = (f"--root={CACHE / 'images'}", "--runroot=/run/photochrom-compose")
# Inside another container runc may not raise the limits, so every container states ones that are allowed.
LIMITS = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096")
START_SECONDS = 30.0


def obstacle() -> str:
    """Why this machine cannot run the tests, or nothing."""
    if os.geteuid() != 0:
        return "containers need root here"
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    return f"not installed: {', '.join(missing)}" if missing else ""


def podman(*arguments: str, check: bool = True, seconds: float = 300.0) -> str:
    """stdout, with stderr after it if `check` is False."""
    done = subprocess.run(
        ["podman", *STORE, "--runtime=runc", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert not check or done.returncode == 0, f"podman {' '.join(arguments)} failed:\n{done.stderr}"
    return done.stdout if check else done.stdout + done.stderr


def base_images(dockerfile: Path) -> list[str]:
    """The images that a Dockerfile names in FROM, in its order."""
    return list(dict.fromkeys(re.findall(r"^FROM (\S+)", dockerfile.read_text(), re.MULTILINE)))


def ensure_base(image: str) -> None:
    """Make it from Debian's packages if it is missing. Its tag ends with the name of the Debian release."""
    name = f"docker.io/library/{image}"
    if subprocess.run(["podman", *STORE, "image", "exists", name], check=False).returncode == 0:
        return
    release = image.rpartition("-")[2]
    with in_memory() as folder:
        root, archive = folder / "root", folder / "root.tar"
        packages = "--include=ca-certificates,python3,python3-venv"
        run("debootstrap", "--variant=minbase", packages, release, str(root), debian_mirror())
        for program in ("python", "python3"):
            (root / "usr" / "local" / "bin" / program).symlink_to("/usr/bin/python3")
        run("tar", "-C", str(root), "-cf", str(archive), ".")
        podman("import", str(archive), name)


@contextmanager
def in_memory() -> Iterator[Path]:
    """A temporary folder. dpkg syncs every file, which on a busy disk takes minutes."""
    with tempfile.TemporaryDirectory() as folder:
        run("mount", "-t", "tmpfs", "tmpfs", folder)
        try:
            yield Path(folder)
        finally:
            run("umount", "--lazy", folder)


def debian_mirror() -> str:
    policy = subprocess.run(["apt-cache", "policy", "debootstrap"], capture_output=True, text=True, check=True).stdout
    return re.search(r"https?://\S+", policy)[0]  # type: ignore[index]


def build(image: str, dockerfile: Path, context: Path, arguments: dict[str, str]) -> None:
    """With this machine's configuration of pip and npm."""
    given = [f"--build-arg={name}={value}" for name, value in arguments.items()]
    with tempfile.TemporaryDirectory() as folder:
        mounts = [f"--volume={source}:{target}:ro" for source, target in registries.mounts(Path(folder))]
        options = ["--isolation=chroot", "--network=host", "--layers", "--quiet", *mounts, *given]
        for stage in re.findall(r"^FROM \S+ AS (\S+)", dockerfile.read_text(), re.MULTILINE):
            # With a tag of its own it survives `forget_unused`, so that the next run finds its layers.
            tag = f"{image.partition(':')[0]}-{stage}"
            run(
                "buildah",
                *STORE,
                "bud",
                *options,
                f"--target={stage}",
                f"--tag={tag}",
                f"--file={dockerfile}",
                str(context),
            )
        run("buildah", *STORE, "bud", *options, f"--tag={image}", f"--file={dockerfile}", str(context))


def forget_unused() -> None:
    """Remove the images and layers of earlier runs that this one no longer uses."""
    podman("image", "prune", "--force")


def run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


@contextmanager
def docker_api(folder: Path) -> Iterator[str]:
    """podman as a Docker daemon. Yields its address."""
    socket = folder / "podman.sock"
    log = folder / "podman.log"
    command = ["podman", *STORE, "--runtime=runc", "system", "service", "--time=0", f"unix://{socket}"]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as service:
        try:
            deadline = time.monotonic() + START_SECONDS
            while not socket.exists():
                assert service.poll() is None, f"podman has ended:\n{log.read_text()}"
                assert time.monotonic() < deadline, f"podman does not listen:\n{log.read_text()}"
                time.sleep(0.05)
            yield f"unix://{socket}"
        finally:
            service.terminate()
