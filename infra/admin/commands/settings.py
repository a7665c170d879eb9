"""Print all settings, or write them to docs/settings.md."""

import argparse
import sys
from pathlib import Path

from pydantic import BaseModel

from infra.admin.settings_page import settings_page


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--write", type=Path, metavar="FILE", help="write them to this file as Markdown")


def run(arguments: argparse.Namespace) -> int:
    page = settings_page(processes())
    if arguments.write:
        arguments.write.write_text(page)
    else:
        sys.stdout.write(page)
    return 0


def processes() -> dict[str, type[BaseModel]]:
    # Imported here, because the gateway's image has no worker.
    from api.settings import GatewaySettings
    from infra.standalone.settings import StackSettings
    from migrations.settings import MigrationSettings
    from worker.process.settings import WorkerSettings
    from worker.reconcile.settings import ReconcilerSettings

    return {
        "gateway": GatewaySettings,
        "workers": WorkerSettings,
        "reconciler": ReconcilerSettings,
        "migrations": MigrationSettings,
        "embedded stack": StackSettings,
    }
