"""What the build depends on, as one hash. By content: a checkout changes the times of files, not what they say."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

FILES = (
    ".npmrc",
    "index.html",
    "lingui.config.ts",
    "package-lock.json",
    "package.json",
    "tsconfig.json",
    "vite.config.ts",
)
FOLDERS = ("build", "public", "src")


def inputs_of(web: Path) -> str:
    """Changes when a file of the build is added, changed, renamed or removed. Tests are not built."""
    digest = sha256()
    for path in sorted(_inputs(web)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(web)}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _inputs(web: Path) -> Iterator[Path]:
    yield from (web / name for name in FILES if (web / name).is_file())
    for folder in FOLDERS:
        yield from (path for path in (web / folder).rglob("*") if path.is_file() and ".test." not in path.name)
