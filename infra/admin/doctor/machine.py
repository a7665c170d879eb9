"""This machine: its processor, and the disk and the folders that the embedded stack and the workers write to."""

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from infra.admin.doctor.findings import Finding, error, ok, warning
from infra.standalone.bucket.room import default_reserve

CPUINFO = Path("/proc/cpuinfo")
GiB = 1 << 30
OTHERS = 0o077


def check_processor(cpuinfo: Path = CPUINFO, architecture: str = platform.machine()) -> Finding:
    """MongoDB 5 and later need AVX on x86-64, and end with "Illegal instruction" without."""
    if architecture != "x86_64" or not cpuinfo.exists():
        return ok("processor", f"{architecture}: AVX is not needed.")
    flags = {flag for line in cpuinfo.read_text().splitlines() if line.startswith("flags") for flag in line.split()}
    if "avx" in flags:
        return ok("processor", "x86_64 with AVX, which MongoDB needs.")
    return warning(
        "processor",
        "It has no AVX: MongoDB 5 or newer does not run here.",
        "Run MongoDB elsewhere, or use the embedded stack. In a virtual machine, pass on the host's processor.",
    )


def check_folders(home: Path, reserve_bytes: int | None) -> Iterator[Finding]:
    """`home` need not exist yet."""
    yield _check_rights("home", home, private=True)
    yield _check_disk(home, reserve_bytes)


def check_temporary() -> Finding:
    return _check_rights("temporary", Path(tempfile.gettempdir()), private=False)


def _check_rights(check: str, folder: Path, *, private: bool) -> Finding:
    nearest = nearest_folder(folder)
    if not os.access(nearest, os.W_OK | os.X_OK):
        return error(check, f"This user may not write to {nearest}.", "Change its owner, or run as another user.")
    if private and folder.is_dir() and folder.stat().st_mode & OTHERS:
        return warning(check, f"Other users can enter {folder}, which holds keys and pictures.", f"chmod 700 {folder}")
    return ok(check, f"This user may write to {folder}.")


def _check_disk(home: Path, reserve_bytes: int | None) -> Finding:
    """Below the reserve, the embedded bucket refuses every write."""
    nearest = nearest_folder(home)
    disk = shutil.disk_usage(nearest)
    reserve = default_reserve(disk.total) if reserve_bytes is None else reserve_bytes
    facts = f"{disk.free / GiB:.1f} GiB are free where {nearest} is; {reserve / GiB:.1f} GiB stay reserved."
    if reserve >= disk.total:
        return error("disk", facts, "The reserve exceeds the disk: lower PHOTOCHROM_STORAGE__RESERVE_BYTES.")
    if disk.free <= reserve:
        return error("disk", facts, "Make room, or the embedded bucket refuses every write.")
    if disk.free <= 2 * reserve:
        return warning("disk", facts, "Make room before you submit archives.")
    return ok("disk", facts)


def nearest_folder(path: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    path = path.absolute()
    return next(folder for folder in (path, *path.parents) if folder.is_dir())
