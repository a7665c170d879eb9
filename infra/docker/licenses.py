"""Prints the name, version, license and license texts of every installed package, for THIRD-PARTY-LICENSES in an image.

Runs while the image is built, so it imports nothing but the standard library.
"""

import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import PurePath

NAMES = ("license", "licence", "copying", "notice")


def report() -> Iterator[str]:
    """A line for each package, then their license texts."""
    packages = sorted(distributions(), key=lambda package: package.metadata["Name"].lower())
    for package in packages:
        yield f"{_title(package)}: {license_of(package)}\n"
    for package in packages:
        for path, text in license_texts(package):
            yield f"\n{'=' * 80}\n{_title(package)}: {path}\n\n{text.rstrip()}\n"


def license_of(package: Distribution) -> str:
    """From the metadata: the SPDX expression, else the classifiers, else the first line of the free text."""
    fields = package.metadata.json
    classifiers = [line.split(" :: ")[-1] for line in fields.get("classifier", []) if line.startswith("License")]
    free_text = str(fields.get("license", "")).strip().partition("\n")[0]
    return str(fields.get("license_expression") or ", ".join(classifiers) or free_text or "not stated")


def license_texts(package: Distribution) -> Iterator[tuple[str, str]]:
    """Path and content of each file whose name says that it is a license or a notice."""
    for path in package.files or []:
        if PurePath(path).name.lower().startswith(NAMES) and path.suffix not in {".py", ".pyc"}:
            yield str(path), path.locate().read_text(encoding="utf-8", errors="replace")  # type: ignore[attr-defined]


def _title(package: Distribution) -> str:
    return f"{package.metadata['Name']} {package.version}"


if __name__ == "__main__":
    sys.stdout.writelines(report())
