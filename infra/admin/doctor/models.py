"""What a worker on this machine needs to colorize: a device, and weights with the right hash."""

import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from infra.admin.doctor.findings import Finding, error, ok, warning
from worker.process.settings import ColorizeSettings


def check_worker(settings: ColorizeSettings) -> Iterator[Finding]:
    if importlib.util.find_spec("torch") is None:
        yield ok("device", "Not checked: torch is not installed here. Run this where workers colorize, too.")
        return
    yield check_device(settings.device)
    yield from check_models(settings)


def check_device(setting: str) -> Finding:
    import torch  # Here, because the gateway's image has none.

    from worker.models import devices

    try:
        devices.check_device(setting)
    except devices.DeviceUnavailable as unavailable:
        return error("device", unavailable.detail, "A worker does not start like this.")
    if setting != "auto" or torch.cuda.is_available():
        return ok("device", f"Workers on this machine use {setting}.")
    if devices.DRIVER.exists():
        advice = "Check its driver and the build of torch; workers would use the CPU, many times slower."
        return warning("device", "There is a GPU, but torch cannot use it.", advice)
    return ok("device", "There is no GPU; workers on this machine use the CPU.")


def check_models(settings: ColorizeSettings) -> Iterator[Finding]:
    """The weights of each card that lie beside it. Those by reference are downloaded and checked by workers."""
    cards = sorted(settings.models_dir.glob("*.json"))
    if not cards:
        advice = "Set PHOTOCHROM_WORKER__MODELS_DIR to a folder with model cards."
        yield error("models", f"There is no model card in {settings.models_dir}.", advice)
    for card in cards:
        reference = settings.models.get(card.stem)
        yield _check_card(card) if reference is None else ok("models", f"{card.stem}: workers fetch {reference}.")


def _check_card(card: Path) -> Finding:
    from worker.colorizer.checkpoint import CheckpointError, read_card  # As above.

    try:
        _, recorded = read_card(card)
        with card.with_suffix(".safetensors").open("rb") as weights:
            actual = hashlib.file_digest(weights, "sha256").hexdigest()
    except CheckpointError as unreadable:
        return error("models", str(unreadable), "Copy the card and its weights again.")
    except OSError as missing:
        return error(
            "models", f"{card.stem}: {missing.strerror}: {missing.filename}.", "Copy the weights beside the card."
        )
    if actual != recorded.sha256:
        detail = f"{card.stem}: the weights have SHA-256 {actual}, the card records {recorded.sha256}."
        return error("models", detail, "Copy both again, from the same version.")
    return ok("models", f"{card.stem}: the weights have the SHA-256 in their card, {actual[:12]}….")
